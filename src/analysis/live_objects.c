#include "analysis/live_objects.h"

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

static enum status estimate_cell(const struct database_rows *rows, struct analysis_live_cell *cell,
                                 struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t m = 0; m < METRIC_COUNT && status == STATUS_OK; m++)
        status =
            summaries_estimate(rows, COLUMN_TOTALS + m, &cell->ns_per_object[m], &cell->process_count, error);
    return status;
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
