// Pairs of the same block, metric by metric.
#include "program/analysis.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "base/cleanup.h"

static const double shown_confidence = 0.95, judged_confidence = 0.90;

const char *program_state_name(enum program_state state)
{
    static const char *const names[PROGRAM_STATE_COUNT] = {"measured", "unusable", "broken", "unserved"};
    assert(state < PROGRAM_STATE_COUNT);
    return names[state];
}

const char *program_answer_name(enum program_answer answer)
{
    static const char *const names[PROGRAM_ANSWER_COUNT] = {
        "better", "less_memory", "no_difference", "none_better", "undecided", "unserved", "nothing"};
    assert(answer < PROGRAM_ANSWER_COUNT);
    return names[answer];
}

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

static enum status grid_make(struct grid *grid, size_t heap_count, size_t blocks, struct error *error)
{
    grid->blocks = blocks;
    grid->values = calloc(heap_count * blocks + 1, sizeof *grid->values);
    grid->numerators = calloc(4 * blocks + 1, sizeof *grid->numerators);
    if (!grid->values || !grid->numerators)
        return error_set_no_memory(error);
    grid->denominators = grid->numerators + blocks;
    grid->logs = grid->denominators + blocks;
    grid->scratch = grid->logs + blocks;
    return STATUS_OK;
}

// The row of a process among the results: the twin's is the last.
static size_t row_of(const struct program_result *result, const struct program_process *process)
{
    return process->planned.twin ? result->heap_count - 1 : process->planned.heap;
}

static void grid_fill(struct grid *grid, const struct program_result *result, uint32_t subject, size_t metric)
{
    const struct program_data *data = result->data;
    for (size_t i = 0; i < result->heap_count * grid->blocks; i++)
        grid->values[i] = NAN;
    for (size_t i = 0; i < data->count; i++) {
        const struct program_process *process = &data->processes[i];
        if (process->planned.subject == subject && process->outcome == PROGRAM_OK)
            grid->values[row_of(result, process) * grid->blocks + process->planned.block] =
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

// ---- verdicts ----

static bool is_compared(const struct program_result *result, size_t row)
{
    return row > 0 && row + 1 < result->heap_count && result->heaps[row].state == PROGRAM_MEASURED;
}

// Ratio, intervals and p of one heap. `family`: hypotheses of the metric.
static void test_pairs(struct grid *grid, size_t row, size_t family, struct program_value *value)
{
    size_t count = pair_with_system(grid, row);
    value->ratio =
        statistics_paired_ratio(grid->numerators, grid->denominators, count, shown_confidence, grid->scratch);
    value->judged =
        statistics_paired_ratio(grid->numerators, grid->denominators, count, judged_confidence, grid->scratch)
            .interval;
    value->p_value = NAN;
    if (count >= PROGRAM_MIN_PAIRS)
        value->p_value =
            statistics_paired_test(grid->logs, count, family, PROGRAM_SIGNIFICANCE, grid->scratch).p_value;
}

static void judge_value(struct program_value *value, double threshold, size_t family)
{
    const struct evidence evidence = {
        .ratio = value->ratio.value,
        .interval = value->judged,
        .adjusted_p = value->adjusted_p,
        .significance = PROGRAM_SIGNIFICANCE,
        .family = family,
        .threshold = threshold,
        .processes = value->ratio.count,
    };
    value->verdict = statistics_verdict(&evidence);
    if (value->verdict != VERDICT_INCONCLUSIVE)
        return;
    value->pairs_needed = statistics_processes_needed(&evidence);
    if (value->ratio.count < PROGRAM_MIN_PAIRS)
        value->pairs_needed = PROGRAM_MIN_BLOCKS;
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

static void judge_metric(struct program_result *result, struct grid *grid, size_t metric)
{
    double p_values[MAX_HEAPS + 2], adjusted[MAX_HEAPS + 2], scratch[MAX_HEAPS + 2];
    const size_t rows = result->heap_count, twin = rows - 1;
    size_t family = 1; // the twin
    for (size_t row = 0; row < rows; row++)
        family += is_compared(result, row);
    take_twin(result, grid, metric);
    for (size_t row = 0; row < rows; row++) {
        struct program_value *value = &result->heaps[row].values[metric];
        take_median(grid, row, value);
        value->ratio = (struct estimate){.value = NAN, .interval = {.low = NAN, .high = NAN}};
        value->judged = value->ratio.interval;
        value->p_value = value->adjusted_p = NAN;
        value->verdict = VERDICT_INCONCLUSIVE;
        if (row > 0)
            test_pairs(grid, row, family, value);
        p_values[row] = is_compared(result, row) || row == twin ? value->p_value : (double)NAN;
    }
    statistics_holm(p_values, rows, scratch, adjusted);
    for (size_t row = 1; row < rows; row++) {
        struct program_value *value = &result->heaps[row].values[metric];
        value->adjusted_p = adjusted[row];
        if (is_compared(result, row))
            judge_value(value, result->thresholds[metric], family);
    }
    result->twins[metric].differs =
        adjusted[twin] <= PROGRAM_SIGNIFICANCE &&
        statistics_distance_from_one(result->twins[metric].ratio) > PROGRAM_THRESHOLD;
}

// ---- what became of the processes ----

// Of a process that ended well: whether the heap's numbers are not the heap's. Where not all of the tree was
// served, most of its CPU time must have been.
static bool is_unserved(const struct program_process *process)
{
    const struct program_service *service = &process->service;
    if (service->served == 0)
        return true;
    if (service->served == service->processes)
        return false;
    return isnan(service->served_cpu) ? service->service != LAUNCH_SERVED : service->served_cpu < 0.5;
}

static void count_process(const struct program_process *process, struct program_heap_result *heap,
                          size_t *unserved)
{
    const struct program_service *service = &process->service;
    heap->processes++;
    heap->outcomes[process->outcome]++;
    heap->lived_on_count += process->lived_on > 0;
    if (process->outcome != PROGRAM_OK) {
        if (!heap->failure)
            heap->failure = process;
        return;
    }
    *unserved += is_unserved(process);
    if (service->served == service->processes && service->served > 0)
        return;
    heap->unserved_count++;
    if (!heap->unserved)
        heap->unserved = process;
}

static void count_outcomes(struct program_result *result, uint32_t subject)
{
    size_t unserved[MAX_HEAPS + 1] = {0};
    for (size_t i = 0; i < result->data->count; i++) {
        const struct program_process *process = &result->data->processes[i];
        if (process->planned.subject != subject)
            continue;
        size_t row = row_of(result, process);
        count_process(process, &result->heaps[row], &unserved[row]);
        if (process->planned.block >= result->blocks)
            result->blocks = process->planned.block + 1;
    }
    for (size_t row = 0; row < result->heap_count; row++) {
        struct program_heap_result *heap = &result->heaps[row];
        bool needs_service = row > 0 && !heap->twin; // the system's serves whatever it is told
        if (*heap->heap->problem || heap->processes == 0)
            heap->state = PROGRAM_UNUSABLE;
        else if (heap->failure)
            heap->state = PROGRAM_BROKEN;
        else if (needs_service && unserved[row] > 0)
            heap->state = PROGRAM_UNSERVED;
    }
}

// ---- which metrics the answer is about ----

static bool all_have(const struct program_result *result, size_t metric)
{
    for (size_t row = 0; row < result->heap_count; row++)
        if (result->heaps[row].state == PROGRAM_MEASURED &&
            result->heaps[row].values[metric].count < PROGRAM_MIN_PAIRS)
            return false;
    return true;
}

static bool is_one_process(const struct program_data *data, uint32_t subject)
{
    for (size_t i = 0; i < data->count; i++)
        if (data->processes[i].planned.subject == subject && data->processes[i].service.processes > 1)
            return false;
    return true;
}

// A number of the user's own, of a server what its client sees, otherwise CPU time. Of a single process the
// kernel's own maximum is exact; the memory of a tree is only seen in samples.
static void choose_metrics(struct program_result *result, uint32_t subject)
{
    const struct program_data *data = result->data;
    result->time_metric = data->metric_count > LAUNCH_METRIC_COUNT ? LAUNCH_METRIC_COUNT
                          : data->is_server                        ? LAUNCH_METRIC_WALL
                                                                   : LAUNCH_METRIC_CPU;
    result->memory_metric = is_one_process(data, subject) || !all_have(result, LAUNCH_METRIC_PEAK_PSS)
                                ? LAUNCH_METRIC_MAX_RSS
                                : LAUNCH_METRIC_PEAK_PSS;
}

// ---- the front ----

// What is told of it: 1 unless the verdict says that it differs. Less is better.
static double told_ratio(const struct program_result *result, size_t row, size_t metric)
{
    const struct program_value *value = &result->heaps[row].values[metric];
    if (row == 0 || (value->verdict != VERDICT_FASTER && value->verdict != VERDICT_SLOWER))
        return 1;
    return result->data->metrics[metric].higher_is_better ? 1 / value->ratio.value : value->ratio.value;
}

static void find_front(struct program_result *result)
{
    for (size_t row = 0; row + 1 < result->heap_count; row++) {
        struct program_heap_result *heap = &result->heaps[row];
        double time = told_ratio(result, row, result->time_metric);
        double memory = told_ratio(result, row, result->memory_metric);
        heap->on_front = row == 0 || is_compared(result, row);
        for (size_t other = 0; other + 1 < result->heap_count && heap->on_front; other++) {
            double other_time = told_ratio(result, other, result->time_metric);
            double other_memory = told_ratio(result, other, result->memory_metric);
            bool counts = other == 0 || is_compared(result, other);
            if (counts && other_time <= time && other_memory <= memory &&
                (other_time < time || other_memory < memory))
                heap->on_front = false;
        }
    }
}

// ---- all of it ----

static enum status analyze_subject(struct program_result *result, uint32_t subject, struct error *error)
{
    CLEANUP(grid_release) struct grid grid = {0};
    const struct program_data *data = result->data;
    result->subject = &data->subjects[subject];
    result->heap_count = data->heap_count + 1;
    result->heaps = calloc(result->heap_count, sizeof *result->heaps);
    if (!result->heaps)
        return error_set_no_memory(error);
    for (size_t row = 0; row < result->heap_count; row++)
        result->heaps[row] = (struct program_heap_result){
            .heap = &data->heaps[row == data->heap_count ? 0 : row], .twin = row == data->heap_count};
    count_outcomes(result, subject);
    enum status status = grid_make(&grid, result->heap_count, result->blocks, error);
    for (size_t metric = 0; metric < data->metric_count && status == STATUS_OK; metric++) {
        grid_fill(&grid, result, subject, metric);
        judge_metric(result, &grid, metric);
    }
    if (status != STATUS_OK)
        return status;
    result->output_is_unsteady = program_output_is_unsteady(data, subject);
    choose_metrics(result, subject);
    find_front(result);
    return program_answer_derive(result, error);
}

enum status program_analyze(const struct program_data *data, struct program_results *ret_results,
                            struct error *error)
{
    struct program_results results = {0};
    results.items = calloc(data->subject_count + 1, sizeof *results.items);
    if (!results.items)
        return error_set_no_memory(error);
    enum status status = STATUS_OK;
    for (uint32_t i = 0; i < data->subject_count && status == STATUS_OK; i++) {
        results.items[results.count].data = data;
        status = analyze_subject(&results.items[results.count++], i, error);
    }
    if (status == STATUS_OK)
        *ret_results = results;
    else
        program_results_release(&results);
    return status;
}

void program_results_release(struct program_results *results)
{
    for (size_t i = 0; i < results->count; i++) {
        free(results->items[i].heaps);
        string_list_release(&results->items[i].sentences);
    }
    free(results->items);
    *results = (struct program_results){0};
}
