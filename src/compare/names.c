#include <assert.h>
#include <string.h>

#include "compare/compare.h"
#include "compare/private.h"
#include "strategies/strategies.h"

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
    [REASON_ANCHOR] = {"anchor", "the anchors failed in that run"},
    [REASON_FEW_PROCESSES] = {"few_processes", "too few processes for an interval"},
    [REASON_UNEVEN_LOAD] = {"uneven_load", "the cell asks the kernel for memory, which takes longer beside "
                                           "others that are busy, as they were in that "
                                           "run; compare --live measures both beside the same"},
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

const char *threshold_source_name(enum threshold_source source)
{
    static const char *const names[THRESHOLD_SOURCE_COUNT] = {[THRESHOLD_ASKED] = "asked",
                                                              [THRESHOLD_NULL_CONTROL] = "null_control",
                                                              [THRESHOLD_ANCHORS] = "anchors"};
    return names[source];
}

bool is_anchor(const struct dataset_cell *cell)
{
    return strcmp(cell->name.allocator, strategies[STRATEGY_anchor].name) == 0;
}

void give_reason(struct compared_cell *compared, enum compare_reason reason, enum run_side side)
{
    compared->verdict = VERDICT_INCONCLUSIVE;
    compared->reason = reason;
    compared->reason_side = side;
}
