// What an observation is made of, as functions of what was read. Inside this module alone.
#ifndef DOCTOR_OBSERVE_H
#define DOCTOR_OBSERVE_H

#include <stdint.h>

#include "doctor/doctor.h"
#include "environment/environment.h"

// How often a probe took how long. Steps of 8 ns are 0.2 % of a probe's 4 µs; what is longer than the last
// step is counted there.
enum { PROBE_STEP_NS = 8, PROBE_STEP_COUNT = 16384 };

struct probe_times {
    uint32_t counts[PROBE_STEP_COUNT];
    uint64_t count;
    uint64_t total_ns;
};

void probe_times_add(struct probe_times *times, uint64_t elapsed_ns);

// Fills in what the probes show; nothing when there was none.
void observation_add_probes(const struct probe_times *times, struct doctor_observation *observation);

// Fills in what the kernel counts, from the facts of environment_read_load with the prefixes "before." and
// "after.". `own_seconds`: the CPU time that this process itself has used between them.
void observation_add_load(const struct facts *facts, double elapsed_seconds, double own_seconds,
                          struct doctor_observation *observation);

// Fills in who was busiest, this process aside.
void observation_add_processes(const struct process_times *before, const struct process_times *after,
                               uint64_t own_process, double elapsed_seconds,
                               struct doctor_observation *observation);

#endif
