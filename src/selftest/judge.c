#include <math.h>

#include "patterns/patterns.h"
#include "selftest/private.h"
#include "strategies/strategies.h"

static const double beyond_interval = 0.01;

void selftest_judge_release(struct selftest_judge *judge)
{
    selftest_values_release(&judge->shifts);
    for (int delay = 0; delay < SELFTEST_DELAYS; delay++)
        selftest_delay_values_release(&judge->delays[delay]);
    for (int level = 0; level < SELFTEST_LEVELS; level++) {
        selftest_values_release(&judge->effects[level]);
        selftest_values_release(&judge->errors[level]);
    }
}

static bool is_alarm(enum verdict verdict)
{
    return verdict == VERDICT_SLOWER || verdict == VERDICT_FASTER;
}

static bool is_in_both(const struct compared_cell *cell)
{
    return !isnan(cell->median_ns[RUN_A]) && !isnan(cell->median_ns[RUN_B]);
}

void selftest_judge_alarms(const struct comparison *comparison, struct selftest_share *alarms)
{
    for (size_t i = 0; i < comparison->count; i++) {
        alarms->count += is_alarm(comparison->cells[i].verdict);
        alarms->of += is_in_both(&comparison->cells[i]);
    }
}

void selftest_judge_null(struct selftest_judge *judge, const struct comparison *comparison,
                         struct selftest_null *null)
{
    uint64_t alarms = 0;
    for (size_t i = 0; i < comparison->count; i++) {
        const struct compared_cell *cell = &comparison->cells[i];
        alarms += is_alarm(cell->verdict);
        null->unchanged += cell->verdict == VERDICT_UNCHANGED;
        null->inconclusive += cell->verdict == VERDICT_INCONCLUSIVE;
        selftest_values_add(&judge->shifts, fabs(cell->ratio.value - 1));
    }
    null->cells.count += alarms;
    null->cells.of += comparison->count;
    null->families.count += alarms > 0;
    null->families.of += comparison->count > 0;
}

void selftest_judge_control(const struct null_control *control, struct selftest_null *null)
{
    if (control->cells == 0)
        return;
    null->control_cells.count += control->differing;
    null->control_cells.of += control->cells;
    null->control_runs.count += control->differing > 0;
    null->control_runs.of++;
}

void selftest_judge_planted(struct selftest_judge *judge, const struct comparison *comparison, uint32_t round,
                            uint32_t batches, struct selftest_level levels[SELFTEST_LEVELS])
{
    for (int i = 0; i < SELFTEST_LEVELS; i++) {
        uint32_t extra_batches = batches * selftest_extra_per_mille[i] / 1000;
        levels[i].effect = (double)extra_batches / batches;
    }
    for (size_t i = 0; i < comparison->count; i++) {
        const struct compared_cell *cell = &comparison->cells[i];
        const struct strategy *strategy = strategy_find(cell->name.allocator);
        const struct pattern *pattern = pattern_find(cell->name.pattern);
        if (!strategy || !pattern)
            continue;
        int at =
            selftest_level_of((enum strategy_id)(strategy - strategies),
                              (enum pattern_id)(pattern - patterns), (uint32_t)cell->name.size_bytes, round);
        struct selftest_level *level = &levels[at];
        level->found.count += cell->verdict == VERDICT_SLOWER;
        level->found.of++;
        level->wrong += cell->verdict == VERDICT_FASTER;
        double recovered = cell->ratio.value - 1;
        selftest_values_add(&judge->effects[at], recovered);
        selftest_values_add(&judge->errors[at], fabs(recovered - level->effect));
    }
}

// How far "no change" lies outside of the interval of the ratio.
static double beyond(const struct interval *interval)
{
    if (!interval->exists)
        return NAN;
    return fmax(0, fmax(interval->low - 1, 1 / interval->high - 1));
}

void selftest_judge_order(const struct comparison *comparison, struct selftest_order *order)
{
    order->comparisons++;
    for (size_t i = 0; i < comparison->count; i++) {
        double distance = beyond(&comparison->cells[i].ratio.interval);
        if (isnan(distance))
            continue;
        order->moved.count += distance > beyond_interval;
        order->moved.of++;
        order->max_beyond = fmax(order->max_beyond, distance);
    }
    selftest_judge_alarms(comparison, &order->alarms);
}

enum status selftest_judge_finish(struct selftest_judge *judge, struct selftest *selftest,
                                  struct error *error)
{
    struct selftest_null *null = &selftest->null;
    struct selftest_share *shares[] = {
        &null->cells,        &null->families,        &null->control_cells,
        &null->control_runs, &selftest->order.moved, &selftest->order.alarms,
    };
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++)
        selftest_share_finish(shares[i]);
    null->shift_p50 = selftest_values_quantile(&judge->shifts, 0.5);
    null->shift_p90 = selftest_values_quantile(&judge->shifts, 0.9);
    bool failed = judge->shifts.failed;
    failed = !selftest_delays_finish(judge->delays, &selftest->delays) || failed;
    for (int i = 0; i < SELFTEST_LEVELS; i++) {
        struct selftest_level *level = &selftest->levels[i];
        selftest_share_finish(&level->found);
        level->recovered = selftest_values_quantile(&judge->effects[i], 0.5);
        level->error_p50 = selftest_values_quantile(&judge->errors[i], 0.5);
        level->error_p90 = selftest_values_quantile(&judge->errors[i], 0.9);
        failed = failed || judge->effects[i].failed || judge->errors[i].failed;
    }
    return failed ? error_set_no_memory(error) : STATUS_OK;
}
