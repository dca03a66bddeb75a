#include <math.h>

#include <stdlib.h>

#include "analysis/private.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "patterns/patterns.h"
#include "sql.h"

static void write_limit(struct database_table_writer *writer, double value)
{
    if (isnan(value))
        database_table_writer_null(writer);
    else
        database_table_writer_real(writer, value);
}

static const double interval_confidence = 0.95;

// Of one platform, by its index.
static void write_cell(struct database_table_writer *writer, const struct dataset_cell *cell, size_t platform,
                       size_t position, double *scratch)
{
    const struct cell_name *name = &cell->name;
    database_table_writer_unsigned(writer, position);
    database_table_writer_unsigned(writer, platform);
    database_table_writer_text(writer, name->allocator);
    database_table_writer_text(writer, name->pattern);
    database_table_writer_unsigned(writer, name->size_bytes);
    for (int m = 0; m < METRIC_COUNT; m++) {
        struct estimate median = cell_median_estimate(cell, (enum metric)m, interval_confidence, scratch);
        write_limit(writer, median.value);
        write_limit(writer, median.interval.low);
        write_limit(writer, median.interval.high);
        write_limit(writer, dataset_objects(cell, (enum metric)m));
    }
    database_table_writer_end_row(writer);
}

static size_t most_processes(const struct dataset_list *datasets)
{
    size_t most = 0;
    for (size_t p = 0; p < datasets->count; p++)
        for (size_t i = 0; i < datasets->items[p].count; i++)
            most = datasets->items[p].cells[i].process_count > most
                       ? datasets->items[p].cells[i].process_count
                       : most;
    return most;
}

enum status stats_fill_estimates(struct analysis *analysis, struct error *error)
{
    CLEANUP(database_table_writer_release) struct database_table_writer writer = {0};
    struct dataset_list *datasets = &analysis->datasets;
    CLEANUP(free_pointer) double *scratch = calloc(most_processes(datasets) + 1, sizeof *scratch);
    if (!scratch)
        return error_set_no_memory(error);
    enum status status =
        database_run(&datasets->database, stats_estimates_sql, DATABASE_NO_PARAMETERS, error);
    if (status == STATUS_OK)
        status = database_table_writer_begin(&datasets->database, "estimates", &writer, error);
    if (status != STATUS_OK)
        return status;
    for (size_t p = 0, position = 0; p < datasets->count; p++)
        for (size_t i = 0; i < datasets->items[p].count; i++) {
            const struct dataset_cell *cell = &datasets->items[p].cells[i];
            if (!cell->control && cell_name_is_standard(cell->name))
                write_cell(&writer, cell, p, position++, scratch);
        }
    analysis->has_estimates = true;
    return database_table_writer_finish(&writer, error);
}

enum status analysis_write_stats(struct analysis *analysis, const char *path, struct error *error)
{
    CLEANUP(file_replacement_release) struct file_replacement replacement = {0};
    enum status status = analysis->has_estimates ? STATUS_OK : stats_fill_estimates(analysis, error);
    if (status == STATUS_OK)
        status = file_replacement_begin(&replacement, path, error);
    if (status == STATUS_OK)
        status = database_run(
            &analysis->datasets.database, stats_csv_sql,
            DATABASE_PARAMETERS({"path", DATABASE_TEXT, .text = text_string(&replacement.temporary_path)}),
            error);
    return status == STATUS_OK ? file_replacement_commit(&replacement, error) : status;
}
