// What the module's own files share.
#ifndef RUNNER_PRIVATE_H
#define RUNNER_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/facts.h"
#include "plan/plan.h"
#include "runner/runner.h"
#include "timing/clock.h"
#include "wire/gate.h"
#include "wire/record.h"

// ---- loader_words.c ----
//
// What a worker, or the dynamic linker before it, said on standard error: the only one that knows why a
// library was not loaded. Private to the runner.

// Appends ": " and what was said to the C string `reason` of `capacity` bytes: in one line, without control
// characters and broken UTF-8, shortened to fit (folders first). Nothing when nothing was said.
void loader_words_append(const char *said, char *reason, size_t capacity);

// Why the dynamic linker did not preload the library: what it gave as its cause, "" when it said nothing of
// that library. `library` is a path, or "" for the first that it names.
void loader_words_of_preload(const char *said, const char *library, char *ret_cause, size_t capacity);

// ---- other_load.c ----
//
// How busy others kept the machine while a run went on: what neither the run nor idling had of the CPUs'
// time. Private to the runner.

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

// ---- cell_delays.c ----
//
// What the trials of each cell waited for their CPU so far: what is usual there is no disturbance
// (src/wire/gate.h).

struct delay_shares;

// Start with {0} and cell_delays_init.
struct cell_delays {
    const struct plan *plan;
    struct delay_shares *cells; // by plan_cell_slot
    size_t count;
};

MUST_CHECK enum status cell_delays_init(struct cell_delays *delays, const struct plan *plan,
                                        struct error *error);
void cell_delays_release(struct cell_delays *delays);

// Adds the first tries of a process. What memory does not suffice for is left out.
void cell_delays_add(struct cell_delays *delays, const struct process_record *record);

// As gate_usual_delay, of the cell's trials so far.
uint64_t cell_delays_usual(const struct cell_delays *delays, const struct cell *cell);

// Writes it into all trials of the run.
void cell_delays_set(const struct cell_delays *delays, struct process_record *processes, size_t count);

// ---- running_time.c ----
//
// How long a worker could run, as its driver sees it: the time that a deadline counts. Time in which the
// driver itself stood still (stopped, frozen with the worker, asleep with the machine) does not count, nor
// does time in which the worker alone is stopped. Time in which the worker waits for something counts: that
// is how a worker hangs. Private to the runner.

struct running_time {
    pid_t worker; // 0: whether it is stopped does not matter
    uint64_t limit_ns;
    uint64_t slice_ns;   // the unit of counting, and the longest wait between two calls of running_time_pass
    uint64_t last_ns;    // when time was last counted
    uint64_t ran_ns;     // whole slices
    uint64_t pending_ns; // of the slice that goes on
    uint64_t stood_ns;   // passed and not counted
    bool stopped;        // the worker was, at the end of the last slice
};

struct running_time running_time_begin(pid_t worker, uint64_t limit_ns);

// To be called after each wait, of a slice at most: what a wait took beyond that, the driver stood still.
void running_time_pass(struct running_time *time);

bool running_time_is_over(const struct running_time *time);

// The slice in whole milliseconds, for poll().
int running_time_slice_ms(const struct running_time *time);

// ---- repetitions.c ----
//
// Whether disturbed trials are worth repeating. Where more than half of the time of late was that of
// disturbed trials, their repetitions are disturbed too: nothing is repeated until the machine is quieter. It
// is the time that counts, since long trials are disturbed more often, and they are what repeating costs.
// Elsewhere repetitions may take a quarter of the time of the first tries, and a few seconds to begin with.
// The quarter that is saved while the machine is too loud is for more replicates (plan/time_left.h).

enum {
    REPETITIONS_JUDGED_TRIALS = 200, // the last of them
    REPETITIONS_MIN_JUDGED = 30,     // before a machine is called too loud
};

struct judged_trial {
    uint64_t total_ns;
    bool is_disturbed;
};

// Start with {0}.
struct repetitions {
    uint64_t first_tries_ns; // of all so far
    uint64_t repetitions_ns; // likewise
    uint64_t too_loud_ns;    // of the first tries, those while nothing was repeated
    size_t first_tries;
    struct judged_trial recent[REPETITIONS_JUDGED_TRIALS]; // a ring
    uint64_t recent_ns, recent_disturbed_ns;               // of these
};

void repetitions_add_first_try(struct repetitions *repetitions, uint64_t total_ns, bool is_disturbed);
void repetitions_add_repetition(struct repetitions *repetitions, uint64_t total_ns);

// Whether the disturbed trials of the next process are to be repeated.
bool repetitions_are_worthwhile(const struct repetitions *repetitions);

// The time that the repetitions would have taken that the loud machine was spared.
double repetitions_saved_seconds(const struct repetitions *repetitions);

// ---- worker_cpus.c ----
//
// Where the workers run. A CPU that was idle can be slow all the same: beside a busy hardware thread of the
// same core, which on a virtual machine may be somebody else's, or because it is one of a processor's slower
// kind. Only running on it tells, so before each worker a short probe asks whether the CPU is still as fast
// as the machine can be, and if not, looks for one that is.

enum {
    WORKER_MAX_CPUS = 64,   // more are not considered
    WORKER_MAX_PROBES = 16, // before one worker, beyond that of the current CPU
    WORKER_MAX_UNASKED = 8, // workers before which nothing is probed, where no CPU is fast
};

// Moves the caller to that CPU and returns how long a probe takes there, in ns.
typedef uint64_t worker_probe_function(void *context, uint32_t cpu);

struct worker_cpus {
    uint32_t cpus[WORKER_MAX_CPUS]; // candidates, the first choice first
    int count;                      // 0: the system does not tell, and workers are not pinned
    int current;                    // index of the worker's
    int pause;   // workers that were left unasked after the last look around; 0: one was fast
    int unasked; // of them, those that are still to come
};

// Finds the candidates: the CPUs of those that this process may use, and among the `wanted` ones (NULL: any),
// that were idle nine tenths of a sample of 0.1 s, or, if none was, the one that was idle most. Of equals the
// last comes first: interrupts tend to go to the first.
void worker_cpus_find(struct worker_cpus *ret_cpus, const uint32_t *wanted, int wanted_count);

// The number of the CPU for the next worker; -1 when there is no candidate. That of the last worker as long
// as its probe is not over the limit; otherwise the next candidate of which that is true, or the fastest of
// those that were tried. Where none is fast the next 1, 3, 7 and then 8 workers stay there unasked: what is
// slow stays so for a while, and looking around costs a loud machine the most. With one candidate, or a limit
// of UINT64_MAX (not known yet), nothing is probed.
int32_t worker_cpus_choose(struct worker_cpus *cpus, uint64_t limit_ns, worker_probe_function *probe,
                           void *context);

// ---- placement.c ----
//
// On which CPU the next worker runs, and that the driver keeps away from it. Private to the runner.

enum { PLACEMENT_MAX_CPUS = 1024 };

struct placement {
    const struct clock *clock;
    struct gate_history *gate;
    struct worker_cpus cpus;
    int32_t worker_cpu;                        // of them, for the next worker; -1: it is not pinned
    bool has_moved;                            // the driver is not where it was put to keep away from that
    uint32_t allowed_cpus[PLACEMENT_MAX_CPUS]; // the driver's, before it kept away from the worker's
    int allowed_count;
};

// Finds the CPUs, probes the machine for 50 ms so that the gate knows it before the first worker, and chooses
// a CPU for that. Clock and gate must live as long as the placement.
void placement_begin(struct placement *ret_placement, const struct runner_options *options,
                     const struct clock *clock, struct gate_history *gate);

// Chooses the next worker's CPU and keeps the driver away from it.
void placement_choose(struct placement *placement);

// Allows the driver all its CPUs again.
void placement_end(const struct placement *placement);

// ---- run_facts.c ----
//
// What is known of a run as a whole, as facts. Private to the runner.

// The constants of a trial, the plan, the gate.
void run_facts_add_plan(const struct plan *plan, uint32_t warmup_batches, struct facts *facts);

void run_facts_add_clock(const struct clock *clock, struct facts *facts);

// How busy others were between these two moments, when that is known.
void run_facts_add_other_load(struct cpu_times begin, struct cpu_times end, struct facts *facts);

#endif
