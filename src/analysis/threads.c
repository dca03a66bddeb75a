// What several threads make of an allocator. Of each pattern that was measured with several, the most threads
// count: over the sizes that both have, the geometric mean of malloc's time per object by another's says how
// far that is ahead, and the mean of one thread's time by theirs how many times as many objects a second all
// of them handle.
#include <math.h>
#include <string.h>

#include "analysis/private.h"
#include "base/cleanup.h"

struct mean {
    double sum; // of logarithms
    size_t count;
};

static double mean_value(const struct mean *mean)
{
    return mean->count ? exp(mean->sum / (double)mean->count) : NAN;
}

// The swept cell of that platform and name, if it has times; or NULL.
static const struct analysis_cell *find_cell(const struct view *view, struct cell_name name)
{
    const struct analysis *analysis = view->analysis;
    for (size_t i = 0; i < analysis->swept_cell_count; i++) {
        const struct analysis_cell *cell = &analysis->swept_cells[i];
        if (cell->platform == view->platform && analysis_cell_has_times(cell) &&
            cell_name_order(cell->data->name, name) == 0)
            return cell;
    }
    return NULL;
}

// Of the platform, with several threads and the standard value on every other swept axis.
static bool is_of_threads(const struct view *view, const struct analysis_cell *cell)
{
    struct cell_name name = cell->data->name;
    const bool several = name.threads > 1;
    cell_name_set(&name, AXIS_threads, axes[AXIS_threads].standard);
    return several && cell->platform == view->platform && analysis_cell_has_times(cell) &&
           cell_name_is_standard(name);
}

static void mean_add(struct mean *mean, const struct analysis_cell *slower,
                     const struct analysis_cell *faster)
{
    if (!slower || !faster)
        return;
    mean->sum += log(analysis_cell_ns_per_object(slower, METRIC_TOTAL)) -
                 log(analysis_cell_ns_per_object(faster, METRIC_TOTAL));
    mean->count++;
}

// What is told of a pattern.
struct told {
    size_t pattern;
    size_t leader;      // SIZE_MAX: nobody is ahead of malloc
    struct mean lead;   // over malloc
    struct mean growth; // of malloc, over one thread; none where one thread cannot run the pattern
};

static uint64_t most_threads(const struct view *view)
{
    uint64_t most = 0;
    for (size_t i = 0; i < view->analysis->swept_cell_count; i++) {
        const struct analysis_cell *cell = &view->analysis->swept_cells[i];
        if (is_of_threads(view, cell) && cell->data->name.threads > most)
            most = cell->data->name.threads;
    }
    return most;
}

static size_t find_malloc(const struct view *view)
{
    for (size_t a = 0; a < view->analysis->allocator_count; a++)
        if (is_malloc(view->analysis->allocators[a]) &&
            strcmp(heap_of(view->analysis->allocators[a]), view->heap) == 0)
            return a;
    return SIZE_MAX;
}

static struct mean lead_of(const struct view *view, size_t allocator, const char *malloc_allocator,
                           size_t pattern, uint64_t threads)
{
    struct mean lead = {0};
    for (size_t i = 0; i < view->analysis->swept_cell_count; i++) {
        const struct analysis_cell *cell = &view->analysis->swept_cells[i];
        if (cell->allocator == allocator && cell->pattern == pattern && is_of_threads(view, cell) &&
            cell->data->name.threads == threads)
            mean_add(&lead, find_cell(view, cell_name_with(cell->data->name, malloc_allocator)), cell);
    }
    return lead;
}

static struct mean growth_of(const struct view *view, size_t allocator, size_t pattern, uint64_t threads)
{
    struct mean growth = {0};
    for (size_t i = 0; i < view->analysis->swept_cell_count; i++) {
        const struct analysis_cell *cell = &view->analysis->swept_cells[i];
        if (cell->allocator != allocator || cell->pattern != pattern || !is_of_threads(view, cell) ||
            cell->data->name.threads != threads)
            continue;
        struct cell_name alone = cell->data->name;
        cell_name_set(&alone, AXIS_threads, axes[AXIS_threads].standard);
        mean_add(&growth, find_cell(view, alone), cell);
    }
    return growth;
}

static struct told judge(const struct view *view, size_t mallocs, size_t pattern, uint64_t threads)
{
    const struct analysis *analysis = view->analysis;
    struct told told = {.pattern = pattern, .leader = SIZE_MAX};
    for (size_t a = 0; a < analysis->allocator_count; a++) {
        if (a == mallocs || is_arena(analysis->allocators[a]) || is_rust(analysis->allocators[a]))
            continue;
        struct mean lead = lead_of(view, a, analysis->allocators[mallocs], pattern, threads);
        if (lead.count > 0 && measured_verdict(mean_value(&lead)) == RATIO_FASTER &&
            (told.leader == SIZE_MAX || mean_value(&lead) > mean_value(&told.lead))) {
            told.leader = a;
            told.lead = lead;
        }
    }
    told.growth = growth_of(view, mallocs, pattern, threads);
    return told;
}

static void append_told(struct text *text, const struct view *view, const struct told *told, bool is_first)
{
    text_append(text, is_first ? " " : ", ");
    name_append(text, view, told->leader, NAMING_STRATEGIES);
    text_append(text, is_first ? " is " : " ");
    number_append(text, mean_value(&told->lead));
    text_append_format(text, " times%s in %s", is_first ? " as fast as malloc" : "",
                       view->analysis->patterns[told->pattern]);
}

static void append_growth(struct text *text, const struct view *view, const struct told *told, bool is_first)
{
    text_append(text, is_first ? " " : ", ");
    number_append(text, mean_value(&told->growth));
    text_append_format(text, " times%s in %s", is_first ? " as many objects a second as one thread" : "",
                       view->analysis->patterns[told->pattern]);
}

// Patterns of several threads first.
enum status find_threads(const struct view *view, struct error *error)
{
    const struct analysis *analysis = view->analysis;
    const uint64_t threads = most_threads(view);
    const size_t mallocs = find_malloc(view);
    CLEANUP(text_release) struct text sentence = {0}, growths = {0};
    if (threads == 0 || mallocs == SIZE_MAX)
        return STATUS_OK;
    for (size_t p = analysis->pattern_count; p-- > 0;) {
        const struct told told = judge(view, mallocs, p, threads);
        if (told.leader != SIZE_MAX)
            append_told(&sentence, view, &told, sentence.length == 0);
        if (told.growth.count > 0)
            append_growth(&growths, view, &told, growths.length == 0);
    }
    CLEANUP(text_release) struct text whole = {0};
    text_append_format(&whole, "With %u threads", (unsigned)threads);
    text_append(&whole, text_string(&sentence));
    if (growths.length > 0)
        text_append_format(&whole, "%s malloc handles%s", sentence.length ? ";" : "", text_string(&growths));
    if (sentence.length == 0 && growths.length == 0)
        return STATUS_OK;
    return finding_add(view->analysis, FINDING_threads, analysis->platforms[view->platform].label, &whole,
                       error);
}
