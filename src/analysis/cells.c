#include "analysis/private.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/printable.h"
#include "patterns/patterns.h"

static const double interval_confidence = 0.95;

bool analysis_platform_is_own(const struct analysis_platform *platform)
{
    return facts_get(&platform->dataset->facts, "memalloc_bench.format") != NULL;
}

bool analysis_cell_has_times(const struct analysis_cell *cell)
{
    return !isnan(cell->medians[METRIC_TOTAL].value);
}

double analysis_cell_ns_per_object(const struct analysis_cell *cell, enum metric metric)
{
    return cell->medians[metric].value / dataset_objects(cell->data, metric);
}

bool analysis_cell_is_disturbed(const struct analysis_cell *cell)
{
    return cell->data->disturbed_trials * 2 > cell->data->trials;
}

// ---- axes ----

// The words of one axis: each once, in the order of cell_name_order().
struct words {
    const char **items;
    size_t count;
    bool are_patterns;
};

static int order_words(const struct words *words, const char *a, const char *b)
{
    return words->are_patterns ? cell_name_order(cell_name_standard("", a, 0), cell_name_standard("", b, 0))
                               : cell_name_order(cell_name_standard(a, "", 0), cell_name_standard(b, "", 0));
}

// Where the word is, or has to be put.
static size_t find_word(const struct words *words, const char *word)
{
    size_t low = 0, high = words->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (order_words(words, words->items[middle], word) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool add_word(struct words *words, const char *word)
{
    size_t at = find_word(words, word);
    if (at < words->count && strcmp(words->items[at], word) == 0)
        return true;
    const char **items = realloc(words->items, (words->count + 1) * sizeof *items);
    if (!items)
        return false;
    memmove(items + at + 1, items + at, (words->count - at) * sizeof *items);
    items[at] = word;
    words->items = items;
    words->count++;
    return true;
}

static enum status gather_words(struct analysis *analysis, struct error *error)
{
    struct words allocators = {0}, orders = {.are_patterns = true};
    bool good = true;
    for (size_t p = 0; p < analysis->datasets.count; p++) {
        const struct dataset *dataset = &analysis->datasets.items[p];
        for (size_t i = 0; i < dataset->count && good; i++)
            if (!dataset->cells[i].control)
                good = add_word(&allocators, dataset->cells[i].name.allocator) &&
                       add_word(&orders, dataset->cells[i].name.pattern);
    }
    analysis->allocators = allocators.items;
    analysis->allocator_count = allocators.count;
    analysis->patterns = orders.items;
    analysis->pattern_count = orders.count;
    return good ? STATUS_OK : error_set_no_memory(error);
}

// ---- platforms ----

// Numbers of another touch than the standard one, or of whatever else a run has one of, are named wherever
// the platform is.
static enum status label_platform(struct analysis_platform *platform, struct error *error)
{
    CLEANUP(text_release) struct text label = {0};
    text_append(&label, platform->dataset->platform);
    for (int i = 0; i < AXIS_COUNT; i++) {
        char key[64], standard[AXIS_WORD_BYTES];
        if (axes[i].place != AXIS_PLACE_RUN)
            continue;
        snprintf(key, sizeof key, "plan.%s", axes[i].name);
        axis_format(&axes[i], axes[i].standard, standard);
        const char *value = facts_get(&platform->dataset->facts, key);
        if (!value || strcmp(value, standard) == 0)
            continue;
        text_append_format(&label, " (%s ", axes[i].title);
        text_append_printable(&label, value, "");
        text_append(&label, ")");
    }
    platform->label = text_take(&label);
    return platform->label ? STATUS_OK : error_set_no_memory(error);
}

static enum status gather_platforms(struct analysis *analysis, struct error *error)
{
    analysis->platforms = calloc(analysis->datasets.count + 1, sizeof *analysis->platforms);
    if (!analysis->platforms)
        return error_set_no_memory(error);
    enum status status = STATUS_OK;
    for (size_t p = 0; p < analysis->datasets.count && status == STATUS_OK; p++) {
        analysis->platforms[p].dataset = &analysis->datasets.items[p];
        analysis->platform_count++;
        status = label_platform(&analysis->platforms[p], error);
    }
    return status;
}

// ---- cells ----

static const struct estimate unknown = {.value = NAN, .interval = {.low = NAN, .high = NAN, .coverage = NAN}};

// Room for all cells of all datasets, and for the values of any cell.
struct gathering {
    struct analysis *analysis;
    struct words allocators, patterns; // those of the analysis
    double *scratch;
};

struct estimate cell_median_estimate(const struct dataset_cell *cell, enum metric metric, double confidence,
                                     double *scratch)
{
    const struct cell_metric *times = &cell->metrics[metric];
    if (cell->process_count > 0)
        return statistics_median_estimate(times->process_medians, cell->process_count, confidence, scratch);
    struct estimate median = unknown;
    if (cell->trials > 0)
        median.value = times->median;
    return median;
}

static struct analysis_cell gather_cell(const struct gathering *gathering, size_t platform,
                                        const struct dataset_cell *data)
{
    struct analysis_cell cell = {
        .data = data,
        .platform = platform,
        .allocator = find_word(&gathering->allocators, data->name.allocator),
        .pattern = find_word(&gathering->patterns, data->name.pattern),
    };
    for (int m = 0; m < METRIC_COUNT; m++)
        cell.medians[m] = cell_median_estimate(data, (enum metric)m, interval_confidence, gathering->scratch);
    return cell;
}

static void gather_traversal(const struct gathering *gathering, const struct analysis_cell *cell)
{
    const struct dataset_cell *data = cell->data;
    if (data->traversal_count == 0)
        return;
    struct analysis_traversal *traversal =
        &gathering->analysis->traversals[gathering->analysis->traversal_count++];
    *traversal = (struct analysis_traversal){
        .data = data, .platform = cell->platform, .allocator = cell->allocator, .pattern = cell->pattern};
    for (int age = 0; age < HEAP_AGE_COUNT; age++)
        traversal->ns_per_object[age] = statistics_median_estimate(
            data->traversals[age], data->traversal_count, interval_confidence, gathering->scratch);
}

// Whether the axis has more than one value in the dataset.
static bool is_swept(const struct dataset *dataset, enum axis_id axis)
{
    const struct dataset_cell *first = NULL;
    for (size_t i = 0; i < dataset->count; i++) {
        if (dataset->cells[i].control)
            continue;
        if (first && cell_name_value(dataset->cells[i].name, axis) != cell_name_value(first->name, axis))
            return true;
        first = first ? first : &dataset->cells[i];
    }
    return false;
}

// Sets for which axes that is so, and returns whether it is for any.
static bool find_swept(struct analysis *analysis, const struct dataset *dataset)
{
    bool any = false;
    for (int i = 0; i < AXIS_COUNT; i++) {
        bool swept = is_swept(dataset, (enum axis_id)i);
        analysis->swept[i] = analysis->swept[i] || swept;
        any = any || swept;
    }
    return any;
}

static void gather_dataset(const struct gathering *gathering, size_t index)
{
    struct analysis *analysis = gathering->analysis;
    struct analysis_platform *platform = &analysis->platforms[index];
    bool several = find_swept(analysis, platform->dataset);
    platform->first_cell = analysis->cell_count;
    for (size_t i = 0; i < platform->dataset->count; i++) {
        const struct dataset_cell *data = &platform->dataset->cells[i];
        if (data->control)
            continue;
        struct analysis_cell cell = gather_cell(gathering, index, data);
        if (cell_name_is_standard(data->name))
            analysis->cells[analysis->cell_count++] = cell;
        if (several)
            analysis->swept_cells[analysis->swept_cell_count++] = cell;
        gather_traversal(gathering, &cell);
    }
    platform->cell_end = analysis->cell_count;
}

enum status cells_gather(struct analysis *analysis, struct error *error)
{
    size_t total = 0, most = 0;
    for (size_t p = 0; p < analysis->datasets.count; p++) {
        const struct dataset *dataset = &analysis->datasets.items[p];
        total += dataset->count;
        for (size_t i = 0; i < dataset->count; i++) {
            most = dataset->cells[i].process_count > most ? dataset->cells[i].process_count : most;
            most = dataset->cells[i].traversal_count > most ? dataset->cells[i].traversal_count : most;
        }
    }
    CLEANUP(free_pointer) double *scratch = calloc(most + 1, sizeof *scratch);
    analysis->cells = calloc(total + 1, sizeof *analysis->cells);
    analysis->swept_cells = calloc(total + 1, sizeof *analysis->swept_cells);
    analysis->traversals = calloc(total + 1, sizeof *analysis->traversals);
    if (!scratch || !analysis->cells || !analysis->swept_cells || !analysis->traversals)
        return error_set_no_memory(error);
    enum status status = gather_platforms(analysis, error);
    if (status == STATUS_OK)
        status = gather_words(analysis, error);
    const struct gathering gathering = {
        .analysis = analysis,
        .allocators = {analysis->allocators, analysis->allocator_count, false},
        .patterns = {analysis->patterns, analysis->pattern_count, true},
        .scratch = scratch,
    };
    for (size_t p = 0; p < analysis->platform_count && status == STATUS_OK; p++)
        gather_dataset(&gathering, p);
    return status;
}

const struct analysis_cell *cells_find(const struct analysis *analysis, const struct analysis_cell *cell,
                                       size_t allocator)
{
    const struct analysis_platform *platform = &analysis->platforms[cell->platform];
    struct cell_name name = cell_name_with(cell->data->name, analysis->allocators[allocator]);
    size_t low = platform->first_cell, high = platform->cell_end;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = cell_name_order(name, analysis->cells[middle].data->name);
        if (order == 0)
            return analysis_cell_has_times(&analysis->cells[middle]) ? &analysis->cells[middle] : NULL;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}
