#include "analysis/summaries.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/printable.h"
#include "sql.h"

// Columns of fetch_cells.sql.
enum cell_column {
    CELL_PLATFORM,
    CELL_ALLOCATOR,
    CELL_PATTERN,
    CELL_SIZE_BYTES,
    CELL_OUTCOME,
    CELL_REASON,
    CELL_INCONCLUSIVE,
    CELL_TRIALS,
    CELL_OBJECTS_PER_TRIAL,
    CELL_TOTAL, // and those of the metric from there on, see metric_column
    CELL_LATENCY = CELL_TOTAL + 5,
    CELL_PROCESS_NUMBERS = CELL_LATENCY + 5,
    CELL_PROCESS_TOTALS,
    CELL_PROCESS_LATENCIES,
    CELL_PAGE_FAULTS,
    CELL_HEAP_CALLS,
    CELL_MAP_CALLS,
    CELL_L1D_MISSES,
    CELL_DTLB_MISSES,
};

enum metric_column { METRIC_MEAN, METRIC_DEVIATION, METRIC_QUANTILES, METRIC_MINIMUM, METRIC_MAXIMUM };

enum { QUANTILES = 5 };

static double real_or_nan(const struct database_rows *rows, size_t column)
{
    return database_rows_is_null(rows, column) ? NAN : database_rows_real(rows, column);
}

static enum status fetch_platforms(struct analysis *analysis, const struct source_list *sources,
                                   struct error *error)
{
    CLEANUP(database_rows_release) struct database_rows rows = {0};
    enum status status =
        database_query(&analysis->database, fetch_platforms_sql, DATABASE_NO_PARAMETERS, &rows, error);
    while (status == STATUS_OK && database_rows_next(&rows)) {
        size_t count = analysis->platform_count;
        struct analysis_platform *platforms = realloc(analysis->platforms, (count + 1) * sizeof *platforms);
        if (!platforms)
            return error_set_no_memory(error);
        analysis->platforms = platforms;
        const struct source *source = &sources->items[database_rows_unsigned(&rows, 1)];
        platforms[count] = (struct analysis_platform){
            .name = database_rows_text(&rows, 0),
            .benchmark_file = strdup(source->benchmark_name),
            .details_file = source->details_name ? strdup(source->details_name) : NULL,
        };
        analysis->platform_count++;
        if (!platforms[count].name || !platforms[count].benchmark_file)
            return error_set_no_memory(error);
    }
    return status;
}

static enum status fetch_facts(struct analysis *analysis, struct error *error)
{
    CLEANUP(database_rows_release) struct database_rows rows = {0};
    enum status status =
        database_query(&analysis->database, fetch_facts_sql, DATABASE_NO_PARAMETERS, &rows, error);
    while (status == STATUS_OK && database_rows_next(&rows)) {
        struct facts *facts = &analysis->platforms[database_rows_unsigned(&rows, 0)].facts;
        CLEANUP(free_pointer) char *key = database_rows_text(&rows, 1);
        CLEANUP(free_pointer) char *value = database_rows_text(&rows, 2);
        if (!key || !value)
            return error_set_no_memory(error);
        facts_set(facts, key, value);
        status = facts_check(facts, error);
    }
    return status;
}

static enum status fetch_allocators(struct analysis *analysis, struct error *error)
{
    CLEANUP(database_rows_release) struct database_rows rows = {0};
    enum status status =
        database_query(&analysis->database, fetch_allocators_sql, DATABASE_NO_PARAMETERS, &rows, error);
    while (status == STATUS_OK && database_rows_next(&rows)) {
        size_t count = analysis->allocator_count;
        char **allocators = realloc(analysis->allocators, (count + 1) * sizeof *allocators);
        if (!allocators)
            return error_set_no_memory(error);
        analysis->allocators = allocators;
        allocators[count] = database_rows_text(&rows, 0);
        analysis->allocator_count++;
        if (!allocators[count])
            return error_set_no_memory(error);
    }
    return status;
}

// One process of a cell.
struct process_value {
    double number, total, latency;
};

static int compare_processes(const void *left, const void *right)
{
    const struct process_value *a = left, *b = right;
    return (a->number > b->number) - (a->number < b->number);
}

// Copies the lists, ordered by process. One block holds the numbers and both metrics' medians.
static enum status copy_processes(const struct database_rows *rows, struct analysis_cell *cell,
                                  struct error *error)
{
    if (database_rows_is_null(rows, CELL_PROCESS_NUMBERS))
        return STATUS_OK;
    size_t count;
    const double *numbers = database_rows_reals(rows, CELL_PROCESS_NUMBERS, &count);
    const double *totals = database_rows_reals(rows, CELL_PROCESS_TOTALS, &count);
    const double *latencies = database_rows_reals(rows, CELL_PROCESS_LATENCIES, &count);
    CLEANUP(free_pointer) struct process_value *processes = calloc(count + 1, sizeof *processes);
    cell->process_numbers = calloc(count * 3 + 1, sizeof *cell->process_numbers);
    if (!processes || !cell->process_numbers)
        return error_set_no_memory(error);
    for (size_t i = 0; i < count; i++)
        processes[i] = (struct process_value){numbers[i], totals[i], latencies[i]};
    qsort(processes, count, sizeof *processes, compare_processes);
    double *total_medians = cell->process_numbers + count, *latency_medians = total_medians + count;
    for (size_t i = 0; i < count; i++) {
        cell->process_numbers[i] = processes[i].number;
        total_medians[i] = processes[i].total;
        latency_medians[i] = processes[i].latency;
    }
    cell->process_count = count;
    cell->metrics[METRIC_TOTAL].process_medians = total_medians;
    cell->metrics[METRIC_LATENCY].process_medians = latency_medians;
    return STATUS_OK;
}

static void copy_metric(const struct database_rows *rows, size_t column, struct metric_summary *summary)
{
    double quantiles[QUANTILES] = {NAN, NAN, NAN, NAN, NAN};
    if (!database_rows_is_null(rows, column + METRIC_QUANTILES)) {
        size_t count;
        const double *found = database_rows_reals(rows, column + METRIC_QUANTILES, &count);
        memcpy(quantiles, found, (count < QUANTILES ? count : QUANTILES) * sizeof *quantiles);
    }
    *summary = (struct metric_summary){
        .median = {.value = quantiles[2], .interval = {.low = NAN, .high = NAN, .coverage = NAN}},
        .mean = real_or_nan(rows, column + METRIC_MEAN),
        .standard_deviation = real_or_nan(rows, column + METRIC_DEVIATION),
        .minimum = real_or_nan(rows, column + METRIC_MINIMUM),
        .p5 = quantiles[0],
        .p25 = quantiles[1],
        .p75 = quantiles[3],
        .p95 = quantiles[4],
        .maximum = real_or_nan(rows, column + METRIC_MAXIMUM),
    };
}

// All but the time, which is in the metrics.
static struct cause_counts counts_of(const struct database_rows *rows, const char *allocator,
                                     const struct analysis_cell *cell)
{
    static const char growing[] = "_cold"; // how strategies.def names those that start from nothing
    const char *heap = strchr(allocator, '@');
    size_t length = heap ? (size_t)(heap - allocator) : strlen(allocator);
    return (struct cause_counts){
        .page_faults = real_or_nan(rows, CELL_PAGE_FAULTS),
        .heap_calls = real_or_nan(rows, CELL_HEAP_CALLS),
        .map_calls = real_or_nan(rows, CELL_MAP_CALLS),
        .l1d_misses = real_or_nan(rows, CELL_L1D_MISSES),
        .dtlb_misses = real_or_nan(rows, CELL_DTLB_MISSES),
        .live_bytes = (double)cell->size_bytes * (cell->pattern == PATTERN_immediate ? 1 : BATCH_SIZE),
        .grows = length >= strlen(growing) &&
                 strncmp(allocator + length - strlen(growing), growing, strlen(growing)) == 0,
        .other_heap = heap != NULL,
    };
}

static enum status copy_cell(const struct database_rows *rows, char *const *allocators,
                             struct analysis_cell *cell, struct error *error)
{
    *cell = (struct analysis_cell){
        .platform = database_rows_unsigned(rows, CELL_PLATFORM),
        .allocator = database_rows_unsigned(rows, CELL_ALLOCATOR),
        .pattern = (enum pattern_id)database_rows_unsigned(rows, CELL_PATTERN),
        .size_bytes = database_rows_unsigned(rows, CELL_SIZE_BYTES),
        .outcome = database_rows_text(rows, CELL_OUTCOME),
        .reason = database_rows_is_null(rows, CELL_REASON) ? NULL : database_rows_text(rows, CELL_REASON),
        .inconclusive = database_rows_boolean(rows, CELL_INCONCLUSIVE),
        .trials = database_rows_unsigned(rows, CELL_TRIALS),
        .objects_per_trial = real_or_nan(rows, CELL_OBJECTS_PER_TRIAL),
    };
    cell->counts = counts_of(rows, allocators[cell->allocator], cell);
    copy_metric(rows, CELL_TOTAL, &cell->metrics[METRIC_TOTAL]);
    copy_metric(rows, CELL_LATENCY, &cell->metrics[METRIC_LATENCY]);
    return cell->outcome ? copy_processes(rows, cell, error) : error_set_no_memory(error);
}

// The median over the medians of the processes, with its interval.
static enum status estimate_medians(struct analysis_cell *cell, struct error *error)
{
    if (cell->process_count == 0)
        return STATUS_OK;
    CLEANUP(free_pointer) double *scratch = calloc(cell->process_count, sizeof *scratch);
    if (!scratch)
        return error_set_no_memory(error);
    for (int m = 0; m < METRIC_COUNT; m++)
        cell->metrics[m].median = statistics_median_estimate(
            cell->metrics[m].process_medians, cell->process_count, CONFIDENCE_PERCENT / 100.0, scratch);
    return STATUS_OK;
}

static void write_limit(struct database_table_writer *writer, double value)
{
    if (isnan(value))
        database_table_writer_null(writer);
    else
        database_table_writer_real(writer, value);
}

static void write_estimates(const struct analysis *analysis, const struct analysis_cell *cell,
                            struct database_table_writer *writer)
{
    database_table_writer_text(writer, analysis->platforms[cell->platform].name);
    database_table_writer_text(writer, analysis->allocators[cell->allocator]);
    database_table_writer_text(writer, patterns[cell->pattern].name);
    database_table_writer_unsigned(writer, cell->size_bytes);
    for (int m = 0; m < METRIC_COUNT; m++) {
        const struct estimate *median = &cell->metrics[m].median;
        write_limit(writer, median->value);
        write_limit(writer, median->interval.low);
        write_limit(writer, median->interval.high);
    }
    database_table_writer_end_row(writer);
}

static enum status append_cell(struct analysis *analysis, size_t *capacity, const struct database_rows *rows,
                               struct error *error)
{
    if (analysis->cell_count == *capacity) {
        size_t larger = *capacity ? *capacity * 2 : 256;
        struct analysis_cell *cells = realloc(analysis->cells, larger * sizeof *cells);
        if (!cells)
            return error_set_no_memory(error);
        analysis->cells = cells;
        *capacity = larger;
    }
    struct analysis_cell *cell = &analysis->cells[analysis->cell_count++];
    enum status status = copy_cell(rows, analysis->allocators, cell, error);
    struct analysis_platform *platform = &analysis->platforms[cell->platform];
    if (platform->cell_end == 0)
        platform->first_cell = analysis->cell_count - 1;
    platform->cell_end = analysis->cell_count;
    return status == STATUS_OK ? estimate_medians(cell, error) : status;
}

static enum status fetch_cells(struct analysis *analysis, struct error *error)
{
    CLEANUP(database_rows_release) struct database_rows rows = {0};
    CLEANUP(database_table_writer_release) struct database_table_writer writer = {0};
    size_t capacity = 0;
    enum status status =
        database_query(&analysis->database, fetch_cells_sql, DATABASE_NO_PARAMETERS, &rows, error);
    if (status == STATUS_OK)
        status = database_table_writer_begin(&analysis->database, "estimates", &writer, error);
    while (status == STATUS_OK && database_rows_next(&rows)) {
        status = append_cell(analysis, &capacity, &rows, error);
        if (status == STATUS_OK)
            write_estimates(analysis, &analysis->cells[analysis->cell_count - 1], &writer);
    }
    return status == STATUS_OK ? database_table_writer_finish(&writer, error) : status;
}

// Numbers of another touch than the document's are named wherever the platform is.
static enum status label_touches(struct analysis *analysis, struct error *error)
{
    for (size_t i = 0; i < analysis->platform_count; i++) {
        struct analysis_platform *platform = &analysis->platforms[i];
        const char *touch = facts_get(&platform->facts, "plan.touch");
        CLEANUP(text_release) struct text label = {0};
        text_append(&label, platform->name);
        if (touch && strcmp(touch, "word") != 0) {
            text_append(&label, " (touch ");
            text_append_printable(&label, touch, "");
            text_append(&label, ")");
        }
        platform->label = text_take(&label);
        if (!platform->label)
            return error_set_no_memory(error);
    }
    return STATUS_OK;
}

enum status summaries_fetch(struct analysis *analysis, const struct source_list *sources, struct error *error)
{
    enum status status = fetch_platforms(analysis, sources, error);
    if (status == STATUS_OK)
        status = fetch_facts(analysis, error);
    if (status == STATUS_OK)
        status = fetch_allocators(analysis, error);
    if (status == STATUS_OK)
        status = fetch_cells(analysis, error);
    return status == STATUS_OK ? label_touches(analysis, error) : status;
}

enum status summaries_estimate(const struct database_rows *rows, size_t column, struct estimate *ret_estimate,
                               size_t *ret_processes, struct error *error)
{
    *ret_estimate = (struct estimate){.value = NAN, .interval = {.low = NAN, .high = NAN, .coverage = NAN}};
    *ret_processes = 0;
    if (database_rows_is_null(rows, column))
        return STATUS_OK;
    const double *values = database_rows_reals(rows, column, ret_processes);
    CLEANUP(free_pointer) double *scratch = calloc(*ret_processes + 1, sizeof *scratch);
    if (!scratch)
        return error_set_no_memory(error);
    *ret_estimate = statistics_median_estimate(values, *ret_processes, CONFIDENCE_PERCENT / 100.0, scratch);
    return STATUS_OK;
}
