// Two variants measured side by side → the same comparison as of two stored runs.
//
// Per block of four adjacent processes (A B B A or B A A B, by a coin): log B - log A of the processes'
// medians, in which linear drift cancels. Per cell: the median of the blocks' effects with its exact 90 %
// interval, and the permutation test of their signs, which rests on the coin alone; Holm over all cells; then
// the rule of stored runs, statistics_verdict(). Why: docs/methodology.md.
#ifndef COMPARE_LIVE_H
#define COMPARE_LIVE_H

#include "compare/compare.h"
#include "plan/plan.h"
#include "runner/runner.h"
#include "wire/record.h"

// What was measured: the records of a plan of plan_build_abba, in its order.
struct live_measurement {
    const struct plan *plan;
    const struct process_record *processes;
    size_t count;
    struct gate_limits limits; // by which a trial counts as disturbed
    enum metric metric;
};

struct live_options {
    double threshold; // practical: 0.01 is 1 %
    uint64_t seed;    // of the permutation test of many blocks
};

// What to measure, and how the two sides are started.
struct live_request {
    const char *words[RUN_COUNT]; // the variants, as variant.h reads them
    struct plan_request plan;     // cells chosen; iterations and processes may be 0: what is usual
    enum metric metric;
    struct live_options options;
    runner_progress_function *progress; // may be NULL
    void *progress_context;
};

// Measures and evaluates; keeps nothing. `ret_runs` are the two variants, each as a run of its own: the name
// of its file is the variant's words, its platform is "live". `ret_failures` gets one sentence when some
// processes failed, and nothing otherwise. The runs and the comparison, which refers to them, are released by
// the caller, the runs also after a failure. STATUS_USAGE when a variant is invalid,
// STATUS_ENVIRONMENT when one of them cannot be measured at all, STATUS_INTERRUPTED.
MUST_CHECK enum status live_compare(const struct live_request *request, struct dataset ret_runs[RUN_COUNT],
                                    struct comparison *ret_comparison, struct text *ret_failures,
                                    struct error *error);

// Fills the runs and the comparison, as above. STATUS_ENVIRONMENT when not one process of a variant gave a
// result, with the reason of the first; STATUS_NO_MEMORY.
MUST_CHECK enum status live_evaluate(const struct live_measurement *measurement,
                                     const struct live_options *options, struct dataset ret_runs[RUN_COUNT],
                                     struct comparison *ret_comparison, struct error *error);

#endif
