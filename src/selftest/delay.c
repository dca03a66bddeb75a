// Instructions planted in box: in a run of its own, box and its twin are a delayed copy, so that the null
// control still compares one code with itself, and box_plain is box as ever. What is truly planted is not
// known by construction, since a processor hides a part of it; it is what box takes longer than box_plain,
// process by process, next to each other and with the same random steps.
#include <math.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "patterns/patterns.h"
#include "selftest/private.h"

static const double truth_confidence = 0.95;
static const double clearly_planted = 0.05;

static const struct {
    enum strategy_id code;
    uint32_t instructions;
} delays[SELFTEST_DELAYS] = {
#define DELAY(instructions) {STRATEGY_box_delayed_##instructions, instructions},
#include "strategies/delays.def"
#undef DELAY
};

static bool delays_have_cell(enum touch touch, uint32_t object_bytes)
{
    for (size_t i = 0; i < COUNT_OF(delays); i++)
        if (!strategy_has_cell(&strategies[delays[i].code], touch, object_bytes))
            return false;
    return true;
}

bool selftest_delay_request(const struct plan_request *asked, struct plan_request *ret_request)
{
    static const enum strategy_id needed[] = {STRATEGY_box, STRATEGY_box_twin, STRATEGY_box_plain,
                                              STRATEGY_anchor};
    const enum touch touch = (enum touch)plan_request_value(asked, AXIS_touch);
    const struct axis_values *sizes = &asked->axes[AXIS_size_bytes];
    *ret_request = *asked;
    ret_request->axes[AXIS_strategy].count = ret_request->axes[AXIS_size_bytes].count = 0;
    for (size_t i = 0; i < COUNT_OF(needed); i++)
        axis_values_add(&ret_request->axes[AXIS_strategy], needed[i]);
    for (uint32_t i = 0; i < sizes->count; i++)
        if (delays_have_cell(touch, sizes->items[i]))
            axis_values_add(&ret_request->axes[AXIS_size_bytes], sizes->items[i]);
    return ret_request->axes[AXIS_size_bytes].count > 0;
}

int selftest_delay_of(enum pattern_id pattern, uint32_t size_bytes, uint32_t round)
{
    uint32_t cell = (uint32_t)pattern * SIZE_COUNT + (uint32_t)size_index(size_bytes);
    return (int)((cell + round) % SELFTEST_DELAYS);
}

void selftest_delay_plant(struct plan *plan, uint32_t round)
{
    for (size_t i = 0; i < plan->count; i++) {
        struct planned_process *process = &plan->processes[i];
        const struct cell *cell = &process->cell;
        if (cell->strategy == STRATEGY_box || cell->strategy == STRATEGY_box_twin)
            process->variant.code =
                &strategies[delays[selftest_delay_of(cell->pattern, cell->size_bytes, round)].code];
    }
}

// NaN where there is no pair.
static enum status find_truth(const struct dataset *run, const struct compared_cell *compared,
                              double *ret_truth, struct error *error)
{
    const struct cell_name name = compared->name;
    const struct dataset_cell *box = dataset_find(run, name);
    const struct dataset_cell *plain =
        dataset_find(run, cell_name_with(name, strategies[STRATEGY_box_plain].name));
    *ret_truth = NAN;
    if (!box || !plain || box->process_count == 0)
        return STATUS_OK;
    CLEANUP(free_pointer) double *memory = calloc(3 * box->process_count, sizeof *memory);
    if (!memory)
        return error_set_no_memory(error);
    double *plain_values = memory + box->process_count, *scratch = plain_values + box->process_count;
    size_t pairs = dataset_pair(box, plain, METRIC_TOTAL, memory, plain_values);
    if (pairs > 0)
        *ret_truth =
            statistics_paired_ratio(memory, plain_values, pairs, truth_confidence, scratch).value - 1;
    return STATUS_OK;
}

static void judge_cell(struct selftest_delay_values *values, const struct compared_cell *cell, double truth,
                       struct selftest_delays *ret_delays, int at)
{
    struct selftest_delay *level = &ret_delays->levels[at];
    double recovered = cell->ratio.value - 1;
    bool found = cell->verdict == VERDICT_SLOWER;
    level->found.count += found;
    level->found.of++;
    level->wrong += cell->verdict == VERDICT_FASTER;
    if (truth >= clearly_planted) {
        ret_delays->found_from_5.count += found;
        ret_delays->found_from_5.of++;
    }
    selftest_values_add(&values->truths, truth);
    selftest_values_add(&values->effects, recovered);
    selftest_values_add(&values->errors, fabs(recovered - truth));
}

enum status selftest_judge_delays(struct selftest_judge *judge, const struct dataset *planted,
                                  const struct comparison *comparison, uint32_t round,
                                  struct selftest_delays *ret_delays, struct error *error)
{
    for (size_t i = 0; i < comparison->count; i++) {
        const struct compared_cell *cell = &comparison->cells[i];
        const struct pattern *pattern = pattern_find(cell->name.pattern);
        const struct strategy *strategy = strategy_find(cell->name.allocator);
        if (!pattern || strategy != &strategies[STRATEGY_box])
            continue;
        double truth;
        enum status status = find_truth(planted, cell, &truth, error);
        if (status != STATUS_OK)
            return status;
        int at =
            selftest_delay_of((enum pattern_id)(pattern - patterns), (uint32_t)cell->name.size_bytes, round);
        if (!isnan(truth))
            judge_cell(&judge->delays[at], cell, truth, ret_delays, at);
    }
    return STATUS_OK;
}

bool selftest_delays_finish(struct selftest_delay_values values[SELFTEST_DELAYS],
                            struct selftest_delays *ret_delays)
{
    bool complete = true;
    for (int i = 0; i < SELFTEST_DELAYS; i++) {
        struct selftest_delay *level = &ret_delays->levels[i];
        level->instructions = delays[i].instructions;
        level->truth_p10 = selftest_values_quantile(&values[i].truths, 0.1);
        level->truth = selftest_values_quantile(&values[i].truths, 0.5);
        level->truth_p90 = selftest_values_quantile(&values[i].truths, 0.9);
        level->recovered = selftest_values_quantile(&values[i].effects, 0.5);
        level->error_p50 = selftest_values_quantile(&values[i].errors, 0.5);
        level->error_p90 = selftest_values_quantile(&values[i].errors, 0.9);
        selftest_share_finish(&level->found);
        complete =
            complete && !values[i].truths.failed && !values[i].effects.failed && !values[i].errors.failed;
    }
    selftest_share_finish(&ret_delays->found_from_5);
    return complete;
}

void selftest_delay_values_release(struct selftest_delay_values *values)
{
    selftest_values_release(&values->truths);
    selftest_values_release(&values->effects);
    selftest_values_release(&values->errors);
}
