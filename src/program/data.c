#include "program/data.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

const char *program_outcome_name(enum program_outcome outcome)
{
    static const char *const names[PROGRAM_OUTCOME_COUNT] = {
        [PROGRAM_OK] = "ok",
        [PROGRAM_FAILED] = "failed",
        [PROGRAM_CRASHED] = "crashed",
        [PROGRAM_TIMED_OUT] = "timed_out",
        [PROGRAM_NOT_STARTED] = "not_started",
        [PROGRAM_OTHER_OUTPUT] = "other_output",
    };
    assert(outcome < PROGRAM_OUTCOME_COUNT);
    return names[outcome];
}

const char *program_service_name(enum launch_service service)
{
    static const char *const names[] = {
        [LAUNCH_SERVED] = "heap",
        [LAUNCH_SERVED_OTHER] = "other",
        [LAUNCH_SERVED_OWN] = "own",
        [LAUNCH_UNSERVED_STATIC] = "static",
        [LAUNCH_UNSERVED_SECURE] = "secure",
        [LAUNCH_UNSERVED_DROPPED] = "dropped",
        [LAUNCH_UNSERVED_FORMAT] = "format",
        [LAUNCH_UNSERVED_AT_LOAD] = "at_load",
        [LAUNCH_UNSERVED_REFUSED] = "refused",
    };
    assert((size_t)service < COUNT_OF(names));
    return names[service];
}

void program_data_release(struct program_data *data)
{
    free(data->platform);
    free(data->name);
    for (uint32_t i = 0; i < data->subject_count; i++) {
        free(data->subjects[i].command);
        free(data->subjects[i].parameters);
    }
    free(data->subjects);
    free(data->processes);
    facts_release(&data->facts);
    *data = (struct program_data){0};
}

static void fill_metrics(const struct program_request *request, struct program_data *data)
{
    for (int m = 0; m < LAUNCH_METRIC_COUNT; m++) {
        struct program_metric *metric = &data->metrics[data->metric_count++];
        snprintf(metric->name, sizeof metric->name, "%s", launch_metrics[m].name);
        snprintf(metric->unit, sizeof metric->unit, "%s", launch_metrics[m].unit);
        snprintf(metric->label, sizeof metric->label, "%s", launch_metrics[m].label);
        metric->higher_is_better = strcmp(launch_metrics[m].better, "higher") == 0;
    }
    for (uint32_t i = 0; i < request->own_metric_count; i++) {
        struct program_metric *metric = &data->metrics[data->metric_count++];
        snprintf(metric->name, sizeof metric->name, "%s", request->own_metrics[i].name);
        snprintf(metric->label, sizeof metric->label, "%s", request->own_metrics[i].name);
        metric->higher_is_better = request->own_metrics[i].higher_is_better;
        metric->is_own = true;
    }
}

static void fill_heap(const struct plan_heap *planned, struct program_heap *heap)
{
    struct heap_file file = {0};
    snprintf(heap->name, sizeof heap->name, "%s", planned->name);
    snprintf(heap->tunables, sizeof heap->tunables, "%s", planned->tunables);
    if (*heap->tunables && !heap_has_tunables())
        snprintf(heap->problem, sizeof heap->problem, "GLIBC_TUNABLES mean nothing to this C library");
    if (*planned->library == '\0')
        return;
    if (planned->library[0] != '?')
        snprintf(heap->library, sizeof heap->library, "%s", planned->library);
    if (!heap_examine_planned(planned->library, &file, heap->problem))
        return;
    heap->problem[0] = '\0';
    snprintf(heap->library, sizeof heap->library, "%s", file.path);
    snprintf(heap->version, sizeof heap->version, "%s", file.version);
}

enum status program_data_begin(const struct program_request *request, const struct program_subjects *subjects,
                               struct program_data *ret_data, struct error *error)
{
    struct program_data *data = ret_data;
    data->platform = strdup(request->platform);
    data->name = strdup(request->name);
    data->check_output = request->check_output;
    data->is_server = request->client != NULL;
    data->subjects = calloc(subjects->count + 1, sizeof *data->subjects);
    if (!data->platform || !data->name || !data->subjects)
        return error_set_no_memory(error);
    for (uint32_t i = 0; i < subjects->count; i++) {
        struct program_measured *subject = &data->subjects[data->subject_count++];
        subject->command = strdup(subjects->items[i].title);
        subject->parameters = strdup(subjects->items[i].parameters);
        if (!subject->command || !subject->parameters)
            return error_set_no_memory(error);
    }
    data->heap_count = request->heap_count;
    for (uint32_t i = 0; i < request->heap_count; i++)
        fill_heap(&request->heaps[i], &data->heaps[i]);
    fill_metrics(request, data);
    return STATUS_OK;
}

// ---- the same work ----

// The first process of the subject on the system's heap that ended well; NULL when none did.
static const struct program_process *reference_of(const struct program_data *data, uint32_t subject)
{
    for (size_t i = 0; i < data->count; i++) {
        const struct program_process *process = &data->processes[i];
        if (process->planned.subject == subject && process->planned.heap == 0 &&
            process->outcome == PROGRAM_OK)
            return process;
    }
    return NULL;
}

static bool gave_the_same(const struct program_process *one, const struct program_process *other)
{
    return !one->has_output || !other->has_output ||
           (one->output_hash == other->output_hash && one->output_bytes == other->output_bytes);
}

// Whether the system's heap always gives the same output by itself.
static bool output_is_steady(const struct program_data *data, const struct program_process *reference)
{
    for (size_t i = 0; i < data->count; i++) {
        const struct program_process *process = &data->processes[i];
        if (process->planned.subject == reference->planned.subject && process->planned.heap == 0 &&
            process->outcome == PROGRAM_OK && !gave_the_same(process, reference))
            return false;
    }
    return true;
}

static void compare_with(const struct program_process *reference, bool with_output,
                         struct program_process *process)
{
    if (process->exit_code != reference->exit_code) {
        process->outcome = PROGRAM_FAILED;
        snprintf(process->cause, sizeof process->cause,
                 "the command exited with %d: on the system's heap with %d", process->exit_code,
                 reference->exit_code);
    } else if (with_output && !gave_the_same(process, reference)) {
        process->outcome = PROGRAM_OTHER_OUTPUT;
        snprintf(process->cause, sizeof process->cause,
                 "the command gave another output: %llu bytes, on the system's heap %llu",
                 (unsigned long long)process->output_bytes, (unsigned long long)reference->output_bytes);
    }
}

bool program_output_is_unsteady(const struct program_data *data, uint32_t subject)
{
    const struct program_process *reference = reference_of(data, subject);
    return data->check_output && reference && !output_is_steady(data, reference);
}

void program_check_work(struct program_data *data)
{
    for (uint32_t subject = 0; subject < data->subject_count; subject++) {
        const struct program_process *reference = reference_of(data, subject);
        if (!reference)
            continue;
        const struct program_process first = *reference;
        bool with_output = data->check_output && !program_output_is_unsteady(data, subject);
        for (size_t i = 0; i < data->count; i++)
            if (data->processes[i].planned.subject == subject && data->processes[i].outcome == PROGRAM_OK)
                compare_with(&first, with_output, &data->processes[i]);
    }
}
