// The answer first: the heap to take, what it gains, what it costs and how to take it; or that it does not
// matter; or why nothing can be said. Then everything else that a person should know before believing it.
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "private.h"
#include "program/analysis.h"

// ---- words ----

// "LD_PRELOAD=/usr/lib/… " or "GLIBC_TUNABLES=… ", with the space; nothing for the system's heap.
static void append_variables(struct text *text, const struct program_heap *heap)
{
    static const char dylib[] = ".dylib";
    size_t length = strlen(heap->library), ending = strlen(dylib);
    if (length > 0) {
        bool is_darwin = length > ending && strcmp(heap->library + length - ending, dylib) == 0;
        text_append(text, is_darwin ? "DYLD_INSERT_LIBRARIES=" : "LD_PRELOAD=");
        text_append_shell_word(text, heap->library);
        text_append(text, " ");
    }
    if (*heap->tunables)
        text_append_format(text, "GLIBC_TUNABLES=%s ", heap->tunables);
}

void program_append_change(struct text *text, double ratio, int decimals)
{
    if (ratio < 1)
        text_append_format(text, "%.*f %% less", decimals, 100 * (1 - ratio));
    else if (ratio >= 2)
        text_append_format(text, "%.*f times as much", decimals > 0 ? decimals : 1, ratio);
    else
        text_append_format(text, "%.*f %% more", decimals, 100 * (ratio - 1));
}

// Of a change between `low` and `high`: "17.9–19.2", ascending.
static void append_range(struct text *text, const struct interval *interval)
{
    double low = 100 * (interval->low - 1), high = 100 * (interval->high - 1);
    bool is_less = low + high < 0;
    if (!interval->exists)
        return;
    if (low >= 100) {
        text_append_format(text, " (%.1f–%.1f times)", interval->low, interval->high);
        return;
    }
    double from = is_less ? -high : low, to = is_less ? -low : high;
    text_append_format(text, " (%s%.1f–%.1f)", from < 0 ? "−" : "", fabs(from), to);
}

static const struct program_metric *metric_at(const struct program_result *result, size_t metric)
{
    return &result->data->metrics[metric];
}

static const struct program_value *value_of(const struct program_result *result, size_t row, size_t metric)
{
    return &result->heaps[row].values[metric];
}

static bool differs(const struct program_value *value)
{
    return value->verdict == VERDICT_FASTER || value->verdict == VERDICT_SLOWER;
}

static bool is_better(const struct program_result *result, size_t row, size_t metric)
{
    const struct program_value *value = value_of(result, row, metric);
    return value->verdict == (metric_at(result, metric)->higher_is_better ? VERDICT_SLOWER : VERDICT_FASTER);
}

static bool is_worse(const struct program_result *result, size_t row, size_t metric)
{
    return differs(value_of(result, row, metric)) && !is_better(result, row, metric);
}

// How good it is: the larger, the better; 1 is the system's.
static double gain(const struct program_result *result, size_t row, size_t metric)
{
    double ratio = value_of(result, row, metric)->ratio.value;
    return metric_at(result, metric)->higher_is_better ? ratio : 1 / ratio;
}

static void append_heap_change(struct text *text, const struct program_result *result, size_t row,
                               size_t metric, bool with_range)
{
    const struct program_value *value = value_of(result, row, metric);
    const struct program_metric *described = metric_at(result, metric);
    bool is_memory = metric == result->memory_metric;
    program_append_change(text, value->ratio.value,
                          is_memory && fabs(value->ratio.value - 1) > 0.0995 ? 0 : 1);
    text_append_format(text, " %s", is_memory ? "memory" : described->label);
    if (with_range)
        append_range(text, &value->ratio.interval);
}

// ---- the answer ----

// What is said of a metric that does not differ: nothing of one that nobody can tell yet.
static void append_unchanged(struct text *text, const struct program_result *result, size_t row,
                             size_t metric)
{
    bool is_memory = metric == result->memory_metric;
    const char *label = is_memory ? "memory" : metric_at(result, metric)->label;
    bool is_same = value_of(result, row, metric)->verdict == VERDICT_UNCHANGED;
    text_append_format(text, is_same ? ", %s as on the system's heap" : ", %s undecided", label);
}

// "mimalloc: 18.6 % less CPU time (17.9–19.2), 2 % less memory. To use it: …".
static void append_heap(struct text *text, const struct program_result *result, size_t row)
{
    const struct program_heap_result *heap = &result->heaps[row];
    bool time_told = differs(value_of(result, row, result->time_metric));
    bool memory_told = differs(value_of(result, row, result->memory_metric));
    bool has_price =
        is_better(result, row, result->time_metric) && is_worse(result, row, result->memory_metric);
    text_append_format(text, "%s: ", heap->heap->name);
    if (time_told)
        append_heap_change(text, result, row, result->time_metric, true);
    if (time_told && memory_told)
        text_append(text, has_price ? ", but " : ", ");
    if (memory_told)
        append_heap_change(text, result, row, result->memory_metric, !time_told);
    if (!memory_told)
        append_unchanged(text, result, row, result->memory_metric);
    if (!time_told)
        append_unchanged(text, result, row, result->time_metric);
    text_append(text, ".");
}

static void append_usage(struct text *text, const struct program_result *result, size_t row)
{
    text_append(text, " To use it: ");
    append_variables(text, result->heaps[row].heap);
    text_append(text, result->subject->command);
}

// The candidate that is best in one metric and not worse than the system's in `but_not`; 0: there is none.
static size_t find_best(const struct program_result *result, size_t metric, size_t but_not)
{
    size_t best = 0;
    for (size_t row = 1; row < result->heap_count; row++)
        if (program_is_compared(result, row) && is_better(result, row, metric) &&
            (but_not == SIZE_MAX || !is_worse(result, row, but_not)) &&
            (best == 0 || gain(result, row, metric) > gain(result, best, metric)))
            best = row;
    return best;
}

// What all candidates together say of a metric.
struct summary {
    size_t candidates, worse, undecided;
    double widest;    // of the 90 % intervals' ends, as a distance from 1
    size_t needed;    // pairs that would decide the undecided ones
    bool is_hopeless; // no number would
};

static struct summary sum_up(const struct program_result *result, size_t metric)
{
    struct summary summary = {0};
    for (size_t row = 1; row < result->heap_count; row++) {
        const struct program_value *value = value_of(result, row, metric);
        if (!program_is_compared(result, row))
            continue;
        summary.candidates++;
        summary.worse += is_worse(result, row, metric);
        if (value->verdict == VERDICT_INCONCLUSIVE) {
            summary.undecided++;
            summary.is_hopeless |= value->pairs_needed == 0;
            if (value->pairs_needed > summary.needed)
                summary.needed = value->pairs_needed;
        }
        double reach = fmax(statistics_distance_from_one(value->judged.low),
                            statistics_distance_from_one(value->judged.high));
        if (reach > summary.widest)
            summary.widest = reach;
    }
    return summary;
}

static size_t count_state(const struct program_result *result, enum program_state state)
{
    size_t count = 0;
    for (size_t row = 1; row + 1 < result->heap_count; row++)
        count += result->heaps[row].state == state;
    return count;
}

// How many processes would decide.
static void append_needed(struct text *text, const struct summary *summary)
{
    if (summary->needed >= 1 && summary->needed <= MAX_PROCESSES && !summary->is_hopeless)
        text_append_format(text, "; about %zu processes per heap would tell more (--processes %zu)",
                           summary->needed, summary->needed);
    else
        text_append(text, "; a quieter machine would tell more");
}

// No heap is better: is it that they are alike, that they are worse, or that nobody can tell?
static void answer_without_best(struct program_result *result, struct text *text)
{
    const struct summary time = sum_up(result, result->time_metric);
    const struct summary memory = sum_up(result, result->memory_metric);
    const char *label = metric_at(result, result->time_metric)->label;
    if (time.candidates == 0) {
        bool unserved = count_state(result, PROGRAM_UNSERVED) > 0;
        result->answer = unserved ? PROGRAM_ANSWER_UNSERVED : PROGRAM_ANSWER_NOTHING;
        text_append(
            text, unserved ? "No heap could be compared: the program did not use the heaps that it was given."
                           : "Nothing can be said: the program ran on no other heap.");
    } else if (time.undecided > 0) {
        result->answer = PROGRAM_ANSWER_UNDECIDED;
        text_append_format(text, "No difference in %s can be detected", label);
        append_needed(text, &time);
        text_append(text, ".");
    } else if (time.worse == 0 && memory.worse == 0 && memory.undecided == 0) {
        result->answer = PROGRAM_ANSWER_NO_DIFFERENCE;
        text_append_format(text, "No heap makes a practical difference (all within ±%.1f %% of %s).",
                           100 * time.widest, label);
    } else if (time.worse == 0) {
        result->answer = PROGRAM_ANSWER_NONE_BETTER;
        text_append_format(text,
                           "No heap makes a practical difference in %s (all within ±%.1f %%), and none "
                           "%s less memory.",
                           label, 100 * time.widest, memory.undecided > 0 ? "is known to take" : "takes");
    } else {
        result->answer = PROGRAM_ANSWER_NONE_BETTER;
        text_append(text, "No heap is better than the system's.");
    }
}

static enum status add_sentence(struct program_result *result, const struct text *sentence,
                                struct error *error)
{
    enum status status = text_check(sentence, error);
    return status == STATUS_OK ? string_list_add(&result->sentences, text_string(sentence), error) : status;
}

static enum status add_answer(struct program_result *result, struct error *error)
{
    CLEANUP(text_release) struct text text = {0};
    size_t best = find_best(result, result->time_metric, SIZE_MAX);
    result->answer = PROGRAM_ANSWER_BETTER;
    if (best == 0) {
        best = find_best(result, result->memory_metric, result->time_metric);
        result->answer = PROGRAM_ANSWER_LESS_MEMORY;
    }
    result->best = best;
    if (best == 0) {
        answer_without_best(result, &text);
    } else {
        append_heap(&text, result, best);
        append_usage(&text, result, best);
    }
    return add_sentence(result, &text, error);
}

// Other points of the front: what would be taken for the sake of memory.
static enum status add_front(struct program_result *result, struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t row = 1; row + 1 < result->heap_count && status == STATUS_OK; row++) {
        CLEANUP(text_release) struct text text = {0};
        if (row == result->best || !program_is_compared(result, row) || !result->heaps[row].on_front ||
            (!is_better(result, row, result->time_metric) && !is_better(result, row, result->memory_metric)))
            continue;
        text_append(&text, "Or ");
        append_heap(&text, result, row);
        status = add_sentence(result, &text, error);
    }
    return status;
}

// ---- what else is to be said ----

static void append_outcome(struct text *text, const struct program_process *failure)
{
    char name[16];
    switch (failure->outcome) {
    case PROGRAM_CRASHED:
        text_append_format(text, "crashed (%s)", launch_signal_name(failure->signal_number, name));
        break;
    case PROGRAM_TIMED_OUT:
        text_append(text, "timed out");
        break;
    case PROGRAM_OTHER_OUTPUT:
        text_append(text, "gave another output");
        break;
    case PROGRAM_NOT_STARTED:
        text_append(text, "did not start");
        break;
    case PROGRAM_FAILED:
    case PROGRAM_OK:
    case PROGRAM_OUTCOME_COUNT:
        text_append_format(text, "exited with %d", failure->exit_code);
    }
}

// "jemalloc: crashed (SIGSEGV) in 20 of 20."
static void append_failure(struct text *text, const struct program_heap_result *heap)
{
    const char *name = heap->heap->name;
    text_append_format(text, "%s%s: ", name, heap->twin ? " (again)" : "");
    append_outcome(text, heap->failure);
    text_append_format(text, " in %zu of %zu", heap->outcomes[heap->failure->outcome], heap->processes);
    const char *reason = strstr(heap->failure->cause, ": "); // the rest is said already
    if (reason)
        text_append(text, reason);
    text_append(text, ".");
}

// "redis-server was not served: it has an allocator of its own".
static void append_unserved(struct text *text, const struct program_heap_result *heap)
{
    const struct program_service *service = &heap->unserved->service;
    const char *program = *service->unserved_program ? service->unserved_program : "the program";
    text_append_format(text, "%s: ", heap->heap->name);
    if (service->processes == 0) {
        text_append(text, "no process said which file held its malloc.");
        return;
    }
    if (service->processes == 1)
        text_append(text, "it did not run on it");
    else
        text_append_format(text, "%" PRIu32 " of %" PRIu32 " processes did not run on it",
                           service->processes - service->served, service->processes);
    text_append_format(text, ": %s %s", program, launch_service_words(service->why_not));
    if (service->why_not == service->service && *service->file && strcmp(service->file, program) != 0 &&
        service->why_not == LAUNCH_SERVED_OTHER)
        text_append_format(text, " (%s)", service->file);
    text_append(text, heap->state == PROGRAM_UNSERVED ? "; its numbers are not the heap's." : ".");
}

// What the others are compared with, where that is another library's malloc: one that the program is linked
// to, or that the caller preloads.
static void append_baseline(struct text *text, const struct program_heap_result *system)
{
    const struct program_service *service = &system->unserved->service;
    if (service->why_not != LAUNCH_SERVED_OTHER)
        return;
    text_append_format(text, "%s: %s %s", system->heap->name, service->unserved_program,
                       launch_service_words(service->why_not));
    if (service->service == service->why_not && *service->file)
        text_append_format(text, " (%s)", service->file);
    text_append(text, "; the other heaps are compared with that.");
}

static enum status add_heap_notes(struct program_result *result, struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t row = 0; row < result->heap_count && status == STATUS_OK; row++) {
        const struct program_heap_result *heap = &result->heaps[row];
        CLEANUP(text_release) struct text text = {0};
        if (heap->state == PROGRAM_UNUSABLE && *heap->heap->problem && !heap->twin)
            text_append_format(&text, "%s: not run: %s.", heap->heap->name, heap->heap->problem);
        else if (heap->failure)
            append_failure(&text, heap);
        else if (heap->unserved && row == 0)
            append_baseline(&text, heap);
        else if (heap->unserved && !heap->twin)
            append_unserved(&text, heap);
        if (text.length > 0)
            status = add_sentence(result, &text, error);
    }
    return status;
}

static enum status add_run_notes(struct program_result *result, struct error *error)
{
    CLEANUP(text_release) struct text text = {0}, left = {0};
    const struct null_cell *twin = &result->twins[result->time_metric];
    size_t lived_on = 0;
    enum status status = STATUS_OK;
    for (size_t row = 0; row < result->heap_count; row++)
        lived_on += result->heaps[row].lived_on_count;
    if (result->output_is_unsteady)
        text_append(&text, "Its output differs from run to run on the system's heap too, so it is not proven "
                           "that all heaps did the same work (--check-output off accepts this).");
    if (result->output_is_unsteady)
        status = add_sentence(result, &text, error);
    if (lived_on > 0)
        text_append_format(&left, "%zu processes left others running, which were killed.", lived_on);
    if (status == STATUS_OK && lived_on > 0)
        status = add_sentence(result, &left, error);
    if (status != STATUS_OK || !result->has_twin[result->time_metric] || !twin->differs)
        return status;
    text_clear(&text);
    text_append_format(&text,
                       "The system's heap differs from itself by %.1f %% in %s: the machine was too noisy to "
                       "rely on differences of that size.",
                       100 * statistics_distance_from_one(twin->ratio),
                       metric_at(result, result->time_metric)->label);
    return add_sentence(result, &text, error);
}

enum status program_answer_derive(struct program_result *result, struct error *error)
{
    enum status status = add_answer(result, error);
    if (status == STATUS_OK)
        status = add_front(result, error);
    if (status == STATUS_OK)
        status = add_heap_notes(result, error);
    return status == STATUS_OK ? add_run_notes(result, error) : status;
}
