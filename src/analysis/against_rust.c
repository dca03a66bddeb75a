// Each allocator in C has one in Rust that does the same work. For each such pair on each heap and platform,
// the ratios of their cells (see ratios.c) are gathered by pattern and summed up.
#include "analysis/against_rust.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/ratios.h"
#include "base/cleanup.h"

static const struct pair {
    const char *allocator, *reference;
} pairs[] = {
    {"box", "rust_box"},
    {"slab_cold", "rust_slab_cold"},
    {"slab_warm", "rust_slab_warm"},
    {"slab_byvalue_cold", "rust_slab_byvalue_cold"},
    {"slab_byvalue_warm", "rust_slab_byvalue_warm"},
};

enum { MOST_ROWS_OF_A_PAIR = PATTERN_COUNT + 1 };

// The allocator that is `reference` on the heap that `label`, which is `allocator`, names; SIZE_MAX without
// one.
static size_t find_reference(const struct analysis *analysis, const struct pair *pair, const char *label)
{
    size_t length = strlen(pair->allocator), reference_length = strlen(pair->reference);
    const char *heap = label + length;
    if (strncmp(label, pair->allocator, length) != 0 || (*heap && *heap != '@'))
        return SIZE_MAX;
    for (size_t i = 0; i < analysis->allocator_count; i++) {
        const char *other = analysis->allocators[i];
        if (strncmp(other, pair->reference, reference_length) == 0 &&
            strcmp(other + reference_length, heap) == 0)
            return i;
    }
    return SIZE_MAX;
}

// Adds one cell; `values` are the ratios of the row's cells so far. Of a doubtful one the ratio counts, but
// it is neither faster nor slower.
static void add_cell(struct analysis_against_rust *row, double *values, const struct analysis_ratio *ratio,
                     bool doubtful)
{
    double value = ratio->ratio.value;
    const struct interval *interval = &ratio->ratio.interval;
    if (row->cells == 0 || value < row->least) {
        row->least = value;
        row->least_cell = ratio->cell;
    }
    if (row->cells == 0 || value > row->most) {
        row->most = value;
        row->most_cell = ratio->cell;
    }
    values[row->cells++] = value;
    row->as_fast += value >= 1.0;
    row->faster += !doubtful && interval->exists && interval->low > 1.0;
    row->slower += !doubtful && interval->exists && interval->high < 1.0;
}

// The rows of one pair on one platform, those without a cell left out.
static enum status add_pair(struct analysis *analysis, size_t platform, size_t allocator, size_t reference,
                            struct error *error)
{
    struct analysis_against_rust rows[MOST_ROWS_OF_A_PAIR];
    const struct analysis_platform *of = &analysis->platforms[platform];
    size_t most = of->cell_end - of->first_cell;
    CLEANUP(free_pointer) double *values = calloc((MOST_ROWS_OF_A_PAIR + 1) * most + 1, sizeof *values);
    if (!values)
        return error_set_no_memory(error);
    for (int r = 0; r < MOST_ROWS_OF_A_PAIR; r++)
        rows[r] = (struct analysis_against_rust){
            .platform = platform, .allocator = allocator, .reference = reference, .pattern = r};
    for (size_t i = of->first_cell; i < of->cell_end; i++) {
        const struct analysis_cell *cell = &analysis->cells[i];
        const struct analysis_cell *other = cell->allocator == allocator && ratios_has_times(cell)
                                                ? ratios_find_cell(analysis, cell, reference)
                                                : NULL;
        if (!other)
            continue;
        struct analysis_ratio ratio = {.cell = cell, .baseline = other, .metric = METRIC_TOTAL};
        enum status status = ratios_estimate(&ratio, error);
        if (status != STATUS_OK)
            return status;
        bool doubtful = ratios_is_doubtful(analysis, &ratio);
        add_cell(&rows[cell->pattern], values + cell->pattern * most, &ratio, doubtful);
        add_cell(&rows[PATTERN_COUNT], values + PATTERN_COUNT * most, &ratio, doubtful);
    }
    for (size_t r = 0; r < MOST_ROWS_OF_A_PAIR; r++) {
        if (rows[r].cells == 0)
            continue;
        rows[r].median =
            statistics_median(values + r * most, rows[r].cells, values + MOST_ROWS_OF_A_PAIR * most);
        analysis->against_rust[analysis->against_rust_count++] = rows[r];
    }
    return STATUS_OK;
}

enum status against_rust_compute(struct analysis *analysis, struct error *error)
{
    size_t most = analysis->platform_count * analysis->allocator_count * MOST_ROWS_OF_A_PAIR;
    analysis->against_rust = calloc(most + 1, sizeof *analysis->against_rust);
    if (!analysis->against_rust)
        return error_set_no_memory(error);
    for (size_t p = 0; p < analysis->platform_count; p++) {
        for (size_t a = 0; a < analysis->allocator_count; a++) {
            for (size_t i = 0; i < COUNT_OF(pairs); i++) {
                size_t reference = find_reference(analysis, &pairs[i], analysis->allocators[a]);
                if (reference == SIZE_MAX)
                    continue;
                enum status status = add_pair(analysis, p, a, reference, error);
                if (status != STATUS_OK)
                    return status;
            }
        }
    }
    return STATUS_OK;
}
