// Where the workers run. A CPU that was idle can be slow all the same: beside a busy hardware thread of the
// same core, which on a virtual machine may be somebody else's, or because it is one of a processor's slower
// kind. Only running on it tells, so before each worker a short probe asks whether the CPU is still as fast
// as the machine can be, and if not, looks for one that is.
#ifndef RUNNER_WORKER_CPUS_H
#define RUNNER_WORKER_CPUS_H

#include <stdint.h>

enum {
    WORKER_MOST_CPUS = 64,   // more are not considered
    WORKER_MOST_PROBES = 16, // before one worker, beyond that of the current CPU
};

// Moves the caller to that CPU and returns how long a probe takes there, in ns.
typedef uint64_t worker_probe_function(void *context, uint32_t cpu);

struct worker_cpus {
    uint32_t cpus[WORKER_MOST_CPUS]; // candidates, the first choice first
    int count;                       // 0: the system does not tell, and workers are not pinned
    int current;                     // index of the worker's
};

// Finds the candidates: the CPUs of those that this process may use that were idle nine tenths of a sample of
// 0.1 s, or, if none was, the one that was idle most. Of equals the last comes first: interrupts tend to go
// to the first.
void worker_cpus_find(struct worker_cpus *ret_cpus);

// The number of the CPU for the next worker; -1 when there is no candidate. That of the last worker as long
// as its probe is not over the limit; otherwise the next candidate of which that is true, or the fastest of
// those that were tried. With one candidate, or a limit of UINT64_MAX (not known yet), nothing is probed.
int32_t worker_cpus_choose(struct worker_cpus *cpus, uint64_t limit_ns, worker_probe_function *probe,
                           void *context);

#endif
