#include "analysis/live_objects.h"

#include <math.h>
#include <stdlib.h>

#include "analysis/summaries.h"
#include "base/cleanup.h"
#include "sql.h"

// Columns of fetch_live_objects.sql.
enum column {
    COLUMN_PLATFORM,
    COLUMN_ALLOCATOR,
    COLUMN_PATTERN,
    COLUMN_SIZE_BYTES,
    COLUMN_LIVE_OBJECTS,
    COLUMN_OUTCOME,
    COLUMN_REASON,
    COLUMN_INCONCLUSIVE,
    COLUMN_TRIALS,
    COLUMN_TOTALS, // and the other metrics, in the order of enum metric
};

static const struct estimate no_estimate = {.value = NAN,
                                            .interval = {.low = NAN, .high = NAN, .coverage = NAN}};

// The median over the processes, with its interval.
static enum status estimate_cell(const struct database_rows *rows, struct analysis_live_cell *cell,
                                 struct error *error)
{
    for (size_t m = 0; m < METRIC_COUNT; m++) {
        cell->ns_per_object[m] = no_estimate;
        if (database_rows_is_null(rows, COLUMN_TOTALS + m))
            continue;
        const double *values = database_rows_reals(rows, COLUMN_TOTALS + m, &cell->process_count);
        CLEANUP(free_pointer) double *scratch = calloc(cell->process_count + 1, sizeof *scratch);
        if (!scratch)
            return error_set_no_memory(error);
        cell->ns_per_object[m] =
            statistics_median_estimate(values, cell->process_count, CONFIDENCE_PERCENT / 100.0, scratch);
    }
    return STATUS_OK;
}

static enum status append_cell(struct analysis *analysis, size_t *capacity, const struct database_rows *rows,
                               struct error *error)
{
    if (analysis->live_cell_count == *capacity) {
        size_t larger = *capacity ? *capacity * 2 : 256;
        struct analysis_live_cell *cells = realloc(analysis->live_cells, larger * sizeof *cells);
        if (!cells)
            return error_set_no_memory(error);
        analysis->live_cells = cells;
        *capacity = larger;
    }
    struct analysis_live_cell *cell = &analysis->live_cells[analysis->live_cell_count++];
    *cell = (struct analysis_live_cell){
        .platform = database_rows_unsigned(rows, COLUMN_PLATFORM),
        .allocator = database_rows_unsigned(rows, COLUMN_ALLOCATOR),
        .pattern = (enum pattern_id)database_rows_unsigned(rows, COLUMN_PATTERN),
        .size_bytes = database_rows_unsigned(rows, COLUMN_SIZE_BYTES),
        .live_objects = database_rows_unsigned(rows, COLUMN_LIVE_OBJECTS),
        .outcome = database_rows_text(rows, COLUMN_OUTCOME),
        .reason = database_rows_is_null(rows, COLUMN_REASON) ? NULL : database_rows_text(rows, COLUMN_REASON),
        .inconclusive = database_rows_boolean(rows, COLUMN_INCONCLUSIVE),
        .trials = database_rows_unsigned(rows, COLUMN_TRIALS),
    };
    return cell->outcome ? estimate_cell(rows, cell, error) : error_set_no_memory(error);
}

enum status live_objects_fetch(struct analysis *analysis, struct error *error)
{
    CLEANUP(database_rows_release) struct database_rows rows = {0};
    size_t capacity = 0;
    enum status status =
        database_query(&analysis->database, fetch_live_objects_sql, DATABASE_NO_PARAMETERS, &rows, error);
    while (status == STATUS_OK && database_rows_next(&rows))
        status = append_cell(analysis, &capacity, &rows, error);
    return status;
}
