#include "dataset/tails.h"

#include <math.h>
#include <string.h>

#include "measurements/bins.h"

static const struct {
    const char *name;
    enum measured_metric times;
    enum measured_metric preempted; // MEASURED_METRIC_COUNT: not known
} operations[TAIL_OPERATION_COUNT] = {
    [TAIL_ALLOCATE] = {"allocate", MEASURED_tails_allocate, MEASURED_tails_allocate_preempted},
    [TAIL_DEALLOCATE] = {"deallocate", MEASURED_tails_deallocate, MEASURED_tails_deallocate_preempted},
    [TAIL_TIMER] = {"timer", MEASURED_tails_timer, MEASURED_METRIC_COUNT},
};

static const struct {
    const char *name;
    double share;
} quantiles[TAIL_QUANTILE_COUNT] = {
    [TAIL_P50] = {"p50", 0.5},       [TAIL_P90] = {"p90", 0.9},          [TAIL_P99] = {"p99", 0.99},
    [TAIL_P99_9] = {"p99.9", 0.999}, [TAIL_P99_99] = {"p99.99", 0.9999}, [TAIL_MAX] = {"max", 1},
};

const char *tail_operation_name(enum tail_operation operation)
{
    return operations[operation].name;
}

const char *tail_quantile_name(enum tail_quantile quantile)
{
    return quantiles[quantile].name;
}

// ---- bins ----

double bins_quantile(const uint64_t *bins, uint64_t count, double share)
{
    uint64_t below = 0;
    if (count == 0)
        return NAN;
    for (uint32_t bin = 0; bin < BIN_COUNT; bin++) {
        below += bins[bin];
        if (below > 0 && (double)below >= share * (double)count)
            return bin_high_ns(bin);
    }
    return NAN;
}

// Adds (or with a negative sign takes away) the counts of one process, or of all; returns their sum.
static uint64_t add_bins(const struct dataset_value *values, size_t count, bool all, uint32_t process,
                         bool take_away, uint64_t *bins)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        const uint64_t times = (uint64_t)values[i].value;
        if (values[i].index >= BIN_COUNT || (!all && values[i].process != process))
            continue;
        if (take_away && times > bins[values[i].index])
            continue; // of another file
        bins[values[i].index] += take_away ? -times : times;
        sum += times;
    }
    return sum;
}

// None of MEASURED_METRIC_COUNT.
static const struct dataset_value *values_of(const struct dataset *dataset, size_t cell,
                                             enum measured_metric metric, size_t *ret_count)
{
    *ret_count = 0;
    return metric == MEASURED_METRIC_COUNT ? NULL : dataset_values(dataset, cell, metric, ret_count);
}

uint64_t tails_pool(const struct dataset *dataset, size_t cell, enum tail_operation operation,
                    uint64_t *ret_bins)
{
    size_t count = 0;
    const struct dataset_value *values = values_of(dataset, cell, operations[operation].times, &count);
    memset(ret_bins, 0, BIN_COUNT * sizeof *ret_bins);
    return add_bins(values, count, true, 0, false, ret_bins);
}

// All values of a cell and metric.
struct span {
    const struct dataset_value *values;
    size_t count;
};

static void add_process(struct span times, struct span preempted, uint32_t process,
                        struct tail_processes *processes)
{
    uint64_t bins[BIN_COUNT] = {0};
    uint64_t count = add_bins(times.values, times.count, false, process, false, bins);
    for (int q = 0; q < TAIL_QUANTILE_COUNT; q++)
        processes->quantiles[q][processes->count] = bins_quantile(bins, count, quantiles[q].share);
    uint64_t met = add_bins(preempted.values, preempted.count, false, process, true, bins);
    for (int q = 0; q < TAIL_QUANTILE_COUNT; q++)
        processes->undisturbed[q][processes->count] = bins_quantile(bins, count - met, quantiles[q].share);
    processes->operations += (double)count;
    processes->preempted += (double)met;
    processes->count++;
}

void tails_of_cell(const struct dataset *dataset, size_t cell, enum tail_operation operation,
                   struct tail_processes *ret_processes)
{
    struct span times, preempted;
    times.values = values_of(dataset, cell, operations[operation].times, &times.count);
    preempted.values = values_of(dataset, cell, operations[operation].preempted, &preempted.count);
    *ret_processes = (struct tail_processes){.count = 0};
    for (size_t i = 0; i < times.count && ret_processes->count < MAX_TAIL_PROCESSES; i++)
        if (i == 0 || times.values[i].process != times.values[i - 1].process)
            add_process(times, preempted, times.values[i].process, ret_processes);
}
