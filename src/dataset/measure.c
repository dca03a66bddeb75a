// From the trials of a batch of files to the table batch_cells and the values of processes.
//
// DuckDB reads and groups; a cell's trials come as one list, and are counted here: of so few values at a time
// that is much quicker than aggregates of SQL are. Trials are taken by iteration, so that sums do not depend
// on how threads shared the rows.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "dataset/private.h"
#include "patterns/patterns.h"
#include "sql.h"

// Rows that are grouped at once. More of them are grouped in parts, each a share of the cells, so that large
// files need no more memory.
enum { MAX_ROWS = 1 << 20 };

// Columns of trials_of_*.sql; those before COLUMN_POSSIBLE and after COLUMN_TRIALS go to batch_cells as they
// are.
enum {
    COLUMN_SOURCE,
    COLUMN_POSSIBLE = 6 + SWEPT_AXIS_COUNT,
    COLUMN_TRIALS,
    COLUMN_DIGEST,
    COLUMN_END = COLUMN_DIGEST + 4,
};

// Members of a trial.
enum {
    MEMBER_ITERATION,
    MEMBER_PROCESS,
    MEMBER_TIMES,
    COUNTED_MEMBERS = MEMBER_TIMES + METRIC_COUNT, // those before are counted in batch_cells
    MEMBER_PROBE_BEFORE = COUNTED_MEMBERS,
    MEMBER_PROBE_AFTER,
    MEMBER_COUNT,
};

struct cell_trial {
    int64_t iteration, process;
    double times[METRIC_COUNT];
    double probe; // the geometric mean of the two beside it; NaN: unknown
};

// The cell at hand. The buffers are kept for the next one.
struct measurement {
    struct cell_trial *trials; // by iteration, then by process
    double *values;            // as many
    size_t capacity;           // of both
    size_t count;
    uint64_t present[MEMBER_COUNT]; // trials that have the value
    int64_t repeated_iteration;
    uint64_t repetitions; // of that; 0: every iteration is there once
};

static void measurement_release(struct measurement *measurement)
{
    free(measurement->trials);
    free(measurement->values);
}

// ---- what C keeps of processes ----

void process_store_release(struct process_store *store)
{
    for (size_t i = 0; i < store->count; i++)
        free(store->items[i].values);
    free(store->items);
    pthread_mutex_destroy(&store->lock);
}

static bool make_longer(struct process_store *store)
{
    size_t larger = store->capacity ? store->capacity * 2 : 256;
    struct process_values *items = realloc(store->items, larger * sizeof *items);
    if (!items)
        return false;
    store->items = items;
    store->capacity = larger;
    return true;
}

// Room for that many processes, and where it is kept; NULL when memory ran out.
static double *add_processes(struct process_store *store, size_t processes, size_t *ret_at)
{
    double *values = malloc(processes * (2 + METRIC_COUNT) * sizeof *values);
    if (!values)
        return NULL;
    pthread_mutex_lock(&store->lock);
    bool has_room = store->count < store->capacity || make_longer(store);
    if (has_room) {
        *ret_at = store->count++;
        store->items[*ret_at] = (struct process_values){values, processes};
    }
    pthread_mutex_unlock(&store->lock);
    if (has_room)
        return values;
    free(values);
    return NULL;
}

// ---- the trials of a cell ----

static int order_by_iteration(const void *left, const void *right)
{
    const struct cell_trial *a = left, *b = right;
    return (a->iteration > b->iteration) - (a->iteration < b->iteration);
}

static int order_by_process(const void *left, const void *right)
{
    const struct cell_trial *a = left, *b = right;
    return (a->process > b->process) - (a->process < b->process);
}

// Files are mostly in order.
static void sort_trials(struct measurement *measurement, int (*order)(const void *, const void *))
{
    for (size_t i = 1; i < measurement->count; i++)
        if (order(&measurement->trials[i - 1], &measurement->trials[i]) > 0) {
            qsort(measurement->trials, measurement->count, sizeof *measurement->trials, order);
            return;
        }
}

static enum status make_room(struct measurement *measurement, size_t count, struct error *error)
{
    if (count <= measurement->capacity)
        return STATUS_OK;
    measurement_release(measurement);
    *measurement = (struct measurement){0};
    measurement->trials = calloc(count, sizeof *measurement->trials);
    measurement->values = calloc(count, sizeof *measurement->values);
    if (!measurement->trials || !measurement->values)
        return error_set_no_memory(error);
    measurement->capacity = count;
    return STATUS_OK;
}

static int64_t value_or_0(const struct database_members *members, size_t index, uint64_t *present)
{
    if (!database_members_has(members, index))
        return 0;
    ++*present;
    return members->values[index];
}

static void find_repeated(struct measurement *measurement)
{
    const struct cell_trial *trials = measurement->trials;
    for (size_t i = 1; i < measurement->count && measurement->repetitions == 0; i++)
        if (trials[i].iteration == trials[i - 1].iteration) {
            measurement->repeated_iteration = trials[i].iteration;
            measurement->repetitions = 2;
            while (++i < measurement->count && trials[i].iteration == measurement->repeated_iteration)
                measurement->repetitions++;
        }
}

// A first batch of no time lasted less than a tick of its clock; see batch_ns() of sql/schema.sql.
static enum status take_trials(const struct database_rows *rows, struct measurement *measurement,
                               struct error *error)
{
    struct database_members members[MEMBER_COUNT];
    for (size_t m = 0; m < MEMBER_COUNT; m++)
        members[m] = database_rows_members(rows, COLUMN_TRIALS, m);
    enum status status = make_room(measurement, members[0].count, error);
    if (status != STATUS_OK)
        return status;
    *measurement = (struct measurement){.trials = measurement->trials,
                                        .values = measurement->values,
                                        .capacity = measurement->capacity,
                                        .count = members[0].count};
    for (size_t i = 0; i < measurement->count; i++) {
        int64_t found[MEMBER_COUNT];
        for (size_t m = 0; m < MEMBER_COUNT; m++)
            found[m] = value_or_0(&members[m], i, &measurement->present[m]);
        struct cell_trial *trial = &measurement->trials[i];
        trial->iteration = found[MEMBER_ITERATION];
        trial->process = found[MEMBER_PROCESS];
        for (size_t m = 0; m < METRIC_COUNT; m++)
            trial->times[m] = (double)found[MEMBER_TIMES + m];
        double before = (double)found[MEMBER_PROBE_BEFORE], after = (double)found[MEMBER_PROBE_AFTER];
        trial->probe = before > 0 && after > 0 ? sqrt(before * after) : NAN;
        if (trial->times[METRIC_LATENCY] == 0)
            trial->times[METRIC_LATENCY] = 1;
    }
    sort_trials(measurement, order_by_iteration);
    if (measurement->present[MEMBER_ITERATION] == measurement->count)
        find_repeated(measurement);
    return STATUS_OK;
}

// ---- statistics of a cell ----

// By Welford's method, in one pass.
static void append_mean_and_deviation(const struct measurement *measurement, enum metric metric,
                                      struct database_table_writer *writer)
{
    long double sum = 0; // of whole numbers: exact
    double mean = 0, squares = 0;
    for (size_t i = 0; i < measurement->count; i++) {
        double value = measurement->trials[i].times[metric], above = value - mean;
        sum += value;
        mean += above / (double)(i + 1);
        squares += above * (value - mean);
    }
    database_table_writer_real(writer, (double)(sum / (long double)measurement->count));
    if (measurement->count > 1)
        database_table_writer_real(writer, sqrt(squares / (double)(measurement->count - 1)));
    else
        database_table_writer_null(writer);
}

// As DuckDB's quantile_cont() interpolates, to the last digit.
static double quantile(const double *sorted, size_t count, double probability)
{
    double position = (double)(count - 1) * probability, below = floor(position), weight = position - below;
    double low = sorted[(size_t)below], high = sorted[(size_t)ceil(position)];
    return low == high ? low : low * (1.0 - weight) + high * weight;
}

static void append_metric(const struct measurement *measurement, enum metric metric,
                          struct database_table_writer *writer)
{
    static const double probabilities[] = {0.05, 0.25, 0.5, 0.75, 0.95, 0, 1};
    append_mean_and_deviation(measurement, metric, writer);
    for (size_t i = 0; i < measurement->count; i++)
        measurement->values[i] = measurement->trials[i].times[metric];
    statistics_sort(measurement->values, measurement->count);
    for (size_t i = 0; i < COUNT_OF(probabilities); i++)
        database_table_writer_real(writer,
                                   quantile(measurement->values, measurement->count, probabilities[i]));
}

static double median_of_sorted(const double *sorted, size_t count)
{
    return count > 0 ? (sorted[(count - 1) / 2] + sorted[count / 2]) / 2 : NAN;
}

// Of the trials from `first` to before `end`.
static double median_probe(struct measurement *measurement, size_t first, size_t end)
{
    size_t count = 0;
    for (size_t i = first; i < end; i++)
        if (!isnan(measurement->trials[i].probe))
            measurement->values[count++] = measurement->trials[i].probe;
    statistics_sort(measurement->values, count);
    return median_of_sorted(measurement->values, count);
}

// The medians of each process; the trials are ordered by process.
static enum status measure_processes(struct measurement *measurement, struct process_store *store,
                                     size_t *ret_at, size_t *ret_processes, struct error *error)
{
    const struct cell_trial *trials = measurement->trials;
    size_t processes = 1, process = 0;
    for (size_t i = 1; i < measurement->count; i++)
        processes += trials[i].process != trials[i - 1].process;
    double *added = add_processes(store, processes, ret_at);
    if (!added)
        return error_set_no_memory(error);
    for (size_t first = 0, end; first < measurement->count; first = end) {
        for (end = first + 1; end < measurement->count && trials[end].process == trials[first].process;)
            end++;
        added[process] = (double)trials[first].process;
        added[processes + process] = median_probe(measurement, first, end);
        for (size_t m = 0; m < METRIC_COUNT; m++) {
            for (size_t i = first; i < end; i++)
                measurement->values[i] = trials[i].times[m];
            statistics_sort(measurement->values + first, end - first);
            added[(2 + m) * processes + process] = median_of_sorted(measurement->values + first, end - first);
        }
        process++;
    }
    *ret_processes = processes;
    return STATUS_OK;
}

static void append_counts(const struct measurement *measurement, struct database_table_writer *writer)
{
    database_table_writer_unsigned(writer, measurement->count);
    for (size_t m = 0; m < COUNTED_MEMBERS; m++)
        database_table_writer_unsigned(writer, measurement->present[m]);
    database_table_writer_signed(writer, measurement->trials[0].iteration);
    database_table_writer_signed(writer, measurement->trials[measurement->count - 1].iteration);
    if (measurement->repetitions > 0)
        database_table_writer_signed(writer, measurement->repeated_iteration);
    else
        database_table_writer_null(writer);
    database_table_writer_unsigned(writer, measurement->repetitions);
}

// A cell with a missing value is refused by its counts.
static void append_metrics(const struct measurement *measurement, struct database_table_writer *writer)
{
    for (size_t m = 0; m < METRIC_COUNT; m++)
        append_metric(measurement, (enum metric)m, writer);
}

static enum status append_processes(struct measurement *measurement, struct process_store *store,
                                    struct database_table_writer *writer, struct error *error)
{
    size_t at = 0, processes = 0;
    sort_trials(measurement, order_by_process);
    database_table_writer_signed(writer, measurement->trials[0].process);
    if (measurement->present[MEMBER_PROCESS] < measurement->count) {
        database_table_writer_null(writer);
        database_table_writer_null(writer);
        return STATUS_OK;
    }
    enum status status = measure_processes(measurement, store, &at, &processes, error);
    if (status != STATUS_OK)
        return status;
    database_table_writer_unsigned(writer, processes);
    database_table_writer_unsigned(writer, at);
    return STATUS_OK;
}

static enum status append_cell(const struct database_rows *rows, struct measurement *measurement,
                               struct process_store *store, struct database_table_writer *writer,
                               struct error *error)
{
    enum status status = take_trials(rows, measurement, error);
    if (status != STATUS_OK)
        return status;
    for (size_t c = COLUMN_SOURCE; c < COLUMN_END; c++)
        if (c != COLUMN_POSSIBLE && c != COLUMN_TRIALS)
            database_table_writer_copy(writer, rows, c);
    append_counts(measurement, writer);
    append_metrics(measurement, writer);
    status = append_processes(measurement, store, writer, error);
    database_table_writer_end_row(writer);
    return status;
}

// ---- a batch ----

// Of files their footers alone are read.
static enum status count_rows(struct database *database, bool with_details, bool from_files,
                              uint64_t *ret_count, struct error *error)
{
    CLEANUP(database_rows_release) struct database_rows rows = {0};
    enum status status = database_query(
        database,
        !from_files    ? "SELECT count(*)::UBIGINT FROM details_rows"
        : with_details ? "SELECT count(*)::UBIGINT FROM read_parquet(getvariable('details_files'), "
                         "hive_partitioning = false)"
                       : "SELECT count(*)::UBIGINT FROM read_parquet(getvariable('benchmark_files'), "
                         "hive_partitioning = false)",
        DATABASE_NO_PARAMETERS, &rows, error);
    if (status == STATUS_OK && database_rows_next(&rows))
        *ret_count = database_rows_unsigned(&rows, 0);
    return status;
}

// The cells of one share of the rows.
static enum status measure_rows(struct database *database, struct database_rows *rows,
                                struct process_store *store, struct error *error)
{
    CLEANUP(database_table_writer_release) struct database_table_writer cells = {0}, left_out = {0};
    CLEANUP(measurement_release) struct measurement measurement = {0};
    enum status status = database_table_writer_begin(database, "batch_cells", &cells, error);
    if (status == STATUS_OK)
        status = database_table_writer_begin(database, "batch_left_out", &left_out, error);
    while (status == STATUS_OK && database_rows_next(rows)) {
        if (database_rows_boolean(rows, COLUMN_POSSIBLE)) {
            status = append_cell(rows, &measurement, store, &cells, error);
            continue;
        }
        database_table_writer_copy(&left_out, rows, COLUMN_SOURCE);
        database_table_writer_unsigned(&left_out, database_rows_members(rows, COLUMN_TRIALS, 0).count);
        database_table_writer_end_row(&left_out);
    }
    if (status == STATUS_OK)
        status = database_table_writer_finish(&cells, error);
    return status == STATUS_OK ? database_table_writer_finish(&left_out, error) : status;
}

enum status measure_cells(struct database *database, bool with_details, bool from_files,
                          struct process_store *store, struct error *error)
{
    uint64_t row_count = 0;
    enum status status = count_rows(database, with_details, from_files, &row_count, error);
    uint64_t parts = row_count / MAX_ROWS + 1;
    for (uint64_t part = 0; part < parts && status == STATUS_OK; part++) {
        CLEANUP(database_rows_release) struct database_rows rows = {0};
        status = database_query(database, with_details ? trials_of_details_sql : trials_of_benchmarks_sql,
                                DATABASE_PARAMETERS({"part", DATABASE_UNSIGNED, .number = part},
                                                    {"parts", DATABASE_UNSIGNED, .number = parts}),
                                &rows, error);
        if (status == STATUS_OK)
            status = measure_rows(database, &rows, store, error);
    }
    return status;
}
