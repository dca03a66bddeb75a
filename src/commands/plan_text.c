#include "commands/private.h"

#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "command_line/parse.h"
#include "command_line/wrap.h"
#include "commands/progress.h"
#include "commands/run_options.h"
#include "plan/estimate.h"

enum { VALUE_COLUMN = 14, SWEPT_COLUMNS = 12 };

// The plural is that of the option.
static void append_axis(struct text *text, const struct axis *axis, const struct axis_values *values)
{
    CLEANUP(text_release) struct text words = {0};
    for (uint32_t i = 0; i < values->count; i++) {
        char word[AXIS_WORD_BYTES];
        bool offered = axis->place != AXIS_PLACE_STRATEGY || strategy_choices.name(values->items[i]);
        axis_format(axis, values->items[i], word);
        if (offered)
            text_append_format(&words, "%s%s", words.length ? ", " : "", word);
    }
    bool is_plural = axis->place == AXIS_PLACE_STRATEGY || axis->place == AXIS_PLACE_GRID;
    text_append_format(text, "%-*s", VALUE_COLUMN, is_plural ? axis->option : axis->title);
    wrap_append(text, text_string(&words), VALUE_COLUMN, VALUE_COLUMN);
}

static void append_heaps(struct text *text, const struct plan *plan)
{
    for (uint32_t i = 0; i < plan->request.heap_count; i++) {
        const struct plan_heap *heap = &plan->request.heaps[i];
        CLEANUP(text_release) struct text problem = {0};
        const char *where = *heap->library == '?' ? " (not on this machine)" : heap->library;
        text_append_format(text, "%-*s%s%s%s%s%s\n", VALUE_COLUMN, i ? "" : "heaps", heap->name,
                           *heap->library && *heap->library != '?' ? " " : "", where,
                           *heap->tunables ? " " : "", heap->tunables);
        if (heap_problem_append(&problem, plan, i)) {
            append_spaces(text, VALUE_COLUMN);
            wrap_append(text, text_string(&problem), VALUE_COLUMN, VALUE_COLUMN);
        }
    }
}

static void append_summary(struct text *text, const struct plan *plan, const char *platform)
{
    const struct plan_request *request = &plan->request;
    text_append_format(text, "%-*s%s\n", VALUE_COLUMN, "platform", platform);
    for (int a = 0; a < AXIS_COUNT; a++) {
        if (a == AXIS_heap)
            append_heaps(text, plan);
        else
            append_axis(text, &axes[a], &request->axes[a]);
    }
    if (axis_values_has(&request->axes[AXIS_heap_state], HEAP_STATE_littered))
        text_append_format(text, "%-*s%" PRIu32 " MiB\n", VALUE_COLUMN, "litter", request->litter_mebibytes);
    if (measurements_have(request->measurements, MEASUREMENT_traverse))
        text_append_format(text, "%-*s%s\n", VALUE_COLUMN, "traverse", "the live objects, fresh and aged");
    if (measurements_have(request->measurements, MEASUREMENT_footprint))
        text_append_format(text, "%-*s%" PRIu64 " MiB of objects, of each allocator and size\n", VALUE_COLUMN,
                           "footprint", request->footprint_bytes >> 20);
    if (measurements_have(request->measurements, MEASUREMENT_tails))
        text_append_format(text, "%-*s%s\n", VALUE_COLUMN, "tails",
                           "every single allocation and deallocation, a million of each");
    text_append_format(text, "%-*s%" PRIu32 " of each of these, in %" PRIu32 " processes\n", VALUE_COLUMN,
                       "iterations", request->iterations, request->processes);
    text_append_format(text, "%-*s%" PRIu64 "\n", VALUE_COLUMN, "seed", request->seed);
    text_append_format(text, "%-*s%zu\n", VALUE_COLUMN, "processes", plan->count);
    if (measurements_have(request->measurements, MEASUREMENT_census))
        text_append_format(text, "%-*s%zu processes more count page faults and system calls\n", VALUE_COLUMN,
                           "census", plan_count_cells(plan));
    struct duration_estimate nothing_seen = {0};
    text_append_format(text, "%-*sabout ", VALUE_COLUMN, "time");
    duration_append(text, estimate_seconds(&nothing_seen, plan->processes, plan->count));
    text_append(text, ", as a rough guess before anything was measured\n");
}

static int allocator_width(const struct plan *plan)
{
    size_t width = strlen("allocator");
    for (size_t i = 0; i < plan->count; i++) {
        size_t length = strlen(plan->processes[i].allocator);
        width = length > width ? length : width;
    }
    return (int)width;
}

// The swept axes of which the plan has several values, and the live objects in any case.
static bool has_column(const struct plan_request *request, int axis)
{
    return axes[axis].place == AXIS_PLACE_SWEPT &&
           (axis == AXIS_live_objects || request->axes[axis].count > 1);
}

static void append_process(struct text *text, const struct plan *plan, size_t at, int width)
{
    const struct planned_process *process = &plan->processes[at];
    text_append_format(text, "%6" PRIu32 " %7" PRIu32 "  %-*s  %-9s %5" PRIu32, process->order,
                       process->replicate, width, process->allocator, patterns[process->cell.pattern].name,
                       process->cell.size_bytes);
    for (int a = 0; a < AXIS_COUNT; a++) {
        char word[AXIS_WORD_BYTES];
        axis_format(&axes[a], cell_value(&process->cell, (enum axis_id)a), word);
        if (has_column(&plan->request, a))
            text_append_format(text, " %*s", a == AXIS_live_objects ? 6 : SWEPT_COLUMNS, word);
    }
    text_append_format(text, "  %" PRIu32 "-%" PRIu32 "\n", process->first_iteration,
                       process->first_iteration + process->trial_count - 1);
}

void plan_append(struct text *text, const struct plan *plan, const char *platform, size_t max_lines)
{
    append_summary(text, plan, platform);
    const int width = allocator_width(plan);
    const size_t lines = plan->count < max_lines ? plan->count : max_lines;
    text_append_format(text, "\n%6s %7s  %-*s  %-9s %5s", "order", "process", width, "allocator", "pattern",
                       "size");
    for (int a = 0; a < AXIS_COUNT; a++)
        if (has_column(&plan->request, a))
            text_append_format(text, " %*s", a == AXIS_live_objects ? 6 : SWEPT_COLUMNS,
                               a == AXIS_live_objects ? "live" : axes[a].title);
    text_append(text, "  iterations\n");
    for (size_t i = 0; i < lines; i++)
        append_process(text, plan, i, width);
    if (lines < plan->count)
        text_append_format(text, "%6s and %zu more; all are shown if the output is not a terminal\n", "...",
                           plan->count - lines);
}
