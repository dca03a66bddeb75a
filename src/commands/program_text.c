#include "commands/private.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "command_line/wrap.h"
#include "commands/progress.h"

enum {
    INDENT = 2,
    MIN_HEAP_COLUMNS = 9,
    MAX_HEAP_COLUMNS = 20, // longer names are cut
    MAX_COLUMNS = 3,       // of metrics in the table
    QUANTITY_COLUMNS = 8,
    CHANGE_COLUMNS = 9,
};

// ---- numbers ----

struct scale {
    double size;
    const char *name;
};

static void append_scaled(struct text *text, double value, const struct scale *scales, size_t count)
{
    size_t i = 0;
    while (i + 1 < count && value >= scales[i + 1].size)
        i++;
    double shown = value / scales[i].size;
    int decimals = i == 0 && value == floor(value) ? 0 : shown >= 99.95 ? 0 : shown >= 9.995 ? 1 : 2;
    text_append_format(text, "%.*f%s%s", decimals, shown, *scales[i].name ? " " : "", scales[i].name);
}

void program_append_quantity(struct text *text, double value, const char *unit)
{
    static const struct scale times[] = {{1, "ns"}, {1e3, "µs"}, {1e6, "ms"}, {1e9, "s"}};
    static const struct scale bytes[] = {{1, "B"}, {1024, "KiB"}, {1048576, "MiB"}, {1073741824, "GiB"}};
    static const struct scale counts[] = {{1, ""}, {1e6, "M"}, {1e9, "G"}};
    if (isnan(value))
        text_append(text, "-");
    else if (strcmp(unit, "ns") == 0)
        append_scaled(text, value, times, COUNT_OF(times));
    else if (strcmp(unit, "bytes") == 0)
        append_scaled(text, value, bytes, COUNT_OF(bytes));
    else
        append_scaled(text, value, counts, COUNT_OF(counts));
}

// ---- the table ----

// Which metrics: what the answer is about first, then wall and CPU time.
static size_t choose_columns(const struct program_result *result, size_t metrics[MAX_COLUMNS])
{
    const size_t wanted[] = {result->time_metric, LAUNCH_METRIC_CPU, LAUNCH_METRIC_WALL,
                             result->memory_metric};
    size_t count = 0;
    for (size_t i = 0; i < COUNT_OF(wanted); i++) {
        bool known = false, is_last = i + 1 == COUNT_OF(wanted);
        for (size_t k = 0; k < count; k++)
            known |= metrics[k] == wanted[i];
        if (known || (!is_last && count + 1 >= MAX_COLUMNS))
            continue;
        metrics[count++] = wanted[i];
    }
    return count;
}

static void append_head(struct text *text, const struct program_result *result, const size_t *metrics,
                        size_t count, size_t heap_columns)
{
    append_spaces(text, INDENT);
    text_append(text, "heap");
    append_spaces(text, heap_columns - strlen("heap"));
    for (size_t i = 0; i < count; i++) {
        const struct program_metric *metric = &result->data->metrics[metrics[i]];
        bool is_memory = strcmp(metric->unit, "bytes") == 0;
        append_right(text, is_memory ? "peak memory" : metric->label, QUANTITY_COLUMNS + CHANGE_COLUMNS + 2);
    }
    text_append(text, "\n");
}

static bool differs(const struct program_value *value)
{
    return value->verdict == VERDICT_FASTER || value->verdict == VERDICT_SLOWER;
}

// "−18.6 %*": the star marks a difference that counts.
static void append_change(struct text *text, const struct program_heap_result *heap,
                          const struct program_value *value)
{
    char change[32] = "";
    double percent = 100 * (value->ratio.value - 1);
    if (!isnan(percent))
        snprintf(change, sizeof change, "%s%.*f %%%s", percent < 0 ? "−" : "+",
                 fabs(percent) >= 99.95 ? 0 : 1, fabs(percent), !heap->twin && differs(value) ? "*" : " ");
    append_right(text, change, CHANGE_COLUMNS);
}

static void append_failure(struct text *text, const struct program_heap_result *heap)
{
    char name[16];
    const struct program_process *failure = heap->failure;
    const size_t count = heap->outcomes[failure->outcome];
    if (failure->outcome == PROGRAM_CRASHED)
        text_append_format(text, "  crashed (%s) in %zu of %zu",
                           launch_signal_name(failure->signal_number, name), count, heap->processes);
    else if (failure->outcome == PROGRAM_FAILED)
        text_append_format(text, "  exited with %d in %zu of %zu", failure->exit_code, count,
                           heap->processes);
    else
        text_append_format(text, "  %s in %zu of %zu",
                           failure->outcome == PROGRAM_TIMED_OUT      ? "timed out"
                           : failure->outcome == PROGRAM_OTHER_OUTPUT ? "gave another output"
                                                                      : "did not start",
                           count, heap->processes);
}

static void append_row(struct text *text, const struct program_result *result, size_t row,
                       const size_t *metrics, size_t count, size_t heap_columns)
{
    const struct program_heap_result *heap = &result->heaps[row];
    char title[HEAP_NAME_BYTES + 8];
    snprintf(title, sizeof title, "%s%s", heap->heap->name, heap->twin ? " again" : "");
    append_spaces(text, INDENT);
    if (strlen(title) > heap_columns)
        snprintf(title + heap_columns - 1, sizeof title - heap_columns + 1, "~");
    text_append(text, title);
    append_spaces(text, heap_columns - strlen(title));
    if (heap->state == PROGRAM_UNUSABLE || heap->state == PROGRAM_UNSERVED) {
        text_append(text, heap->state == PROGRAM_UNUSABLE ? "  not run\n" : "  did not serve the program\n");
        return;
    }
    if (heap->failure) {
        append_failure(text, heap);
        text_append(text, "\n");
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const struct program_value *value = &heap->values[metrics[i]];
        CLEANUP(text_release) struct text quantity = {0};
        program_append_quantity(&quantity, value->median, result->data->metrics[metrics[i]].unit);
        append_spaces(text, 2);
        append_right(text, text_string(&quantity), QUANTITY_COLUMNS);
        append_change(text, heap, value);
    }
    text_append(text, "\n");
}

static void append_table(struct text *text, const struct program_result *result)
{
    size_t metrics[MAX_COLUMNS], count = choose_columns(result, metrics), heap_columns = MIN_HEAP_COLUMNS;
    for (size_t row = 0; row < result->heap_count; row++) {
        size_t width = strlen(result->heaps[row].heap->name) + (result->heaps[row].twin ? 6 : 0);
        heap_columns = width > heap_columns ? width : heap_columns;
    }
    if (heap_columns > MAX_HEAP_COLUMNS)
        heap_columns = MAX_HEAP_COLUMNS;
    append_head(text, result, metrics, count, heap_columns);
    for (size_t row = 0; row < result->heap_count; row++)
        append_row(text, result, row, metrics, count, heap_columns);
}

static void append_rule(struct text *text, const struct program_result *result)
{
    CLEANUP(text_release) struct text line = {0};
    const struct program_metric *metric = &result->data->metrics[result->time_metric];
    text_append_format(&line,
                       "Medians of %zu processes, changes against the system's heap in the same block. "
                       "* counts: significant over all heaps, and larger than %.1f %% of %s, %.1f %% of "
                       "memory, which is what the system's heap shows against itself, or 1 %%.",
                       result->blocks, 100 * result->thresholds[result->time_metric], metric->label,
                       100 * result->thresholds[result->memory_metric]);
    text_append(text, "\n");
    wrap_append(text, text_string(&line), 0, 0);
}

void program_text_append(struct text *text, const struct program_results *results, bool with_colour)
{
    for (size_t i = 0; i < results->count; i++) {
        const struct program_result *result = &results->items[i];
        CLEANUP(text_release) struct text title = {0};
        if (i > 0)
            text_append(text, "\n");
        if (results->count > 1) {
            text_append(&title, result->subject->command);
            if (*result->subject->parameters)
                text_append_format(&title, " (%s)", result->subject->parameters);
            wrap_append(text, text_string(&title), 4, 0);
        }
        for (size_t s = 0; s < result->sentences.count; s++) {
            text_append(text, s == 0 && with_colour ? "\x1b[1m" : "");
            wrap_append(text, result->sentences.items[s], 4, 0);
            text_append(text, s == 0 && with_colour ? "\x1b[0m" : "");
        }
        text_append(text, "\n");
        append_table(text, result);
        append_rule(text, result);
    }
}

void program_outlook_append(struct text *text, const struct program_outlook *outlook)
{
    CLEANUP(text_release) struct text line = {0};
    text_append_format(&line, "%u processes on each of %u heaps (the system's twice)", outlook->blocks,
                       outlook->heaps - 1);
    if (outlook->subjects > 1)
        text_append_format(&line, " of %u commands", outlook->subjects);
    text_append(&line, ": about ");
    duration_append(&line, outlook->seconds);
    text_append(&line, ".");
    if (outlook->wanted_seconds > 0 && outlook->seconds > 1.1 * outlook->wanted_seconds) {
        text_append(&line, " That is more than ");
        duration_append(&line, outlook->wanted_seconds);
        text_append_format(&line,
                           ", but fewer than %d say little: --heaps takes fewer heaps, --processes "
                           "any number.",
                           PROGRAM_MIN_BLOCKS);
    }
    wrap_append(text, text_string(&line), 4, 0);
}
