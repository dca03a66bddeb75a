// Runs the processes of a plan, one at a time: starts a fresh worker, collects its records within a deadline,
// reaps it, classifies how it ended, and appends the record to the journal before the next one starts.
#ifndef RUNNER_RUNNER_H
#define RUNNER_RUNNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/facts.h"
#include "plan/estimate.h"
#include "plan/plan.h"
#include "wire/record.h"

// Handed to the progress callback between two workers.
struct runner_progress {
    size_t done;                        // processes with a record, those of a resumed journal included
    size_t total;                       // processes of the plan, and those of cells
    size_t failed;                      // of those done, the ones whose outcome is not OUTCOME_OK
    const struct planned_process *next; // about to start; NULL after the last one
    double elapsed_seconds;             // of this invocation, without the time that it stood still
    double remaining_seconds;           // what the rest is expected to take; see plan/time_left.h
    bool remaining_is_rough;            // too little was seen to rely on it
};

typedef void runner_progress_function(void *context, const struct runner_progress *progress);

// The end of a resumed journal cannot be read; what stood there is measured again.
typedef void runner_damage_function(const char *journal_path);

// Somebody has stopped this process (SIGSTOP), or frozen it. The run waits until it goes on.
typedef void runner_stopped_function(void *context, pid_t worker);

struct runner_options {
    const char *worker_path;  // the worker executable
    const char *journal_path; // created, or continued when `resume`; removed by runner_discard_journal; NULL:
                              // none, and nothing outlasts an interruption
    bool resume; // go on from the journal: it must be of the same plan; where that was cut (plan_cut), what
                 // lies beyond is left out, and nothing is written into the journal
    const uint32_t *cpus;      // those that workers may run on, of those that this process may; NULL: all
    int cpu_count;             // of them
    uint32_t deadline_seconds; // of running time, for one worker; 0 means the default of 120
    uint32_t warmup_batches;   // before the first trial of a process; 0 means the default of 100
    uint32_t batches;          // of a trial; 0 means as many as plan_batches() says
    bool repeat_disturbed;     // repeat trials that the gate flags, while most are not and time allows it
    const struct duration_estimate *learned; // what a rehearsal saw; NULL: nothing
    runner_progress_function *progress;      // may be NULL
    void *progress_context;
    runner_stopped_function *stopped; // called when a worker is seen to be stopped; may be NULL
    void *stopped_context;
    runner_damage_function *damage; // called before anything runs, of a journal that is damaged; may be NULL
};

// The records of a finished or interrupted run, in the order of the plan.
struct run {
    struct process_record *processes;
    size_t count;
    struct measurement_record *measurements; // of cells, in the order of the plan, then of the kinds
    size_t measurement_count;
    struct gate_limits limits; // by which a trial counts as disturbed
};

void run_release(struct run *run);

// Puts it into the order of the plan.
void run_sort(struct run *run);

// What its trials took together, repetitions included.
double process_trial_seconds(const struct process_record *record);

// Runs what the journal does not hold yet. Where the machine is so loud that repetitions are not worthwhile,
// spare replicates that fit the time saved by that are taken into the plan. Adds facts about the measurement
// (clock, calibration, worker CPU, constants) to `facts`. Failed processes are records, not errors. `ret_run`
// is filled with all there is also when interrupted (STATUS_INTERRUPTED, after SIGINT, SIGTERM or SIGHUP; the
// journal stays). STATUS_ENVIRONMENT when the worker cannot be started at all or the journal cannot be
// written.
MUST_CHECK enum status runner_run(struct plan *plan, const struct runner_options *options,
                                  struct facts *facts, struct run *ret_run, struct error *error);

// Measures every cell of the request once, in one process of one trial, and keeps nothing but how long that
// takes, which `learned` ({0} before) learns. It takes some seconds. Fails as runner_run does.
MUST_CHECK enum status runner_rehearse(const struct plan_request *request, const char *worker_path,
                                       uint32_t deadline_seconds, struct duration_estimate *learned,
                                       struct error *error);

// Reads the request that a journal's plan was built from, for --resume without repeating the options, and
// what the run was begun with: those facts that decide (owned by the caller; NULL: not asked for).
MUST_CHECK enum status runner_read_journal_request(const char *journal_path, struct plan_request *ret_request,
                                                   struct facts *ret_begun, struct error *error);

// How many replicates of the plan, from the first on and spare ones among them, have a record of every
// process.
MUST_CHECK enum status run_whole_replicates(const struct plan *plan, const struct process_record *records,
                                            size_t count, uint32_t *ret_replicates, struct error *error);

// The same of what a journal holds.
MUST_CHECK enum status runner_count_whole_replicates(const char *journal_path, const struct plan *plan,
                                                     uint32_t *ret_replicates, struct error *error);

// Removes the journal once the results are stored. A missing one is fine.
MUST_CHECK enum status runner_discard_journal(const char *journal_path, struct error *error);

// Finds the executable of the worker that has the code for that touch: beside this program, or in
// ../libexec/memalloc-bench. STATUS_ENVIRONMENT when it is not there.
MUST_CHECK enum status runner_find_worker(enum touch touch, struct text *ret_path, struct error *error);

#endif
