// How long single operations take. A quantile of a process is the upper bound of the bin in which it lies, so
// it is at most 1/128 too long and never too short. That of a cell is the median over its processes, each of
// which counts a million operations or more.
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/private.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "measurements/bins.h"

#define TAIL_CONFIDENCE 0.95

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

static const struct dataset_value *values_of(const struct analysis *analysis,
                                             const struct analysis_measured *of, enum measured_metric metric,
                                             size_t *ret_count)
{
    *ret_count = 0;
    if (metric == MEASURED_METRIC_COUNT)
        return NULL;
    return dataset_values(analysis->platforms[of->platform].dataset, of->cell, metric, ret_count);
}

uint64_t tails_pool(const struct analysis *analysis, const struct analysis_tail *tail,
                    enum tail_operation operation, uint64_t *ret_bins)
{
    size_t count = 0;
    const struct dataset_value *values = values_of(analysis, &tail->of, operations[operation].times, &count);
    memset(ret_bins, 0, BIN_COUNT * sizeof *ret_bins);
    return add_bins(values, count, true, 0, false, ret_bins);
}

// ---- one cell ----

enum { MAX_TAIL_PROCESSES = 64 };

// Of each process of a cell.
struct process_quantiles {
    size_t count;
    double all[TAIL_QUANTILE_COUNT][MAX_TAIL_PROCESSES];
    double undisturbed[TAIL_QUANTILE_COUNT][MAX_TAIL_PROCESSES];
};

static void add_process(const struct dataset_value *times, size_t time_count,
                        const struct dataset_value *preempted, size_t preempted_count, uint32_t process,
                        struct analysis_tail_times *sums, struct process_quantiles *found)
{
    uint64_t bins[BIN_COUNT] = {0};
    uint64_t count = add_bins(times, time_count, false, process, false, bins);
    for (int q = 0; q < TAIL_QUANTILE_COUNT; q++)
        found->all[q][found->count] = bins_quantile(bins, count, quantiles[q].share);
    uint64_t met = add_bins(preempted, preempted_count, false, process, true, bins);
    for (int q = 0; q < TAIL_QUANTILE_COUNT; q++)
        found->undisturbed[q][found->count] = bins_quantile(bins, count - met, quantiles[q].share);
    sums->count += (double)count;
    sums->preempted += (double)met;
    found->count++;
}

static size_t gather_times(const struct analysis *analysis, const struct analysis_measured *of,
                           enum tail_operation operation, struct analysis_tail_times *ret_times)
{
    size_t time_count = 0, preempted_count = 0;
    const struct dataset_value *times = values_of(analysis, of, operations[operation].times, &time_count);
    const struct dataset_value *preempted =
        values_of(analysis, of, operations[operation].preempted, &preempted_count);
    struct process_quantiles found = {.count = 0};
    for (size_t i = 0; i < time_count && found.count < MAX_TAIL_PROCESSES; i++)
        if (i == 0 || times[i].process != times[i - 1].process)
            add_process(times, time_count, preempted, preempted_count, times[i].process, ret_times, &found);
    for (int q = 0; q < TAIL_QUANTILE_COUNT; q++) {
        double scratch[MAX_TAIL_PROCESSES];
        ret_times->quantiles[q] =
            statistics_median_estimate(found.all[q], found.count, TAIL_CONFIDENCE, scratch);
        ret_times->undisturbed[q] =
            statistics_median_estimate(found.undisturbed[q], found.count, TAIL_CONFIDENCE, scratch);
    }
    return found.count;
}

// Over all processes; NaN where one does not know it.
static double sum_of(const struct analysis *analysis, const struct analysis_measured *of,
                     enum measured_metric metric, size_t processes)
{
    size_t count = 0;
    double sum = 0;
    const struct dataset_value *values = values_of(analysis, of, metric, &count);
    for (size_t i = 0; i < count; i++)
        sum += values[i].value;
    return count == processes ? sum : NAN;
}

static struct analysis_tail tail_of(const struct analysis *analysis, struct analysis_measured of)
{
    struct analysis_tail tail = {.of = of};
    while (tail.pattern < analysis->pattern_count &&
           strcmp(analysis->patterns[tail.pattern], of.data->name.pattern) != 0)
        tail.pattern++;
    for (int operation = 0; operation < TAIL_OPERATION_COUNT; operation++)
        tail.processes = gather_times(analysis, &of, (enum tail_operation)operation, &tail.times[operation]);
    tail.switches = sum_of(analysis, &of, MEASURED_tails_switches, tail.processes);
    tail.interrupts = sum_of(analysis, &of, MEASURED_tails_interrupts, tail.processes);
    tail.faulted = sum_of(analysis, &of, MEASURED_tails_faulted, tail.processes);
    return tail;
}

enum status tails_gather(struct analysis *analysis, struct error *error)
{
    CLEANUP(free_pointer) struct analysis_measured *cells = NULL;
    size_t count = 0;
    enum status status = measured_cells(analysis, MEASURED_tails_allocate, &cells, &count, error);
    if (status != STATUS_OK)
        return status;
    analysis->tails = calloc(count + 1, sizeof *analysis->tails);
    if (!analysis->tails)
        return error_set_no_memory(error);
    for (size_t i = 0; i < count; i++)
        analysis->tails[analysis->tail_count++] = tail_of(analysis, cells[i]);
    return STATUS_OK;
}

size_t tails_count(const struct analysis *analysis)
{
    return analysis->tail_count;
}

void tails_release(struct analysis *analysis)
{
    free(analysis->tails);
}

// ---- findings ----

// The geometric mean over the cells of an allocator that have the standard values; NaN without any.
static double mean_of(const struct view *view, size_t allocator, enum tail_operation operation,
                      enum tail_quantile quantile)
{
    double sum = 0;
    size_t count = 0;
    for (size_t i = 0; i < view->analysis->tail_count; i++) {
        const struct analysis_tail *tail = &view->analysis->tails[i];
        double ns = tail->times[operation].undisturbed[quantile].value;
        if (tail->of.platform != view->platform || tail->of.allocator != allocator ||
            !cell_name_is_standard(tail->of.data->name) || !(ns > 0))
            continue;
        sum += log(ns);
        count++;
    }
    return count > 0 ? exp(sum / (double)count) : NAN;
}

static void append_time(struct text *text, double ns)
{
    bool is_long = ns >= 1000;
    number_append(text, is_long ? ns / 1000 : ns);
    text_append(text, is_long ? " µs" : " ns");
}

// "The slowest of 1,000 allocations takes 250 ns with malloc, 60 ns with slab_warm and 90 ns with jemalloc".
static enum status tell(const struct view *view, enum tail_operation operation, struct error *error)
{
    struct analysis *analysis = view->analysis;
    CLEANUP(text_release) struct text sentence = {0};
    size_t count = 0, written = 0, any = 0;
    for (size_t a = 0; a < analysis->allocator_count; a++)
        count += measured_is_told(view, a) && !isnan(mean_of(view, a, operation, TAIL_P99_9));
    if (count == 0)
        return STATUS_OK;
    text_append_format(&sentence, "The slowest of 1,000 %ss takes ",
                       operation == TAIL_ALLOCATE ? "allocation" : "deallocation");
    for (size_t a = 0; a < analysis->allocator_count; a++) {
        double ns = mean_of(view, a, operation, TAIL_P99_9);
        if (!measured_is_told(view, a) || isnan(ns))
            continue;
        separator_append(&sentence, written++, count);
        append_time(&sentence, ns);
        text_append(&sentence, " with ");
        name_append(&sentence, view, a,
                    is_malloc(analysis->allocators[a]) ? NAMING_MALLOCS : NAMING_STRATEGIES);
        any = a;
    }
    text_append(&sentence, "; the clock itself takes ");
    append_time(&sentence, mean_of(view, any, TAIL_TIMER, TAIL_P50));
    return finding_add(analysis, FINDING_tails, analysis->platforms[view->platform].label, &sentence, error);
}

enum status find_tails(const struct view *view, struct error *error)
{
    enum status status = tell(view, TAIL_ALLOCATE, error);
    return status == STATUS_OK ? tell(view, TAIL_DEALLOCATE, error) : status;
}

// ---- files ----

static void append_estimate(struct text *csv, const struct estimate *estimate)
{
    measured_append_number(csv, estimate->value, 2);
    measured_append_number(csv, estimate->interval.low, 2);
    measured_append_number(csv, estimate->interval.high, 2);
}

static void append_rows(struct text *csv, const struct analysis *analysis, const struct analysis_tail *tail)
{
    for (int operation = 0; operation < TAIL_OPERATION_COUNT; operation++)
        for (int q = 0; q < TAIL_QUANTILE_COUNT; q++) {
            const struct analysis_tail_times *times = &tail->times[operation];
            measured_append_name(csv, analysis, &tail->of, true);
            text_append_format(csv, ",%s,%s", operations[operation].name, quantiles[q].name);
            append_estimate(csv, &times->quantiles[q]);
            append_estimate(csv, &times->undisturbed[q]);
            text_append_format(csv, ",%zu", tail->processes);
            measured_append_number(csv, times->count, 0);
            measured_append_number(csv, times->preempted, 0);
            text_append(csv, "\n");
        }
}

enum status tails_write_stats(const struct analysis *analysis, const char *path, struct error *error)
{
    CLEANUP(text_release) struct text csv = {0};
    measured_append_header(&csv, true);
    text_append(&csv, ",operation,quantile,ns,ns_low,ns_high,undisturbed_ns,undisturbed_low,undisturbed_high,"
                      "processes,operations,preempted\n");
    for (size_t i = 0; i < analysis->tail_count; i++)
        append_rows(&csv, analysis, &analysis->tails[i]);
    enum status status = text_check(&csv, error);
    return status == STATUS_OK ? file_write(path, text_string(&csv), csv.length, error) : status;
}

// The curve of all processes together: [1 / (1 - share), ns] where the first grows by the eighth root of ten,
// as far as there are operations.
static void write_curve(struct json *json, const struct analysis *analysis, const struct analysis_tail *tail,
                        enum tail_operation operation)
{
    enum { POINTS_PER_DECADE = 8 };
    uint64_t bins[BIN_COUNT];
    uint64_t count = tails_pool(analysis, tail, operation, bins);
    json_open(json, "curve", '[');
    for (int i = 0; count > 0; i++) {
        double rarity = pow(10, (double)i / POINTS_PER_DECADE);
        if (rarity > (double)count)
            break;
        json_open(json, NULL, '[');
        json_real(json, NULL, rarity);
        json_real(json, NULL, bins_quantile(bins, count, 1 - 1 / rarity));
        json_close(json, ']');
    }
    json_close(json, ']');
}

static void write_quantiles(struct json *json, const char *key, const struct estimate *estimates)
{
    json_open(json, key, '{');
    for (int q = 0; q < TAIL_QUANTILE_COUNT; q++)
        write_estimate(json, quantiles[q].name, &estimates[q], 1);
    json_close(json, '}');
}

static void write_tail(struct json *json, const struct analysis *analysis, const struct analysis_tail *tail)
{
    json_open(json, NULL, '{');
    measured_write_name(json, analysis, &tail->of, true);
    json_unsigned(json, "processes", tail->processes);
    json_real(json, "context_switches", tail->switches);
    json_real(json, "interrupts", tail->interrupts);
    json_real(json, "faulted", tail->faulted);
    for (int operation = 0; operation < TAIL_OPERATION_COUNT; operation++) {
        const struct analysis_tail_times *times = &tail->times[operation];
        json_open(json, operations[operation].name, '{');
        json_real(json, "operations", times->count);
        json_real(json, "preempted", operation == TAIL_TIMER ? NAN : times->preempted);
        write_quantiles(json, "quantiles", times->quantiles);
        write_quantiles(json, "undisturbed", times->undisturbed);
        write_curve(json, analysis, tail, (enum tail_operation)operation);
        json_close(json, '}');
    }
    json_close(json, '}');
}

void tails_write_json(struct json *json, const struct analysis *analysis)
{
    if (analysis->tail_count == 0)
        return;
    json_open(json, "tails", '[');
    for (size_t i = 0; i < analysis->tail_count; i++)
        write_tail(json, analysis, &analysis->tails[i]);
    json_close(json, ']');
}
