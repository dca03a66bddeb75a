#include <assert.h>

#include "compare/compare.h"

static const struct {
    const char *name;
    const char *sentence;
} reasons[REASON_COUNT] = {
    [REASON_NONE] = {"", ""},
    [REASON_MORE_PROCESSES] = {"more_processes", "more processes would decide; the number is an estimate"},
    [REASON_ON_THRESHOLD] = {"on_threshold",
                             "the ratio lies on the threshold, where no number of processes decides"},
    [REASON_MISSING] = {"missing", "the cell was not measured in that run"},
    [REASON_FAILED] = {"failed", "a process of the cell failed in that run"},
    [REASON_ONE_PROCESS] = {"one_process",
                            "the file does not say which process a trial comes from: taken as one process, "
                            "there is nothing to tell a "
                            "difference of the code from a difference of memory layout, order and moment"},
    [REASON_DISTURBED] = {"disturbed", "less than half of the cell's trials in that run were undisturbed"},
    [REASON_ANCHOR] = {"anchor", "the anchors failed or were disturbed in that run"},
    [REASON_FEW_PROCESSES] = {"few_processes", "too few processes for an interval"},
    [REASON_UNEVEN_LOAD] = {"uneven_load", "the cell asks the kernel for memory, which takes longer beside "
                                           "others that are busy, as they were in that "
                                           "run; compare --live measures both beside the same"},
    [REASON_NULL_CONTROL] =
        {"null_control",
         "the null control of that run shows a difference between two copies of the same code"},
};

const char *compare_reason_name(enum compare_reason reason)
{
    assert(reason >= 0 && reason < REASON_COUNT);
    return reasons[reason].name;
}

const char *compare_reason_sentence(enum compare_reason reason)
{
    assert(reason >= 0 && reason < REASON_COUNT);
    return reasons[reason].sentence;
}

const char *compare_outcome_name(enum compare_outcome outcome)
{
    switch (outcome) {
    case COMPARE_NO_REGRESSION:
        return "no_regression";
    case COMPARE_REGRESSION:
        return "regression";
    case COMPARE_INCONCLUSIVE:
        return "inconclusive";
    case COMPARE_NOT_COMPARABLE:
        break;
    }
    return "not_comparable";
}

const char *compare_metric_name(enum compare_metric metric)
{
    return metric == COMPARE_TOTAL ? "total" : "latency";
}
