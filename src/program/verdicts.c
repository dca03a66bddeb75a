// Pairs of the same block, metric by metric; then the verdicts of the whole run.
//
// What a reader sees is a table of heaps and metrics, of every subject of the run, and identical heaps are to
// differ nowhere in it in 95 of 100 runs. So the family of Holm's correction is the run, not a metric: ten
// metrics with 5 % each would call some difference in many more. But of a few blocks no test of ranks
// survives a correction over a hundred hypotheses. So the 5 % are halved: one half is for the two metrics
// that the answer is about, the other one for all others. By Bonferroni's inequality both together stay at 5
// %, and the answer is as certain whatever else is measured.
#include <math.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "private.h"

static const double shown_confidence = 0.95, judged_confidence = 0.90;

// ---- values by block ----

// Of one subject and metric: a row per heap, a column per block; NaN where there is none.
struct grid {
    double *values;                                     // heaps times blocks
    double *numerators, *denominators, *logs, *scratch; // of a block each; one allocation
    size_t blocks;
};

static void grid_release(struct grid *grid)
{
    free(grid->values);
    free(grid->numerators);
}

static enum status grid_make(struct grid *grid, const struct program_result *result, struct error *error)
{
    grid->blocks = result->blocks;
    grid->values = calloc(result->heap_count * grid->blocks + 1, sizeof *grid->values);
    grid->numerators = calloc(4 * grid->blocks + 1, sizeof *grid->numerators);
    if (!grid->values || !grid->numerators)
        return error_set_no_memory(error);
    grid->denominators = grid->numerators + grid->blocks;
    grid->logs = grid->denominators + grid->blocks;
    grid->scratch = grid->logs + grid->blocks;
    return STATUS_OK;
}

size_t program_row_of(const struct program_result *result, const struct program_process *process)
{
    return process->planned.twin ? result->heap_count - 1 : process->planned.heap;
}

static void grid_fill(struct grid *grid, const struct program_result *result, size_t metric)
{
    const struct program_data *data = result->data;
    const uint32_t subject = (uint32_t)(result->subject - data->subjects);
    for (size_t i = 0; i < result->heap_count * grid->blocks; i++)
        grid->values[i] = NAN;
    for (size_t i = 0; i < data->count; i++) {
        const struct program_process *process = &data->processes[i];
        if (process->planned.subject == subject && process->outcome == PROGRAM_OK)
            grid->values[program_row_of(result, process) * grid->blocks + process->planned.block] =
                process->values[metric];
    }
}

// Fills numerators, denominators and logs of the blocks in which both have a positive value.
static size_t pair_with_system(struct grid *grid, size_t row)
{
    const double *values = grid->values + row * grid->blocks;
    size_t count = 0;
    for (size_t block = 0; block < grid->blocks; block++) {
        if (!(values[block] > 0) || !(grid->values[block] > 0))
            continue;
        grid->numerators[count] = values[block];
        grid->denominators[count] = grid->values[block];
        grid->logs[count++] = log(values[block] / grid->values[block]);
    }
    return count;
}

// ---- what each heap takes ----

bool program_is_compared(const struct program_result *result, size_t row)
{
    return row > 0 && row + 1 < result->heap_count && result->heaps[row].state == PROGRAM_MEASURED;
}

static void take_median(struct grid *grid, size_t row, struct program_value *value)
{
    size_t count = 0;
    for (size_t block = 0; block < grid->blocks; block++)
        if (!isnan(grid->values[row * grid->blocks + block]))
            grid->numerators[count++] = grid->values[row * grid->blocks + block];
    const struct estimate median =
        statistics_median_estimate(grid->numerators, count, shown_confidence, grid->scratch);
    value->count = count;
    value->median = median.value;
    value->interval = median.interval;
}

static void take_ratio(struct grid *grid, size_t row, struct program_value *value)
{
    size_t count = pair_with_system(grid, row);
    value->ratio =
        statistics_paired_ratio(grid->numerators, grid->denominators, count, shown_confidence, grid->scratch);
    value->judged =
        statistics_paired_ratio(grid->numerators, grid->denominators, count, judged_confidence, grid->scratch)
            .interval;
}

// What the twin shows: the floor of what counts.
static void take_twin(struct program_result *result, struct grid *grid, size_t metric)
{
    size_t count = pair_with_system(grid, result->heap_count - 1);
    result->thresholds[metric] = PROGRAM_THRESHOLD;
    result->has_twin[metric] = count >= PROGRAM_MIN_PAIRS;
    if (!result->has_twin[metric])
        return;
    struct null_cell *twin = &result->twins[metric];
    *twin = statistics_null_cell(grid->logs, count, grid->scratch);
    double threshold = statistics_null_threshold(twin, 1, grid->scratch);
    if (threshold > PROGRAM_THRESHOLD)
        result->thresholds[metric] = threshold;
}

enum status program_describe(struct program_result *result, struct error *error)
{
    CLEANUP(grid_release) struct grid grid = {0};
    enum status status = grid_make(&grid, result, error);
    for (size_t metric = 0; metric < result->data->metric_count && status == STATUS_OK; metric++) {
        grid_fill(&grid, result, metric);
        take_twin(result, &grid, metric);
        for (size_t row = 0; row < result->heap_count; row++) {
            struct program_value *value = &result->heaps[row].values[metric];
            *value = (struct program_value){
                .ratio = {.value = NAN, .interval = {.low = NAN, .high = NAN}},
                .judged = {.low = NAN, .high = NAN},
                .p_value = NAN,
                .adjusted_p = NAN,
                .verdict = VERDICT_INCONCLUSIVE,
            };
            take_median(&grid, row, value);
            if (row > 0)
                take_ratio(&grid, row, value);
        }
    }
    return status;
}

// ---- verdicts ----

// The two families that share the 5 %.
enum family { FAMILY_ANSWER, FAMILY_OTHERS, FAMILY_COUNT };

static enum family family_of(const struct program_result *result, size_t metric)
{
    return metric == result->time_metric || metric == result->memory_metric ? FAMILY_ANSWER : FAMILY_OTHERS;
}

// The twin is tested beside the heaps: whether the system's heap differs from itself.
static bool is_tested(const struct program_result *result, size_t row, size_t metric)
{
    return (program_is_compared(result, row) || row + 1 == result->heap_count) &&
           result->heaps[row].values[metric].ratio.count >= PROGRAM_MIN_PAIRS;
}

static size_t count_members(const struct program_results *results, enum family family)
{
    size_t members = 0;
    for (size_t i = 0; i < results->count; i++)
        for (size_t metric = 0; metric < results->items[i].data->metric_count; metric++)
            for (size_t row = 1; row < results->items[i].heap_count; row++)
                members += family_of(&results->items[i], metric) == family &&
                           is_tested(&results->items[i], row, metric);
    return members;
}

// `shares`: into how many parts the 5 % go, by families and their members.
static enum status test_subject(struct program_result *result, enum family family, size_t shares,
                                struct error *error)
{
    CLEANUP(grid_release) struct grid grid = {0};
    enum status status = grid_make(&grid, result, error);
    for (size_t metric = 0; metric < result->data->metric_count && status == STATUS_OK; metric++) {
        if (family_of(result, metric) != family)
            continue;
        grid_fill(&grid, result, metric);
        for (size_t row = 1; row < result->heap_count; row++)
            if (is_tested(result, row, metric))
                result->heaps[row].values[metric].p_value =
                    statistics_paired_test(grid.logs, pair_with_system(&grid, row), shares,
                                           PROGRAM_SIGNIFICANCE, grid.scratch)
                        .p_value;
    }
    return status;
}

static enum status adjust_family(struct program_results *results, enum family family, size_t members,
                                 struct error *error)
{
    CLEANUP(free_pointer) double *p_values = calloc(3 * members + 1, sizeof *p_values);
    CLEANUP(free_pointer) struct program_value **values = calloc(members + 1, sizeof(struct program_value *));
    size_t count = 0;
    if (!p_values || !values)
        return error_set_no_memory(error);
    for (size_t i = 0; i < results->count; i++) {
        const struct program_result *result = &results->items[i];
        for (size_t metric = 0; metric < result->data->metric_count; metric++)
            for (size_t row = 1; row < result->heap_count; row++)
                if (family_of(result, metric) == family && is_tested(result, row, metric))
                    values[count++] = &result->heaps[row].values[metric];
    }
    for (size_t i = 0; i < count; i++)
        p_values[i] = values[i]->p_value;
    double *adjusted = p_values + members, *scratch = adjusted + members;
    statistics_holm(p_values, count, scratch, adjusted);
    for (size_t i = 0; i < count; i++)
        values[i]->adjusted_p = fmin(1, FAMILY_COUNT * adjusted[i]);
    return STATUS_OK;
}

enum verdict program_verdict(const struct evidence *evidence, size_t *ret_needed)
{
    struct evidence strict = *evidence;
    strict.threshold = fmin(evidence->threshold, PROGRAM_REACH);
    enum verdict verdict = statistics_verdict(evidence);
    if (verdict == VERDICT_UNCHANGED && statistics_verdict(&strict) != VERDICT_UNCHANGED)
        verdict = VERDICT_INCONCLUSIVE;
    *ret_needed = verdict == VERDICT_INCONCLUSIVE ? statistics_processes_needed(&strict) : 0;
    return verdict;
}

static void judge_value(struct program_value *value, double threshold, size_t shares)
{
    const struct evidence evidence = {
        .ratio = value->ratio.value,
        .interval = value->judged,
        .adjusted_p = value->adjusted_p,
        .significance = PROGRAM_SIGNIFICANCE,
        .family = shares,
        .threshold = threshold,
        .processes = value->ratio.count,
    };
    value->verdict = program_verdict(&evidence, &value->pairs_needed);
    if (value->verdict == VERDICT_INCONCLUSIVE && value->ratio.count < PROGRAM_MIN_PAIRS)
        value->pairs_needed = PROGRAM_MIN_BLOCKS;
}

static void judge_subject(struct program_result *result, enum family family, size_t shares)
{
    const size_t twin = result->heap_count - 1;
    for (size_t metric = 0; metric < result->data->metric_count; metric++) {
        if (family_of(result, metric) != family)
            continue;
        for (size_t row = 1; row < twin; row++)
            if (program_is_compared(result, row))
                judge_value(&result->heaps[row].values[metric], result->thresholds[metric], shares);
        result->twins[metric].differs =
            result->heaps[twin].values[metric].adjusted_p <= PROGRAM_SIGNIFICANCE &&
            statistics_distance_from_one(result->twins[metric].ratio) > PROGRAM_THRESHOLD;
    }
}

enum status program_judge(struct program_results *results, struct error *error)
{
    enum status status = STATUS_OK;
    for (int f = 0; f < FAMILY_COUNT && status == STATUS_OK; f++) {
        const enum family family = (enum family)f;
        const size_t members = count_members(results, family), shares = FAMILY_COUNT * members;
        for (size_t i = 0; i < results->count && status == STATUS_OK; i++)
            status = test_subject(&results->items[i], family, shares, error);
        if (status == STATUS_OK)
            status = adjust_family(results, family, members, error);
        for (size_t i = 0; i < results->count && status == STATUS_OK; i++)
            judge_subject(&results->items[i], family, shares);
    }
    return status;
}
