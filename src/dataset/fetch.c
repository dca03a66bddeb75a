// From the tables to datasets. The queries give what is needed in the order that C keeps it in; see
// sql/fetch_*.sql.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "dataset/private.h"
#include "sql.h"

// Columns of fetch_platforms.sql.
enum platform_column { PLATFORM_NAME, PLATFORM_SOURCE, PLATFORM_LEFT_OUT_ROWS, PLATFORM_OTHER_NAME };

// Columns of fetch_cells.sql.
enum cell_column {
    CELL_PLATFORM,
    CELL_ALLOCATOR,
    CELL_PATTERN,
    CELL_SIZE_BYTES,
    CELL_SWEPT, // and the other swept axes
    CELL_CONTROL = CELL_SWEPT + SWEPT_AXIS_COUNT,
    CELL_OUTCOME,
    CELL_REASON,
    CELL_TRIALS,
    CELL_DISTURBED,
    CELL_OBJECTS_PER_TRIAL,
    CELL_TOTAL, // and those of the metric from there on, see copy_metric()
    CELL_LATENCY = CELL_TOTAL + 9,
    CELL_MEASURED = CELL_LATENCY + 9,
    CELL_FRESH, // and the other ages
    CELL_PAGE_FAULTS = CELL_FRESH + HEAP_AGE_COUNT,
    CELL_HEAP_CALLS,
    CELL_MAP_CALLS,
    CELL_L1D_MISSES,
    CELL_DTLB_MISSES,
};

static double real_or_nan(const struct database_rows *rows, size_t column)
{
    return database_rows_is_null(rows, column) ? NAN : database_rows_real(rows, column);
}

// False when memory ran out.
static bool take_text(const struct database_rows *rows, size_t column, char **ret_text)
{
    *ret_text = database_rows_is_null(rows, column) ? NULL : database_rows_text(rows, column);
    return *ret_text || database_rows_is_null(rows, column);
}

// ---- platforms ----

static bool name_files(const struct source_list *sources, size_t source, struct dataset *dataset)
{
    if (!sources)
        return true;
    const struct source *item = &sources->items[source];
    dataset->benchmark_file = strdup(item->benchmark_name);
    dataset->details_file = item->details_name ? strdup(item->details_name) : NULL;
    return dataset->benchmark_file && (dataset->details_file || !item->details_name);
}

static enum status fetch_platforms(struct dataset_list *list, const struct source_list *sources,
                                   struct error *error)
{
    CLEANUP(database_rows_release) struct database_rows rows = {0};
    enum status status =
        database_query(&list->database, fetch_platforms_sql, DATABASE_NO_PARAMETERS, &rows, error);
    while (status == STATUS_OK && database_rows_next(&rows)) {
        struct dataset *items = realloc(list->items, (list->count + 1) * sizeof *items);
        if (!items)
            return error_set_no_memory(error);
        list->items = items;
        struct dataset *dataset = &items[list->count++];
        *dataset = (struct dataset){.left_out_rows = database_rows_unsigned(&rows, PLATFORM_LEFT_OUT_ROWS)};
        size_t source = database_rows_unsigned(&rows, PLATFORM_SOURCE);
        dataset->replicated = !sources || sources->items[source].details_name;
        if (!take_text(&rows, PLATFORM_NAME, &dataset->platform) || !name_files(sources, source, dataset) ||
            !take_text(&rows, PLATFORM_OTHER_NAME, &dataset->other_platform))
            return error_set_no_memory(error);
    }
    return status;
}

static enum status fetch_facts(struct dataset_list *list, struct error *error)
{
    CLEANUP(database_rows_release) struct database_rows rows = {0};
    enum status status =
        database_query(&list->database, fetch_facts_sql, DATABASE_NO_PARAMETERS, &rows, error);
    while (status == STATUS_OK && database_rows_next(&rows)) {
        struct facts *facts = &list->items[database_rows_unsigned(&rows, 0)].facts;
        CLEANUP(free_pointer) char *key = database_rows_text(&rows, 1);
        CLEANUP(free_pointer) char *value = database_rows_text(&rows, 2);
        if (!key || !value)
            return error_set_no_memory(error);
        facts_set(facts, key, value);
        status = facts_check(facts, error);
    }
    return status;
}

// ---- cells ----

static size_t count_values(const struct database_rows *rows, size_t column)
{
    size_t count = 0;
    if (!database_rows_is_null(rows, column))
        database_rows_reals(rows, column, &count);
    return count;
}

// One block holds the numbers, the probes, the metrics' medians and the traversals: that of the store, made
// longer.
static enum status take_processes(const struct database_rows *rows, struct process_store *store,
                                  struct dataset_cell *cell, struct error *error)
{
    struct process_values none = {0};
    struct process_values *processes = database_rows_is_null(rows, CELL_MEASURED)
                                           ? &none
                                           : &store->items[database_rows_unsigned(rows, CELL_MEASURED)];
    size_t count = processes->count, traversals = count_values(rows, CELL_FRESH);
    if (traversals > 0 || !processes->values) {
        size_t room = count * (2 + METRIC_COUNT) + traversals * HEAP_AGE_COUNT;
        double *larger = realloc(processes->values, (room + 1) * sizeof *larger);
        if (!larger)
            return error_set_no_memory(error);
        processes->values = larger;
    }
    double *place = processes->values;
    processes->values = NULL;
    cell->process_count = count;
    cell->process_numbers = place;
    cell->process_probes = place += count;
    for (size_t m = 0; m < METRIC_COUNT; m++)
        cell->metrics[m].process_medians = place += count;
    place += count;
    for (size_t age = 0; age < HEAP_AGE_COUNT && traversals > 0; age++) { // lists of the same rows
        size_t length;
        const double *values = database_rows_reals(rows, CELL_FRESH + age, &length);
        cell->traversals[age] = memcpy(place, values, traversals * sizeof *place);
        place += traversals;
    }
    cell->traversal_count = traversals;
    return STATUS_OK;
}

static void copy_metric(const struct database_rows *rows, size_t column, struct cell_metric *metric)
{
    double *const values[] = {&metric->mean,   &metric->standard_deviation,
                              &metric->p5,     &metric->p25,
                              &metric->median, &metric->p75,
                              &metric->p95,    &metric->minimum,
                              &metric->maximum};
    for (size_t i = 0; i < COUNT_OF(values); i++)
        *values[i] = real_or_nan(rows, column + i);
}

// Words have been checked. False when memory ran out.
static bool take_swept(const struct database_rows *rows, struct cell_name *name)
{
    size_t column = CELL_SWEPT;
    for (int i = 0; i < AXIS_COUNT; i++) {
        if (axes[i].place != AXIS_PLACE_SWEPT)
            continue;
        if (axes[i].type == AXIS_TYPE_NUMBER) {
            cell_name_set(name, (enum axis_id)i, (uint64_t)database_rows_signed(rows, column++));
            continue;
        }
        uint32_t value = axes[i].standard;
        CLEANUP(free_pointer) char *word = database_rows_text(rows, column++);
        if (!word)
            return false;
        axis_parse(&axes[i], word, &value);
        cell_name_set(name, (enum axis_id)i, value);
    }
    return true;
}

static enum status copy_cell(const struct database_rows *rows, struct process_store *store,
                             struct dataset_cell *cell, struct error *error)
{
    char *allocator, *pattern;
    bool named = take_text(rows, CELL_ALLOCATOR, &allocator);
    named = take_text(rows, CELL_PATTERN, &pattern) && named;
    *cell = (struct dataset_cell){
        .name = {.allocator = allocator,
                 .pattern = pattern,
                 .size_bytes = database_rows_unsigned(rows, CELL_SIZE_BYTES)},
        .control = database_rows_boolean(rows, CELL_CONTROL),
        .trials = database_rows_unsigned(rows, CELL_TRIALS),
        .disturbed_trials = database_rows_unsigned(rows, CELL_DISTURBED),
        .objects_per_trial = real_or_nan(rows, CELL_OBJECTS_PER_TRIAL),
        .page_faults = real_or_nan(rows, CELL_PAGE_FAULTS),
        .heap_calls = real_or_nan(rows, CELL_HEAP_CALLS),
        .map_calls = real_or_nan(rows, CELL_MAP_CALLS),
        .l1d_misses = real_or_nan(rows, CELL_L1D_MISSES),
        .dtlb_misses = real_or_nan(rows, CELL_DTLB_MISSES),
    };
    named = take_swept(rows, &cell->name) && named;
    bool judged = take_text(rows, CELL_OUTCOME, &cell->outcome);
    judged = take_text(rows, CELL_REASON, &cell->reason) && judged;
    copy_metric(rows, CELL_TOTAL, &cell->metrics[METRIC_TOTAL]);
    copy_metric(rows, CELL_LATENCY, &cell->metrics[METRIC_LATENCY]);
    return named && judged ? take_processes(rows, store, cell, error) : error_set_no_memory(error);
}

static enum status append_cell(struct dataset *dataset, size_t *capacity, const struct database_rows *rows,
                               struct process_store *store, struct error *error)
{
    if (dataset->count == *capacity) {
        size_t larger = *capacity ? *capacity * 2 : 256;
        struct dataset_cell *cells = realloc(dataset->cells, larger * sizeof *cells);
        if (!cells)
            return error_set_no_memory(error);
        dataset->cells = cells;
        *capacity = larger;
    }
    return copy_cell(rows, store, &dataset->cells[dataset->count++], error);
}

static int order_cells(const void *left, const void *right)
{
    return cell_name_order(((const struct dataset_cell *)left)->name,
                           ((const struct dataset_cell *)right)->name);
}

static enum status fetch_cells(struct dataset_list *list, struct process_store *store, struct error *error)
{
    CLEANUP(database_rows_release) struct database_rows rows = {0};
    enum status status =
        database_query(&list->database, fetch_cells_sql, DATABASE_NO_PARAMETERS, &rows, error);
    size_t capacity = 0, current = 0;
    while (status == STATUS_OK && database_rows_next(&rows)) {
        size_t platform = database_rows_unsigned(&rows, CELL_PLATFORM);
        capacity = platform == current ? capacity : 0;
        current = platform;
        status = append_cell(&list->items[platform], &capacity, &rows, store, error);
    }
    for (size_t i = 0; i < list->count && status == STATUS_OK; i++)
        if (list->items[i].count > 0)
            qsort(list->items[i].cells, list->items[i].count, sizeof *list->items[i].cells, order_cells);
    return status;
}

// A file that cannot be used leaves its datasets as they are.
static enum status fetch_values(struct dataset_list *list, const struct source_list *sources, bool skip_bad,
                                struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < list->count && status == STATUS_OK; i++)
        for (size_t k = 0; k < sources->count && status == STATUS_OK; k++) {
            const struct source *source = &sources->items[k];
            struct error of_file = {0};
            if (!source->measurements_path ||
                strcmp(source->benchmark_name, list->items[i].benchmark_file) != 0)
                continue;
            status = values_read_file(&list->database, source, &list->items[i], skip_bad ? &of_file : error);
            if (skip_bad && status != STATUS_OK && status != STATUS_NO_MEMORY)
                status = dataset_leave_out(list, source->measurements_name, of_file.cause, error);
        }
    return status;
}

enum status fetch_datasets(struct dataset_list *list, const struct source_list *sources, bool skip_bad,
                           struct process_store *store, struct error *error)
{
    enum status status = fetch_platforms(list, sources, error);
    if (status == STATUS_OK)
        status = fetch_facts(list, error);
    if (status == STATUS_OK)
        status = fetch_cells(list, store, error);
    return status == STATUS_OK && sources ? fetch_values(list, sources, skip_bad, error) : status;
}
