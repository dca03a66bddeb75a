// What became of the processes, which metrics the answer is about, and which heaps are on the front. Medians,
// ratios and verdicts are verdicts.c's.
#include "program/analysis.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "private.h"

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
        size_t row = program_row_of(result, process);
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
        heap->on_front = row == 0 || program_is_compared(result, row);
        for (size_t other = 0; other + 1 < result->heap_count && heap->on_front; other++) {
            double other_time = told_ratio(result, other, result->time_metric);
            double other_memory = told_ratio(result, other, result->memory_metric);
            bool counts = other == 0 || program_is_compared(result, other);
            if (counts && other_time <= time && other_memory <= memory &&
                (other_time < time || other_memory < memory))
                heap->on_front = false;
        }
    }
}

// ---- all of it ----

static enum status begin_subject(struct program_result *result, uint32_t subject, struct error *error)
{
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
    enum status status = program_describe(result, error);
    if (status != STATUS_OK)
        return status;
    result->output_is_unsteady = program_output_is_unsteady(data, subject);
    choose_metrics(result, subject);
    return STATUS_OK;
}

enum status program_analyze(const struct program_data *data, struct program_results *ret_results,
                            struct error *error)
{
    CLEANUP(program_results_release) struct program_results results = {0};
    results.items = calloc(data->subject_count + 1, sizeof *results.items);
    if (!results.items)
        return error_set_no_memory(error);
    enum status status = STATUS_OK;
    for (uint32_t i = 0; i < data->subject_count && status == STATUS_OK; i++) {
        results.items[results.count].data = data;
        status = begin_subject(&results.items[results.count++], i, error);
    }
    if (status == STATUS_OK)
        status = program_judge(&results, error);
    for (size_t i = 0; i < results.count && status == STATUS_OK; i++) {
        find_front(&results.items[i]);
        status = program_answer_derive(&results.items[i], error);
    }
    if (status != STATUS_OK)
        return status;
    *ret_results = results;
    results = (struct program_results){0};
    return STATUS_OK;
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
