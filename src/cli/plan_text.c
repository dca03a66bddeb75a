#include "cli/plan_text.h"

#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/heap_options.h"
#include "cli/parse.h"
#include "cli/progress.h"
#include "cli/run_options.h"
#include "cli/vocabulary.h"
#include "cli/wrap.h"
#include "plan/estimate.h"

enum { VALUE_COLUMN = 14 };

static void append_words(struct text *text, const char *title, const struct choices *choices,
                         const bool *flags)
{
    uint64_t chosen = 0;
    for (size_t i = 0; i < choices->count; i++)
        chosen |= (uint64_t)flags[i] << i;
    CLEANUP(text_release) struct text words = {0};
    choices_append(&words, choices, chosen);
    text_append_format(text, "%-*s", VALUE_COLUMN, title);
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
    append_words(text, "allocators", &allocator_choices, request->strategies);
    append_words(text, "patterns", &pattern_choices, request->patterns);
    append_words(text, "sizes", &size_choices, request->sizes);
    append_heaps(text, plan);
    text_append_format(text, "%-*s%s\n", VALUE_COLUMN, "touch", touches[request->touch].name);
    text_append_format(text, "%-*s", VALUE_COLUMN, "live objects");
    for (uint32_t i = 0; i < request->live_count; i++)
        text_append_format(text, "%s%" PRIu32, i ? ", " : "", request->live_objects[i]);
    text_append(text, "\n");
    if (request->traverse)
        text_append_format(text, "%-*s%s\n", VALUE_COLUMN, "traverse", "the live objects, fresh and aged");
    text_append_format(text, "%-*s%" PRIu32 " of each of these, in %" PRIu32 " processes\n", VALUE_COLUMN,
                       "iterations", request->iterations, request->processes);
    text_append_format(text, "%-*s%" PRIu64 "\n", VALUE_COLUMN, "seed", request->seed);
    text_append_format(text, "%-*s%zu\n", VALUE_COLUMN, "processes", plan->count);
    if (!run_request_is_quick(request))
        text_append_format(text, "%-*s%zu processes more count page faults and system calls\n", VALUE_COLUMN,
                           "census", plan->count / request->processes);
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

static void append_process(struct text *text, const struct planned_process *process, int width)
{
    text_append_format(text, "%6" PRIu32 " %7" PRIu32 "  %-*s  %-9s %5" PRIu32 " %6" PRIu32 "  ",
                       process->order, process->replicate, width, process->allocator,
                       patterns[process->cell.pattern].name, process->cell.size_bytes,
                       process->cell.live_objects);
    text_append_format(text, "%" PRIu32 "-%" PRIu32 "\n", process->first_iteration,
                       process->first_iteration + process->trial_count - 1);
}

void plan_append(struct text *text, const struct plan *plan, const char *platform, size_t most_lines)
{
    append_summary(text, plan, platform);
    const int width = allocator_width(plan);
    const size_t lines = plan->count < most_lines ? plan->count : most_lines;
    text_append_format(text, "\n%6s %7s  %-*s  %-9s %5s %6s  %s\n", "order", "process", width, "allocator",
                       "pattern", "size", "live", "iterations");
    for (size_t i = 0; i < lines; i++)
        append_process(text, &plan->processes[i], width);
    if (lines < plan->count)
        text_append_format(text, "%6s and %zu more; all of them where the output is no terminal\n", "...",
                           plan->count - lines);
}
