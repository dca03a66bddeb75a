// Runs of a small plan with fake_worker, for the tests of the runner: it misbehaves as it is told.
#ifndef TESTS_FAKE_RUN_H
#define TESTS_FAKE_RUN_H

#include <stdbool.h>

#include "plan/plan.h"
#include "runner/runner.h"

// What the next run is made with; a test that changes it sets it back.
struct fake_run {
    char directory[64];
    char journal_path[128];
    const char *worker_path;
    const char *kernel_release; // of the facts
    const char *compiler_flags;
};

extern struct fake_run fake_run;

// Setup and teardown of a group of tests.
int fake_run_begin(void **state);
int fake_run_end(void **state);

// box × 4 patterns × 1 size × 2 processes of 3 trials.
struct plan small_plan(void);

// Runs the plan with a worker that behaves as `mode` says, with that pattern only when one is given.
enum status run_plan(struct plan *plan, const char *mode, const char *pattern, bool resume,
                     struct run *ret_run, struct error *error);

#endif
