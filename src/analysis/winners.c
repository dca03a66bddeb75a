// The cells of a pattern are put in order of size; the sizes at which the same allocators lead make a run.
#include "analysis/winners.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

enum { MOST_RUNS_NAMED = 4, MOST_TIED = 3 };

// The cells of one pattern on one platform, by size.
struct contest {
    const struct analysis_cell **cells;
    size_t count;
};

static int compare_by_size(const void *left, const void *right)
{
    const struct analysis_cell *a = *(const struct analysis_cell *const *)left;
    const struct analysis_cell *b = *(const struct analysis_cell *const *)right;
    if (a->size_bytes != b->size_bytes)
        return a->size_bytes < b->size_bytes ? -1 : 1;
    return (a->allocator > b->allocator) - (a->allocator < b->allocator);
}

static const struct estimate *median_of(const struct analysis_cell *cell)
{
    return &cell->metrics[METRIC_TOTAL].median;
}

static bool is_usable(const struct analysis_cell *cell)
{
    return !isnan(median_of(cell)->value) && !cell->inconclusive;
}

static void collect(const struct analysis *analysis, size_t platform, enum pattern_id pattern,
                    struct contest *contest)
{
    contest->count = 0;
    const struct analysis_platform *range = &analysis->platforms[platform];
    for (size_t i = range->first_cell; i < range->cell_end; i++)
        if (analysis->cells[i].pattern == pattern)
            contest->cells[contest->count++] = &analysis->cells[i];
    qsort(contest->cells, contest->count, sizeof *contest->cells, compare_by_size);
}

// Who leads: one strategy, up to three that are tied, or more, of which none is named. Where a strategy leads
// on more than one heap, the heap makes no difference to it.
struct leader {
    const char *label;     // "arena@jemalloc"
    bool on_several_heaps; // of the label, what is before "@" counts
};

struct lead {
    size_t count; // 0: undecided
    struct leader leaders[MOST_TIED];
};

static bool same_strategy(const char *a, const char *b)
{
    size_t length = strcspn(a, "@");
    return strcspn(b, "@") == length && strncmp(a, b, length) == 0;
}

static bool same_leader(const struct leader *a, const struct leader *b)
{
    return a->on_several_heaps == b->on_several_heaps &&
           (a->on_several_heaps ? same_strategy(a->label, b->label) : strcmp(a->label, b->label) == 0);
}

static bool same_lead(const struct lead *a, const struct lead *b)
{
    bool same = a->count == b->count;
    for (size_t i = 0; i < a->count && same; i++)
        same = same_leader(&a->leaders[i], &b->leaders[i]);
    return same;
}

// False when there are too many.
static bool add_leader(struct lead *lead, const char *label)
{
    for (size_t i = 0; i < lead->count; i++)
        if (same_strategy(lead->leaders[i].label, label)) {
            lead->leaders[i].on_several_heaps = true;
            return true;
        }
    if (lead->count == MOST_TIED)
        return false;
    lead->leaders[lead->count++] = (struct leader){.label = label};
    return true;
}

// Whether `cell` may be as fast as the one with the smallest median.
static bool shares_lead(const struct analysis_cell *cell, const struct analysis_cell *best,
                        double practical_threshold)
{
    const struct estimate *its = median_of(cell), *least = median_of(best);
    if (its->value <= least->value * (1 + practical_threshold))
        return true;
    return least->interval.exists && its->interval.exists && its->interval.low <= least->interval.high;
}

// The lead among `count` cells of one size.
static struct lead find_lead(const struct analysis *analysis, const struct analysis_cell *const *cells,
                             size_t count, double practical_threshold)
{
    const struct analysis_cell *best = NULL;
    size_t usable = 0;
    for (size_t i = 0; i < count; i++) {
        if (!is_usable(cells[i]))
            continue;
        usable++;
        if (!best || median_of(cells[i])->value < median_of(best)->value)
            best = cells[i];
    }
    struct lead lead = {0};
    for (size_t i = 0; i < count && usable > 1; i++)
        if (is_usable(cells[i]) && shares_lead(cells[i], best, practical_threshold) &&
            !add_leader(&lead, analysis->allocators[cells[i]->allocator]))
            return (struct lead){0};
    return lead;
}

// Neighbouring sizes with one lead.
struct run_of_sizes {
    struct lead lead;
    uint64_t first_bytes, last_bytes;
};

// Returns how many runs there are; none when there is nothing to decide at any size.
static size_t find_runs(const struct analysis *analysis, const struct contest *contest,
                        double practical_threshold, struct run_of_sizes *runs)
{
    size_t run_count = 0;
    bool anything = false;
    for (size_t first = 0, end; first < contest->count; first = end) {
        uint64_t size_bytes = contest->cells[first]->size_bytes;
        size_t usable = 0;
        for (end = first; end < contest->count && contest->cells[end]->size_bytes == size_bytes; end++)
            usable += is_usable(contest->cells[end]);
        if (end - first < 2)
            continue;
        anything = anything || usable > 1;
        const struct lead lead =
            find_lead(analysis, contest->cells + first, end - first, practical_threshold);
        if (run_count == 0 || !same_lead(&lead, &runs[run_count - 1].lead))
            runs[run_count++] = (struct run_of_sizes){.lead = lead, .first_bytes = size_bytes};
        runs[run_count - 1].last_bytes = size_bytes;
    }
    return anything ? run_count : 0;
}

static void append_lead(const struct lead *lead, struct text *text)
{
    for (size_t i = 0; i < lead->count; i++) {
        const struct leader *leader = &lead->leaders[i];
        int length = (int)(leader->on_several_heaps ? strcspn(leader->label, "@") : strlen(leader->label));
        text_append_format(text, "%s%.*s%s",
                           !i                     ? ""
                           : i == lead->count - 1 ? " and "
                                                  : ", ",
                           length, leader->label, leader->on_several_heaps ? " on several heaps" : "");
    }
    text_append(text, lead->count == 0 ? "undecided" : lead->count > 1 ? " tied" : "");
}

static void append_runs(const struct run_of_sizes *runs, size_t count, struct text *text)
{
    for (size_t r = 0; r < count && r < MOST_RUNS_NAMED; r++) {
        text_append(text, r ? ", " : " ");
        append_lead(&runs[r].lead, text);
        if (count == 1)
            text_append(text, " at every size");
        else if (r == 0)
            text_append_format(text, " up to %llu bytes", (unsigned long long)runs[r].last_bytes);
        else if (runs[r].first_bytes == runs[r].last_bytes)
            text_append_format(text, " at %llu", (unsigned long long)runs[r].first_bytes);
        else if (r == count - 1)
            text_append_format(text, " from %llu on", (unsigned long long)runs[r].first_bytes);
        else
            text_append_format(text, " from %llu to %llu", (unsigned long long)runs[r].first_bytes,
                               (unsigned long long)runs[r].last_bytes);
    }
    if (count > MOST_RUNS_NAMED)
        text_append_format(text, " and %zu more change%s", count - MOST_RUNS_NAMED,
                           count - MOST_RUNS_NAMED == 1 ? "" : "s");
}

static bool has_intervals(const struct analysis *analysis, size_t platform)
{
    const struct analysis_platform *range = &analysis->platforms[platform];
    for (size_t i = range->first_cell; i < range->cell_end; i++)
        if (median_of(&analysis->cells[i])->interval.exists)
            return true;
    return false;
}

enum status winners_append(const struct analysis *analysis, size_t platform, double practical_threshold,
                           struct text *sentence, struct error *error)
{
    size_t most = analysis->platforms[platform].cell_end - analysis->platforms[platform].first_cell;
    CLEANUP(free_pointer) const struct analysis_cell **cells = calloc(most + 1, sizeof *cells);
    CLEANUP(free_pointer) struct run_of_sizes *runs = calloc(most + 1, sizeof *runs);
    if (!cells || !runs)
        return error_set_no_memory(error);
    for (int p = 0; p < PATTERN_COUNT && analysis->allocator_count > 1; p++) {
        struct contest contest = {.cells = cells};
        collect(analysis, platform, (enum pattern_id)p, &contest);
        size_t count = find_runs(analysis, &contest, practical_threshold, runs);
        if (count == 0)
            continue;
        if (analysis->platforms[platform].null_control.differing > 0) {
            text_append(sentence, "No allocator can be called the fastest: the null control differs.");
            return text_check(sentence, error);
        }
        const char *head =
            has_intervals(analysis, platform) ? "Fastest: " : "Smallest median, not replicated: ";
        text_append(sentence, sentence->length ? "; " : head);
        text_append_format(sentence, "in %s", patterns[p].name);
        append_runs(runs, count, sentence);
    }
    if (sentence->length)
        text_append(sentence, ".");
    return text_check(sentence, error);
}
