#include "analysis/ratios.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/summaries.h"
#include "base/cleanup.h"

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
    if (!ratio->interval.exists)
        return RATIO_INCONCLUSIVE;
    if (ratio->interval.low > 1.0 && ratio->value > upper)
        return RATIO_FASTER;
    if (ratio->interval.high < 1.0 && ratio->value < lower)
        return RATIO_SLOWER;
    if (ratio->interval.low >= lower && ratio->interval.high <= upper)
        return RATIO_NO_PRACTICAL_DIFFERENCE;
    return RATIO_INCONCLUSIVE;
}

// The index of box on that heap ("", "@jemalloc"), or SIZE_MAX.
static size_t find_box(const struct analysis *analysis, const char *heap)
{
    for (size_t i = 0; i < analysis->allocator_count; i++) {
        const char *label = analysis->allocators[i];
        if (strncmp(label, "box", 3) == 0 && strcmp(label + 3, heap) == 0)
            return i;
    }
    return SIZE_MAX;
}

// What an allocator is compared with: box on the heap that its label names ("slab_cold@jemalloc":
// "box@jemalloc"), and box on another heap with box on the system's. SIZE_MAX where that was not measured.
static size_t baseline_of(const struct analysis *analysis, size_t allocator)
{
    const char *heap = strchr(analysis->allocators[allocator], '@');
    size_t box = find_box(analysis, heap ? heap : "");
    if (box == allocator)
        box = heap ? find_box(analysis, "") : SIZE_MAX;
    return box;
}

static int compare_cells(const struct analysis_cell *a, const struct analysis_cell *b)
{
    if (a->platform != b->platform)
        return a->platform < b->platform ? -1 : 1;
    if (a->allocator != b->allocator)
        return a->allocator < b->allocator ? -1 : 1;
    if (a->pattern != b->pattern)
        return a->pattern < b->pattern ? -1 : 1;
    return (a->size_bytes > b->size_bytes) - (a->size_bytes < b->size_bytes);
}

static int compare_cell_elements(const void *left, const void *right)
{
    return compare_cells(left, right);
}

bool ratios_has_times(const struct analysis_cell *cell)
{
    return !isnan(cell->metrics[METRIC_TOTAL].median.value);
}

const struct analysis_cell *ratios_find_cell(const struct analysis *analysis,
                                             const struct analysis_cell *cell, size_t allocator)
{
    struct analysis_cell key = *cell;
    key.allocator = allocator;
    const struct analysis_cell *found =
        bsearch(&key, analysis->cells, analysis->cell_count, sizeof key, compare_cell_elements);
    return found && ratios_has_times(found) ? found : NULL;
}

// Both sides' medians of the processes that both have: those of one replicate, which ran next to each other.
static size_t pair_processes(const struct analysis_ratio *ratio, double *baseline, double *other)
{
    const struct analysis_cell *a = ratio->baseline, *b = ratio->cell;
    size_t count = 0;
    for (size_t i = 0, j = 0; i < a->process_count && j < b->process_count;) {
        if (a->process_numbers[i] == b->process_numbers[j]) {
            baseline[count] = a->metrics[ratio->metric].process_medians[i++];
            other[count++] = b->metrics[ratio->metric].process_medians[j++];
        } else if (a->process_numbers[i] < b->process_numbers[j]) {
            i++;
        } else {
            j++;
        }
    }
    return count;
}

// Without processes on both sides there is a ratio but nothing to judge it by.
enum status ratios_estimate(struct analysis_ratio *ratio, struct error *error)
{
    size_t most = ratio->baseline->process_count < ratio->cell->process_count ? ratio->baseline->process_count
                                                                              : ratio->cell->process_count;
    CLEANUP(free_pointer) double *pairs = calloc(most * 3 + 1, sizeof *pairs);
    if (!pairs)
        return error_set_no_memory(error);
    size_t count = pair_processes(ratio, pairs, pairs + most);
    if (count > 0)
        ratio->ratio =
            statistics_paired_ratio(pairs, pairs + most, count, CONFIDENCE_PERCENT / 100.0, pairs + 2 * most);
    else
        ratio->ratio = (struct estimate){
            .value = ratio->baseline->metrics[ratio->metric].median.value /
                     ratio->cell->metrics[ratio->metric].median.value,
            .interval = {.low = NAN, .high = NAN, .coverage = NAN},
        };
    return STATUS_OK;
}

bool ratios_is_doubtful(const struct analysis *analysis, const struct analysis_ratio *ratio)
{
    return ratio->cell->inconclusive || ratio->baseline->inconclusive ||
           analysis->platforms[ratio->cell->platform].null_control.differing > 0;
}

static double first_level_cache_bytes(const struct analysis_platform *platform)
{
    const char *bytes = facts_get(&platform->facts, "cache.l1d.size_bytes");
    return bytes ? strtod(bytes, NULL) : NAN;
}

// The census counts batches in their steady state: of the first batch after a pause it knows nothing. A
// disturbed machine makes a ratio inconclusive, not its counts.
static enum cause cause_of_ratio(const struct analysis_ratio *ratio, const struct analysis_platform *platform)
{
    const struct interval *interval = &ratio->ratio.interval;
    bool may_be_none = interval->exists && interval->low <= 1.0 && interval->high >= 1.0;
    if (ratio->metric != METRIC_TOTAL || may_be_none)
        return CAUSE_NONE;
    struct cause_counts cell = ratio->cell->counts, baseline = ratio->baseline->counts;
    cell.ns = analysis_cell_ns_per_object(ratio->cell, METRIC_TOTAL);
    baseline.ns = cell.ns * ratio->ratio.value; // the gap that the ratio tells
    return cause_of(&cell, &baseline, first_level_cache_bytes(platform));
}

enum status ratios_compute(struct analysis *analysis, struct error *error)
{
    analysis->ratios = calloc(analysis->cell_count * METRIC_COUNT + 1, sizeof *analysis->ratios);
    if (!analysis->ratios)
        return error_set_no_memory(error);
    for (size_t i = 0; i < analysis->cell_count; i++) {
        const struct analysis_cell *cell = &analysis->cells[i];
        struct analysis_platform *platform = &analysis->platforms[cell->platform];
        if (i == platform->first_cell)
            platform->first_ratio = analysis->ratio_count;
        platform->ratio_end = analysis->ratio_count;
        size_t allocator = baseline_of(analysis, cell->allocator);
        const struct analysis_cell *baseline =
            allocator == SIZE_MAX ? NULL : ratios_find_cell(analysis, cell, allocator);
        if (!ratios_has_times(cell) || !baseline)
            continue;
        for (int m = 0; m < METRIC_COUNT; m++) {
            struct analysis_ratio *ratio = &analysis->ratios[analysis->ratio_count++];
            *ratio = (struct analysis_ratio){.cell = cell, .baseline = baseline, .metric = (enum metric)m};
            enum status status = ratios_estimate(ratio, error);
            if (status != STATUS_OK)
                return status;
            ratio->verdict = ratios_is_doubtful(analysis, ratio)
                                 ? RATIO_INCONCLUSIVE
                                 : ratio_verdict_of(&ratio->ratio, platform->practical_threshold);
            ratio->cause = cause_of_ratio(ratio, platform);
        }
        platform->ratio_end = analysis->ratio_count;
    }
    return STATUS_OK;
}
