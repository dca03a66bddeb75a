// Runs the processes of a plan, one at a time: starts a fresh worker, collects its records within a deadline,
// reaps it, classifies how it ended, and appends the record to the journal before the next one starts.
#ifndef RUNNER_RUNNER_H
#define RUNNER_RUNNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/facts.h"
#include "plan/estimate.h"
#include "plan/plan.h"
#include "wire/record.h"

// Handed to the progress callback between two workers.
struct runner_progress {
    size_t done;                        // processes with a record, those of a resumed journal included
    size_t total;                       // processes of the plan and of the census
    size_t failed;                      // of those done, the ones whose outcome is not OUTCOME_OK
    const struct planned_process *next; // about to start; NULL after the last one
    double elapsed_seconds;             // of this invocation
    double remaining_seconds;           // estimate of the rest; see plan/estimate.h
};

typedef void runner_progress_function(void *context, const struct runner_progress *progress);

// What a resumed journal no longer tells; it is measured again.
struct runner_damage {
    const char *journal_path;
    size_t lost_processes; // that had run: later ones are there
    size_t cut_off_bytes;  // at its end: one entry, where the run was ended while it wrote it
};

typedef void runner_damage_function(void *context, const struct runner_damage *damage);

struct runner_options {
    const char *worker_path;  // the worker executable
    const char *journal_path; // created, or continued when `resume`; removed by runner_discard_journal; NULL:
                              // none, and nothing outlasts an interruption
    bool resume;              // go on from the journal: it must be of the same plan
    uint32_t deadline_seconds; // for one worker; 0 means the default of 120
    uint32_t warmup_batches;   // before the first trial of a process; 0 means the default of 100
    bool take_census;          // count faults, system calls and processor events of every cell, at the end
    uint32_t batches;          // of a trial; 0 means as many as plan_batches() says
    bool repeat_disturbed;     // repeat trials that the gate flags, as far as the budget of time goes
    const struct duration_estimate *learned; // what a rehearsal saw; NULL: nothing
    runner_progress_function *progress;      // may be NULL
    void *progress_context;
    runner_damage_function *damage; // called before anything runs, of a journal that is damaged; may be NULL
    void *damage_context;
};

// The records of a finished or interrupted run, in the order of the plan.
struct run {
    struct process_record *processes;
    size_t count;
    struct census *censuses; // of cells, in the order of the plan; see runner_options.take_census
    size_t census_count;
    struct gate_limits limits; // by which a trial counts as disturbed
};

void run_release(struct run *run);

// Runs what the journal does not hold yet. Adds facts about the measurement (clock, calibration, worker CPU,
// constants) to `facts`. Failed processes are records, not errors. `ret_run` is filled with all there is also
// when interrupted (STATUS_INTERRUPTED, after SIGINT, SIGTERM or SIGHUP; the journal stays).
// STATUS_ENVIRONMENT when the worker cannot be started at all or the journal cannot be written.
MUST_CHECK enum status runner_run(const struct plan *plan, const struct runner_options *options,
                                  struct facts *facts, struct run *ret_run, struct error *error);

// Reads the request that a journal's plan was built from, for --resume without repeating the options.
MUST_CHECK enum status runner_read_journal_request(const char *journal_path, struct plan_request *ret_request,
                                                   struct error *error);

// Removes the journal once the results are stored. A missing one is fine.
MUST_CHECK enum status runner_discard_journal(const char *journal_path, struct error *error);

#endif
