// Of each platform and metric the ratios are one family: a difference counts when its paired test is
// significant after Holm's correction over all of them and over the cells of the null control, when its
// interval leaves out 1, and when it is larger than what the null control shows. See docs/methodology.md.
#include "analysis/private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "patterns/patterns.h"
#include "strategies/strategies.h"

static const double confidence = 0.95, significance = 0.05;

const char *ratio_verdict_name(enum ratio_verdict verdict)
{
    static const char *const names[RATIO_VERDICT_COUNT] = {
        [RATIO_FASTER] = "faster",
        [RATIO_SLOWER] = "slower",
        [RATIO_NO_PRACTICAL_DIFFERENCE] = "no_practical_difference",
        [RATIO_INCONCLUSIVE] = "inconclusive",
    };
    return names[verdict];
}

enum ratio_verdict ratio_verdict_of(const struct estimate *ratio, double practical_threshold)
{
    double upper = 1.0 + practical_threshold, lower = 1.0 / upper;
    double alike = 1.0 + fmin(practical_threshold, RATIO_MAX_ALIKE);
    if (!ratio->interval.exists)
        return RATIO_INCONCLUSIVE;
    if (ratio->interval.low > 1.0 && ratio->value > upper)
        return RATIO_FASTER;
    if (ratio->interval.high < 1.0 && ratio->value < lower)
        return RATIO_SLOWER;
    if (ratio->interval.low >= 1.0 / alike && ratio->interval.high <= alike)
        return RATIO_NO_PRACTICAL_DIFFERENCE;
    return RATIO_INCONCLUSIVE;
}

// ---- baselines ----

// The index of box on that heap ("": the system's), or SIZE_MAX.
static size_t find_box(const struct analysis *analysis, const char *heap)
{
    for (size_t i = 0; i < analysis->allocator_count; i++) {
        const struct label label = label_parse(analysis->allocators[i]);
        if (label.strategy == &strategies[STRATEGY_box] && strcmp(label.heap, heap) == 0)
            return i;
    }
    return SIZE_MAX;
}

// What an allocator is compared with: box on the heap that its label names ("slab_cold@jemalloc":
// "box@jemalloc"), and box on another heap with box on the system's. SIZE_MAX where that was not measured.
static size_t baseline_of(const struct analysis *analysis, size_t allocator)
{
    const char *heap = label_parse(analysis->allocators[allocator]).heap;
    size_t box = find_box(analysis, heap);
    if (box == allocator)
        box = *heap ? find_box(analysis, "") : SIZE_MAX;
    return box;
}

// ---- one ratio ----

// The pairs of a ratio, and the test of their logarithms.
struct pairs {
    double *baseline, *other, *logs, *scratch; // one block, which `baseline` owns
    size_t count;
};

static void pairs_release(struct pairs *pairs)
{
    free(pairs->baseline);
}

static enum status find_pairs(const struct analysis_ratio *ratio, struct pairs *ret_pairs,
                              struct error *error)
{
    const struct dataset_cell *a = ratio->baseline->data, *b = ratio->cell->data;
    size_t most = a->process_count < b->process_count ? a->process_count : b->process_count;
    double *room = calloc(4 * most + 1, sizeof *room);
    if (!room)
        return error_set_no_memory(error);
    *ret_pairs = (struct pairs){room, room + most, room + 2 * most, room + 3 * most, 0};
    ret_pairs->count = dataset_pair(a, b, ratio->metric, ret_pairs->baseline, ret_pairs->other);
    for (size_t i = 0; i < ret_pairs->count; i++)
        ret_pairs->logs[i] = log(ret_pairs->baseline[i] / ret_pairs->other[i]);
    return STATUS_OK;
}

// Without processes on both sides there is a ratio but nothing to judge it by.
static struct estimate estimate_pairs(const struct analysis_ratio *ratio, const struct pairs *pairs)
{
    if (pairs->count > 0)
        return statistics_paired_ratio(pairs->baseline, pairs->other, pairs->count, confidence,
                                       pairs->scratch);
    return (struct estimate){
        .value = ratio->baseline->medians[ratio->metric].value / ratio->cell->medians[ratio->metric].value,
        .interval = {.low = NAN, .high = NAN, .coverage = NAN},
    };
}

enum status ratios_estimate(struct analysis_ratio *ratio, struct error *error)
{
    CLEANUP(pairs_release) struct pairs pairs = {0};
    enum status status = find_pairs(ratio, &pairs, error);
    if (status == STATUS_OK)
        ratio->ratio = estimate_pairs(ratio, &pairs);
    return status;
}

// ---- causes ----

static double first_level_cache_bytes(const struct analysis_platform *platform)
{
    const char *bytes = facts_get(&platform->dataset->facts, "cache.l1d.size_bytes");
    return bytes ? strtod(bytes, NULL) : NAN;
}

// All but the time.
static struct cause_counts counts_of(const struct dataset_cell *cell)
{
    const struct label label = label_parse(cell->name.allocator);
    bool one_at_a_time = strcmp(cell->name.pattern, patterns[PATTERN_immediate].name) == 0;
    return (struct cause_counts){
        .page_faults = cell->page_faults,
        .heap_calls = cell->heap_calls,
        .map_calls = cell->map_calls,
        .l1d_misses = cell->l1d_misses,
        .dtlb_misses = cell->dtlb_misses,
        .live_bytes = (double)cell->name.size_bytes * (one_at_a_time ? 1 : (double)cell->name.live_objects),
        .grows = label.strategy && label.strategy->start == STRATEGY_START_COLD,
        .other_heap = *label.heap != '\0',
    };
}

// The census counts batches in their steady state: of the first batch after a pause it knows nothing.
static enum cause cause_of_ratio(const struct analysis_ratio *ratio, const struct analysis_platform *platform)
{
    const struct interval *interval = &ratio->ratio.interval;
    bool may_be_none = interval->exists && interval->low <= 1.0 && interval->high >= 1.0;
    if (ratio->metric != METRIC_TOTAL || may_be_none)
        return CAUSE_NONE;
    struct cause_counts cell = counts_of(ratio->cell->data), baseline = counts_of(ratio->baseline->data);
    cell.ns = analysis_cell_ns_per_object(ratio->cell, METRIC_TOTAL);
    baseline.ns = cell.ns * ratio->ratio.value; // the gap that the ratio tells
    return cause_of(&cell, &baseline, first_level_cache_bytes(platform));
}

// ---- a platform ----

static void list_ratios(struct analysis *analysis, struct analysis_platform *platform)
{
    platform->first_ratio = analysis->ratio_count;
    for (size_t i = platform->first_cell; i < platform->cell_end; i++) {
        const struct analysis_cell *cell = &analysis->cells[i];
        size_t allocator = baseline_of(analysis, cell->allocator);
        const struct analysis_cell *baseline =
            allocator == SIZE_MAX ? NULL : cells_find(analysis, cell, allocator);
        if (!analysis_cell_has_times(cell) || !baseline)
            continue;
        for (int m = 0; m < METRIC_COUNT; m++)
            analysis->ratios[analysis->ratio_count++] = (struct analysis_ratio){
                .cell = cell, .baseline = baseline, .metric = (enum metric)m, .adjusted_p = NAN};
    }
    platform->ratio_end = analysis->ratio_count;
}

// The p values of a metric: of the ratios, then of the null control's cells.
struct family {
    double *p_values, *adjusted, *scratch; // one block, which `p_values` owns
    size_t count;
};

static void family_release(struct family *family)
{
    free(family->p_values);
}

static enum status test_ratios(struct analysis *analysis, const struct analysis_platform *platform,
                               enum metric metric, struct family *family, struct error *error)
{
    size_t next = 0;
    for (size_t i = platform->first_ratio; i < platform->ratio_end; i++) {
        struct analysis_ratio *ratio = &analysis->ratios[i];
        if (ratio->metric != metric)
            continue;
        CLEANUP(pairs_release) struct pairs pairs = {0};
        enum status status = find_pairs(ratio, &pairs, error);
        if (status != STATUS_OK)
            return status;
        ratio->ratio = estimate_pairs(ratio, &pairs);
        family->p_values[next++] =
            statistics_paired_test(pairs.logs, pairs.count, family->count, significance, pairs.scratch)
                .p_value;
    }
    return STATUS_OK;
}

static void judge_ratio(struct analysis_ratio *ratio, const struct analysis_platform *platform,
                        double adjusted_p)
{
    ratio->adjusted_p = adjusted_p;
    ratio->verdict = ratio_verdict_of(&ratio->ratio, platform->thresholds[ratio->metric]);
    bool differs = ratio->verdict == RATIO_FASTER || ratio->verdict == RATIO_SLOWER;
    if (differs && !(adjusted_p <= significance))
        ratio->verdict = RATIO_INCONCLUSIVE;
    ratio->cause = cause_of_ratio(ratio, platform);
}

static enum status judge_metric(struct analysis *analysis, struct analysis_platform *platform,
                                enum metric metric, struct error *error)
{
    const struct null_control *control = &platform->null_controls[metric];
    size_t ratios = (platform->ratio_end - platform->first_ratio) / METRIC_COUNT;
    size_t room = ratios + platform->dataset->count;
    CLEANUP(family_release) struct family family = {0};
    family.p_values = calloc(3 * room + 1, sizeof *family.p_values);
    if (!family.p_values)
        return error_set_no_memory(error);
    family.adjusted = family.p_values + room;
    family.scratch = family.adjusted + room;
    enum status status = null_control_judge(platform->dataset, metric, &platform->null_controls[metric],
                                            family.p_values + ratios, error);
    family.count = ratios + control->cells;
    if (status == STATUS_OK && control->threshold > platform->thresholds[metric])
        platform->thresholds[metric] = control->threshold;
    if (status == STATUS_OK)
        status = test_ratios(analysis, platform, metric, &family, error);
    if (status != STATUS_OK)
        return status;
    statistics_holm(family.p_values, family.count, family.scratch, family.adjusted);
    for (size_t i = platform->first_ratio, next = 0; i < platform->ratio_end; i++)
        if (analysis->ratios[i].metric == metric)
            judge_ratio(&analysis->ratios[i], platform, family.adjusted[next++]);
    return STATUS_OK;
}

enum status ratios_compute(struct analysis *analysis, double min_threshold, struct error *error)
{
    analysis->ratios = calloc(analysis->cell_count * METRIC_COUNT + 1, sizeof *analysis->ratios);
    if (!analysis->ratios)
        return error_set_no_memory(error);
    enum status status = STATUS_OK;
    for (size_t p = 0; p < analysis->platform_count && status == STATUS_OK; p++) {
        struct analysis_platform *platform = &analysis->platforms[p];
        list_ratios(analysis, platform);
        for (int m = 0; m < METRIC_COUNT && status == STATUS_OK; m++) {
            platform->thresholds[m] = min_threshold;
            status = judge_metric(analysis, platform, (enum metric)m, error);
        }
        platform->practical_threshold = platform->thresholds[METRIC_TOTAL];
    }
    return status;
}
