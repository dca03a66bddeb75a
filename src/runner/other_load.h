// How busy others kept the machine while a run went on: what neither the run nor idling had of the CPUs'
// time. Private to the runner.
#ifndef RUNNER_OTHER_LOAD_H
#define RUNNER_OTHER_LOAD_H

#include <stdbool.h>

// Seconds at one moment, since boot or since the program began.
struct cpu_times {
    bool known;
    double wall_seconds;
    double total_seconds; // of all CPUs
    double idle_seconds;  // of these
    double own_seconds;   // of this program and of the children that it has waited for
};

// What the system says now.
struct cpu_times cpu_times_now(void);

// CPUs that others kept busy between two moments, on average, what a hypervisor gave to other machines
// included: 0 to the number of CPUs. NaN when the times are unknown or less than a second of CPU time apart,
// which says nothing with ticks of ten milliseconds.
double other_load_cpus(struct cpu_times begin, struct cpu_times end);

#endif
