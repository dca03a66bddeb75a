// `compare --live`: measures two variants side by side and compares them.
#ifndef CLI_COMPARE_LIVE_H
#define CLI_COMPARE_LIVE_H

#include "compare/compare.h"
#include "plan/plan.h"

struct compare_live_request {
    const char *words[RUN_COUNT]; // the variants, as live/variant.h reads them
    struct plan_request plan;     // cells chosen; iterations and processes may be 0: what is usual
    enum compare_metric metric;
    struct compare_options options;
};

// Measures, with progress on standard error, and evaluates. The runs hold nothing but the variants' words.
// What it left is removed, whatever happens. STATUS_USAGE when a variant makes no sense, STATUS_ENVIRONMENT
// when one of them cannot be measured at all, STATUS_INTERRUPTED.
MUST_CHECK enum status compare_live(const struct compare_live_request *request,
                                    struct run_values ret_runs[RUN_COUNT], struct comparison *ret_comparison,
                                    struct error *error);

#endif
