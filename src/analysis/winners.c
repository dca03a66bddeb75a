#include "analysis/winners.h"

#include <math.h>
#include <stdlib.h>

#include "base/cleanup.h"

enum { MOST_RUNS_NAMED = 4 };

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

static double median_of(const struct analysis_cell *cell)
{
    return cell->metrics[METRIC_TOTAL].median.value;
}

static void collect(const struct analysis *analysis, size_t platform, enum pattern_id pattern,
                    struct contest *contest)
{
    contest->count = 0;
    const struct analysis_platform *range = &analysis->platforms[platform];
    for (size_t i = range->first_cell; i < range->cell_end; i++) {
        const struct analysis_cell *cell = &analysis->cells[i];
        if (cell->pattern == pattern && !isnan(median_of(cell)))
            contest->cells[contest->count++] = cell;
    }
    qsort(contest->cells, contest->count, sizeof *contest->cells, compare_by_size);
}

// Neighbouring sizes with one winner.
struct run_of_sizes {
    size_t winner;
    uint64_t first_bytes, last_bytes;
};

// The winner among cells [first, end), all of one size: `incumbent` unless another one is clearly faster.
static size_t winner_of(const struct contest *contest, size_t first, size_t end, size_t incumbent,
                        double practical_threshold)
{
    const struct analysis_cell *best = contest->cells[first], *holder = NULL;
    for (size_t i = first; i < end; i++) {
        if (median_of(contest->cells[i]) < median_of(best))
            best = contest->cells[i];
        if (contest->cells[i]->allocator == incumbent)
            holder = contest->cells[i];
    }
    bool holds = holder && median_of(holder) <= median_of(best) * (1 + practical_threshold);
    return holds ? incumbent : best->allocator;
}

static size_t find_runs(const struct contest *contest, double practical_threshold, struct run_of_sizes *runs)
{
    size_t run_count = 0;
    for (size_t first = 0, end; first < contest->count; first = end) {
        uint64_t size_bytes = contest->cells[first]->size_bytes;
        for (end = first; end < contest->count && contest->cells[end]->size_bytes == size_bytes;)
            end++;
        size_t incumbent = run_count ? runs[run_count - 1].winner : SIZE_MAX;
        size_t winner = winner_of(contest, first, end, incumbent, practical_threshold);
        if (winner != incumbent)
            runs[run_count++] = (struct run_of_sizes){.winner = winner, .first_bytes = size_bytes};
        runs[run_count - 1].last_bytes = size_bytes;
    }
    return run_count;
}

static void append_runs(const struct analysis *analysis, const struct run_of_sizes *runs, size_t count,
                        struct text *text)
{
    for (size_t r = 0; r < count && r < MOST_RUNS_NAMED; r++) {
        const char *name = analysis->allocators[runs[r].winner];
        text_append_format(text, r ? ", %s" : " %s", name);
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
        size_t count = find_runs(&contest, practical_threshold, runs);
        if (count == 0)
            continue;
        text_append(sentence, sentence->length ? "; " : "Fastest: ");
        text_append_format(sentence, "in %s", patterns[p].name);
        append_runs(analysis, runs, count, sentence);
    }
    if (sentence->length)
        text_append(sentence, ".");
    return text_check(sentence, error);
}
