// Two variants measured side by side → the same comparison as of two stored runs.
//
// Per block of four adjacent processes (A B B A or B A A B, by a coin): log B - log A of the processes'
// medians, in which linear drift cancels. Per cell: the median of the blocks' effects with its exact 90 %
// interval, and the permutation test of their signs, which rests on the coin alone; Holm over all cells; then
// the rule of stored runs, statistics_verdict(). Why: docs/methodology.md.
#ifndef LIVE_LIVE_H
#define LIVE_LIVE_H

#include "compare/compare.h"
#include "live/fit.h"
#include "plan/plan.h"
#include "wire/record.h"

// What was measured: the records of a plan of plan_build_abba, in its order.
struct live_measurement {
    const struct plan *plan;
    const struct process_record *processes;
    size_t count;
    struct gate_limits limits; // by which a trial counts as disturbed
    enum compare_metric metric;
};

// Fills the comparison; a NaN threshold is 1 %. Released by the caller with comparison_release().
// STATUS_ENVIRONMENT when not one process of a variant gave a result, with the reason of the first;
// STATUS_NO_MEMORY.
MUST_CHECK enum status live_evaluate(const struct live_measurement *measurement,
                                     const struct compare_options *options, struct comparison *ret_comparison,
                                     struct error *error);

#endif
