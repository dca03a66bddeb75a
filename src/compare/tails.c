// How long the slow operations of two stored runs take, where both have tails. Each process of a cell gives a
// percentile, without operations that were preempted, and the two runs are compared as independent samples of
// six. A percentile that far out is the machine's as much as the allocator's: so a difference counts only if
// its whole interval lies beyond what box and its twin, the same code, differ by in these runs.
#include <math.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "compare/private.h"
#include "strategies/strategies.h"

static const double least_limit = 0.1;
static const double confidence = 0.99;

static const enum tail_quantile compared_quantiles[] = {TAIL_P99, TAIL_P99_9};

enum { QUANTITIES = 2 * (int)COUNT_OF(compared_quantiles) }; // of a cell: those of both operations

const char *tail_verdict_name(enum tail_verdict verdict)
{
    static const char *const names[TAIL_VERDICT_COUNT] = {"longer", "shorter", "unchanged", "inconclusive"};
    return names[verdict];
}

static size_t find_cell(const struct dataset *run, struct cell_name name)
{
    const struct dataset_cell *cell = dataset_find(run, name);
    return cell ? (size_t)(cell - run->cells) : SIZE_MAX;
}

static double median_of(const struct dataset *run, size_t cell, enum tail_operation operation,
                        enum tail_quantile quantile)
{
    struct tail_processes processes;
    double scratch[MAX_TAIL_PROCESSES];
    tails_of_cell(run, cell, operation, &processes);
    return statistics_median(processes.undisturbed[quantile], processes.count, scratch);
}

// The largest difference between box and its twin, of all cells of both runs.
static double limit_of(const struct dataset runs[RUN_COUNT], enum tail_operation operation,
                       enum tail_quantile quantile)
{
    double limit = least_limit;
    for (int side = 0; side < RUN_COUNT; side++)
        for (size_t i = 0; i < runs[side].count; i++) {
            const struct cell_name name = runs[side].cells[i].name;
            if (strategy_find(name.allocator) != &strategies[STRATEGY_box_twin])
                continue;
            size_t box = find_cell(&runs[side], cell_name_with(name, strategies[STRATEGY_box].name));
            if (box == SIZE_MAX)
                continue;
            double apart = fabs(log(median_of(&runs[side], i, operation, quantile) /
                                    median_of(&runs[side], box, operation, quantile)));
            limit = isfinite(apart) && exp(apart) - 1 > limit ? exp(apart) - 1 : limit;
        }
    return limit;
}

static enum tail_verdict verdict_of(const struct estimate *ratio, double limit)
{
    if (!ratio->interval.exists)
        return TAIL_INCONCLUSIVE;
    if (ratio->interval.low > 1 + limit)
        return TAIL_LONGER;
    if (ratio->interval.high < 1 / (1 + limit))
        return TAIL_SHORTER;
    return ratio->interval.low >= 1 / (1 + limit) && ratio->interval.high <= 1 + limit ? TAIL_UNCHANGED
                                                                                       : TAIL_INCONCLUSIVE;
}

static enum status judge(const struct dataset runs[RUN_COUNT], const size_t cells[RUN_COUNT],
                         struct compared_tail *tail, struct error *error)
{
    struct tail_processes processes[RUN_COUNT];
    struct sample samples[RUN_COUNT];
    for (int side = 0; side < RUN_COUNT; side++) {
        double scratch[MAX_TAIL_PROCESSES];
        tails_of_cell(&runs[side], cells[side], tail->operation, &processes[side]);
        samples[side] = (struct sample){processes[side].undisturbed[tail->quantile], processes[side].count};
        tail->values[side] = statistics_median(samples[side].values, samples[side].count, scratch);
    }
    enum status status =
        statistics_unpaired_ratio(&samples[RUN_B], &samples[RUN_A], confidence, &tail->ratio, error);
    tail->verdict = verdict_of(&tail->ratio, tail->limit);
    return status;
}

enum status compare_tails(const struct dataset runs[RUN_COUNT], struct comparison *comparison,
                          struct error *error)
{
    double limits[TAIL_QUANTILE_COUNT][TAIL_OPERATION_COUNT];
    size_t values = 0;
    enum status status = STATUS_OK;
    if (runs[RUN_A].value_count == 0 || runs[RUN_B].value_count == 0)
        return STATUS_OK;
    comparison->tails = calloc(runs[RUN_A].count * (size_t)QUANTITIES, sizeof *comparison->tails);
    if (!comparison->tails)
        return error_set_no_memory(error);
    for (size_t q = 0; q < COUNT_OF(compared_quantiles); q++)
        for (int operation = 0; operation < TAIL_TIMER; operation++)
            limits[compared_quantiles[q]][operation] =
                limit_of(runs, (enum tail_operation)operation, compared_quantiles[q]);
    for (size_t i = 0; i < runs[RUN_A].count && status == STATUS_OK; i++) {
        const struct dataset_cell *cell = &runs[RUN_A].cells[i];
        const size_t cells[RUN_COUNT] = {i, find_cell(&runs[RUN_B], cell->name)};
        dataset_values(&runs[RUN_A], i, MEASURED_tails_allocate, &values);
        if (values == 0 || cell->control || cells[RUN_B] == SIZE_MAX)
            continue;
        dataset_values(&runs[RUN_B], cells[RUN_B], MEASURED_tails_allocate, &values);
        for (int k = 0; k < QUANTITIES && values > 0 && status == STATUS_OK; k++) {
            struct compared_tail *tail = &comparison->tails[comparison->tail_count++];
            *tail = (struct compared_tail){.name = cell->name,
                                           .operation = (enum tail_operation)(k % 2),
                                           .quantile = compared_quantiles[k / 2]};
            tail->limit = limits[tail->quantile][tail->operation];
            status = judge(runs, cells, tail, error);
            comparison->tail_counts[tail->verdict]++;
        }
    }
    return status;
}
