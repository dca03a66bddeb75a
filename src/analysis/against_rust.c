// An allocator in C may have one in Rust that does the same work. For each such pair on each heap and
// platform, the ratios of their cells (see ratios.c) are gathered by pattern and summed up.
#include "analysis/private.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "strategies/strategies.h"

// The allocator in Rust that does the work of `text` on the same heap; SIZE_MAX without one.
static size_t find_reference(const struct analysis *analysis, const char *text)
{
    const struct label label = label_parse(text);
    if (!label.strategy || &strategies[label.strategy->work] != label.strategy)
        return SIZE_MAX;
    for (size_t i = 0; i < analysis->allocator_count; i++) {
        const struct label other = label_parse(analysis->allocators[i]);
        if (other.strategy && other.strategy->code == STRATEGY_CODE_RUST &&
            &strategies[other.strategy->work] == label.strategy && strcmp(other.heap, label.heap) == 0)
            return i;
    }
    return SIZE_MAX;
}

// Adds one cell; `values` are the ratios of the row's cells so far.
static void add_cell(struct analysis_against_rust *row, double *values, const struct analysis_ratio *ratio)
{
    double value = ratio->ratio.value;
    const struct interval *interval = &ratio->ratio.interval;
    if (row->cells == 0 || value < row->least) {
        row->least = value;
        row->min_cell = ratio->cell;
    }
    if (row->cells == 0 || value > row->most) {
        row->most = value;
        row->max_cell = ratio->cell;
    }
    values[row->cells++] = value;
    row->as_fast += value >= 1.0;
    row->faster += interval->exists && interval->low > 1.0;
    row->slower += interval->exists && interval->high < 1.0;
}

// The rows of one pair on one platform, those without a cell left out.
static enum status add_pair(struct analysis *analysis, size_t platform, size_t allocator, size_t reference,
                            struct error *error)
{
    const struct analysis_platform *of = &analysis->platforms[platform];
    size_t all = analysis->pattern_count, most = of->cell_end - of->first_cell;
    struct analysis_against_rust *rows = &analysis->against_rust[analysis->against_rust_count];
    CLEANUP(free_pointer) double *values = calloc((all + 2) * most + 1, sizeof *values);
    if (!values)
        return error_set_no_memory(error);
    for (size_t r = 0; r <= all; r++)
        rows[r] = (struct analysis_against_rust){
            .platform = platform, .allocator = allocator, .reference = reference, .pattern = r};
    for (size_t i = of->first_cell; i < of->cell_end; i++) {
        const struct analysis_cell *cell = &analysis->cells[i];
        const struct analysis_cell *other = cell->allocator == allocator && analysis_cell_has_times(cell)
                                                ? cells_find(analysis, cell, reference)
                                                : NULL;
        if (!other)
            continue;
        struct analysis_ratio ratio = {.cell = cell, .baseline = other, .metric = METRIC_TOTAL};
        enum status status = ratios_estimate(&ratio, error);
        if (status != STATUS_OK)
            return status;
        add_cell(&rows[cell->pattern], values + cell->pattern * most, &ratio);
        add_cell(&rows[all], values + all * most, &ratio);
    }
    size_t kept = 0;
    for (size_t r = 0; r <= all; r++) {
        if (rows[r].cells == 0)
            continue;
        rows[r].median = statistics_median(values + r * most, rows[r].cells, values + (all + 1) * most);
        rows[kept++] = rows[r];
    }
    analysis->against_rust_count += kept;
    return STATUS_OK;
}

enum status against_rust_compute(struct analysis *analysis, struct error *error)
{
    size_t most = analysis->platform_count * analysis->allocator_count * (analysis->pattern_count + 1);
    analysis->against_rust = calloc(most + 1, sizeof *analysis->against_rust);
    if (!analysis->against_rust)
        return error_set_no_memory(error);
    for (size_t p = 0; p < analysis->platform_count; p++) {
        for (size_t a = 0; a < analysis->allocator_count; a++) {
            size_t reference = find_reference(analysis, analysis->allocators[a]);
            enum status status =
                reference == SIZE_MAX ? STATUS_OK : add_pair(analysis, p, a, reference, error);
            if (status != STATUS_OK)
                return status;
        }
    }
    return STATUS_OK;
}
