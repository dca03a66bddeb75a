// A resample is a count per process instead of a list of values: with the values sorted once, its median is
// found by walking the counts, so that no resample is ever sorted.
#include "statistics/statistics.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

// A value and the process that it belongs to.
struct ranked {
    double value;
    uint32_t process;
};

static int by_value(const void *left, const void *right)
{
    const struct ranked *a = left;
    const struct ranked *b = right;
    if (a->value != b->value)
        return a->value < b->value ? -1 : 1;
    return (a->process > b->process) - (a->process < b->process);
}

static void draw_counts(struct random *random, uint32_t *counts, size_t process_count)
{
    memset(counts, 0, process_count * sizeof *counts);
    for (size_t i = 0; i < process_count; i++)
        counts[random_below(random, (uint32_t)process_count)]++;
}

// The `position`th value, from 0, of a resample.
static double value_at(const struct ranked *sorted, const uint32_t *counts, size_t position)
{
    size_t passed = 0;
    size_t i = 0;
    while ((passed += counts[sorted[i].process]) <= position)
        i++;
    return sorted[i].value;
}

// The median of a resample of `sorted`; NaN when it holds none of its processes.
static double resampled_median(const struct ranked *sorted, size_t sorted_count, const uint32_t *counts)
{
    size_t total = 0;
    for (size_t i = 0; i < sorted_count; i++)
        total += counts[sorted[i].process];
    if (total == 0)
        return NAN;
    double low = value_at(sorted, counts, (total - 1) / 2);
    return total % 2 == 1 ? low : low + (value_at(sorted, counts, total / 2) - low) / 2;
}

// Sorts `estimates`, one per resample.
static struct interval percentile_interval(double *estimates, size_t count, double confidence)
{
    statistics_sort(estimates, count);
    double tail = (1 - confidence) / 2;
    struct interval interval = {.exists = true,
                                .low = statistics_quantile_sorted(estimates, count, tail),
                                .high = statistics_quantile_sorted(estimates, count, 1 - tail),
                                .coverage = confidence};
    if (isfinite(interval.low) && isfinite(interval.high))
        return interval;
    return (struct interval){.low = NAN, .high = NAN, .coverage = NAN};
}

static bool enough_for_interval(size_t process_count, double confidence)
{
    return process_count >= BOOTSTRAP_MIN_PROCESSES && confidence > 0 && confidence < 1;
}

static struct estimate no_estimate(size_t count)
{
    return (struct estimate){
        .value = NAN, .interval = {.low = NAN, .high = NAN, .coverage = NAN}, .count = count};
}

// --- Geometric mean ---

struct geometric_workspace {
    struct ranked *sorted; // cell_count rows of process_count
    size_t *present;       // how many of each row are there
    uint32_t *counts;      // one per process
    double *estimates;     // one per resample
};

static void geometric_workspace_release(struct geometric_workspace *workspace)
{
    free(workspace->sorted);
    free(workspace->present);
    free(workspace->counts);
    free(workspace->estimates);
}

// Sorts every row. False when a value is not positive and finite or too many are missing.
static bool sort_rows(const struct ratio_table *table, struct geometric_workspace *workspace)
{
    for (size_t cell = 0; cell < table->cell_count; cell++) {
        const double *row = table->ratios + cell * table->process_count;
        struct ranked *sorted = workspace->sorted + cell * table->process_count;
        size_t present = 0;
        for (size_t process = 0; process < table->process_count; process++) {
            if (isnan(row[process]))
                continue;
            if (!(row[process] > 0 && isfinite(row[process])))
                return false;
            sorted[present++] = (struct ranked){.value = row[process], .process = (uint32_t)process};
        }
        if (present == 0 || 2 * present < table->process_count)
            return false;
        qsort(sorted, present, sizeof *sorted, by_value);
        workspace->present[cell] = present;
    }
    return true;
}

// NaN when some cell has no process in this resample.
static double resampled_geometric_mean(const struct ratio_table *table,
                                       const struct geometric_workspace *workspace)
{
    double log_sum = 0;
    for (size_t cell = 0; cell < table->cell_count; cell++)
        log_sum += log(resampled_median(workspace->sorted + cell * table->process_count,
                                        workspace->present[cell], workspace->counts));
    return exp(log_sum / (double)table->cell_count);
}

// Draws again until every cell is in the resample: at least half of the processes of each are there.
static double draw_geometric_mean(struct random *random, const struct ratio_table *table,
                                  const struct geometric_workspace *workspace)
{
    double drawn = NAN;
    while (isnan(drawn)) {
        draw_counts(random, workspace->counts, table->process_count);
        drawn = resampled_geometric_mean(table, workspace);
    }
    return drawn;
}

enum status statistics_geometric_mean(const struct ratio_table *table, double confidence,
                                      struct resampling resampling, struct estimate *ret_estimate,
                                      struct error *error)
{
    assert(table->process_count <= UINT32_MAX && resampling.count > 0);
    if (table->cell_count == 0 || table->process_count == 0) {
        *ret_estimate = no_estimate(table->process_count);
        return STATUS_OK;
    }
    CLEANUP(geometric_workspace_release)
    struct geometric_workspace workspace = {
        .sorted = calloc(table->cell_count * table->process_count, sizeof *workspace.sorted),
        .present = calloc(table->cell_count, sizeof *workspace.present),
        .counts = calloc(table->process_count, sizeof *workspace.counts),
        .estimates = calloc(resampling.count, sizeof *workspace.estimates),
    };
    if (!workspace.sorted || !workspace.present || !workspace.counts || !workspace.estimates)
        return error_set_no_memory(error);
    struct estimate estimate = no_estimate(table->process_count);
    if (sort_rows(table, &workspace)) {
        for (size_t process = 0; process < table->process_count; process++)
            workspace.counts[process] = 1;
        estimate.value = resampled_geometric_mean(table, &workspace);
        if (enough_for_interval(table->process_count, confidence)) {
            struct random random;
            random_seed(&random, resampling.seed);
            for (size_t i = 0; i < resampling.count; i++)
                workspace.estimates[i] = draw_geometric_mean(&random, table, &workspace);
            estimate.interval = percentile_interval(workspace.estimates, resampling.count, confidence);
        }
    }
    *ret_estimate = estimate;
    return STATUS_OK;
}
