// Files are read in batches, in which DuckDB works in parallel and pays its costs per query once. Nothing is
// kept of a batch that fails anywhere.
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/printable.h"
#include "dataset/private.h"
#include "patterns/patterns.h"
#include "results/results.h"
#include "sql.h"

struct step {
    const char *sql;
    enum {
        STEP_RUN,
        STEP_CHECK
    } kind; // a check gives the first problem: source, is it in the details file, column,
            // problem
    enum { STEP_ALWAYS, STEP_WITH_DETAILS, STEP_WITH_BOTH_FILES } when;
};

// From the relations benchmark_rows and details_rows to what is kept.
static const struct step steps[] = {
    {beside_trials_sql, STEP_RUN, STEP_WITH_DETAILS},
    {value_problem_sql, STEP_CHECK, STEP_ALWAYS},
    {failure_problem_sql, STEP_CHECK, STEP_WITH_DETAILS},
    {batch_platforms_sql, STEP_RUN, STEP_WITH_BOTH_FILES},
    {belonging_problem_sql, STEP_CHECK, STEP_WITH_BOTH_FILES},
    {empty_problem_sql, STEP_CHECK, STEP_ALWAYS},
};

static enum status fill_batch_sources(const struct loader *loader, const struct batch *batch,
                                      struct error *error)
{
    CLEANUP(database_table_writer_release) struct database_table_writer writer = {0};
    enum status status = database_table_writer_begin(loader->database, "batch_sources", &writer, error);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < batch->count; i++) {
        const struct source *source = &loader->sources->items[batch->indices[i]];
        database_table_writer_unsigned(&writer, batch->indices[i]);
        database_table_writer_text(&writer, source->benchmark_path);
        if (batch->with_details)
            database_table_writer_text(&writer, source->details_path);
        else
            database_table_writer_null(&writer);
        database_table_writer_end_row(&writer);
    }
    return database_table_writer_finish(&writer, error);
}

// ---- a problem of a file ----

// How the user knows a file; the path itself when it is none of the sources.
static const char *shown_name(const struct loader *loader, const char *path)
{
    for (size_t i = 0; i < loader->sources->count; i++) {
        const struct source *source = &loader->sources->items[i];
        if (strcmp(source->benchmark_path, path) == 0)
            return source->benchmark_name;
        if (source->details_path && strcmp(source->details_path, path) == 0)
            return source->details_name;
    }
    return path;
}

static const char *remedy_of(const struct loader *loader)
{
    return loader->skip_bad || loader->sources->count > 1 ? DATASET_SKIP_REMEDY : DATASET_REPLACE_REMEDY;
}

enum status loader_refuse(const struct loader *loader, const char *name, const char *column,
                          const char *problem, struct error *error)
{
    CLEANUP(text_release) struct text cause = {0};
    text_append_printable(&cause, name, "");
    text_append_format(&cause, "%s%s: ", column ? ", column " : "", column ? column : "");
    text_append_printable(&cause, problem, "");
    return error_set(error, STATUS_BAD_DATA, remedy_of(loader), "cannot use %s", text_string(&cause));
}

// Turns the row of a check into an error.
static enum status set_problem(const struct loader *loader, struct database_rows *rows, struct error *error)
{
    CLEANUP(free_pointer) char *column = database_rows_text(rows, 2);
    CLEANUP(free_pointer) char *problem = database_rows_text(rows, 3);
    if (!column || !problem)
        return error_set_no_memory(error);
    if (loader->sources->count == 0)
        return loader_refuse(loader, "the run's records", column, problem, error);
    const struct source *source = &loader->sources->items[database_rows_unsigned(rows, 0)];
    bool is_details = database_rows_boolean(rows, 1) && source->details_name;
    return loader_refuse(loader, is_details ? source->details_name : source->benchmark_name, column, problem,
                         error);
}

// ---- reading ----

// Columns of the projections' checks.
enum { CHECK_PATH, CHECK_ROW, CHECK_COLUMN, CHECK_VALUE, CHECK_FAMILY };

// The first value of the files, if any, that cannot be converted.
static enum status check_conversions(const struct loader *loader, const struct projection *projection,
                                     struct error *error)
{
    CLEANUP(text_release) struct text sql = {0}, problem = {0};
    CLEANUP(database_rows_release) struct database_rows rows = {0};
    if (projection->checks.length == 0)
        return STATUS_OK;
    text_append_format(&sql,
                       "SELECT path, row::UBIGINT, column_name, value, family FROM (%s) "
                       "ORDER BY path, row LIMIT 1",
                       text_string(&projection->checks));
    enum status status = text_check(&sql, error);
    if (status == STATUS_OK)
        status = database_query(loader->database, text_string(&sql), DATABASE_NO_PARAMETERS, &rows, error);
    if (status != STATUS_OK || !database_rows_next(&rows))
        return status;
    CLEANUP(free_pointer) char *path = database_rows_text(&rows, CHECK_PATH);
    CLEANUP(free_pointer) char *column = database_rows_text(&rows, CHECK_COLUMN);
    CLEANUP(free_pointer) char *value = database_rows_text(&rows, CHECK_VALUE);
    CLEANUP(free_pointer) char *family = database_rows_text(&rows, CHECK_FAMILY);
    if (!path || !column || !value || !family)
        return error_set_no_memory(error);
    text_append_format(&problem, "in row %" PRIu64 ", '%.60s' is no %s",
                       database_rows_unsigned(&rows, CHECK_ROW), value, family);
    status = text_check(&problem, error);
    return status == STATUS_OK
               ? loader_refuse(loader, shown_name(loader, path), column, text_string(&problem), error)
               : status;
}

// Makes the relation `name` of the files' columns of ours. `ret_alike` is false when they cannot be read
// together.
static enum status make_rows(const struct loader *loader, enum file_kind kind,
                             const struct string_list *files, bool *ret_alike, struct error *error)
{
    bool is_details = kind == FILE_DETAILS;
    const char *variable = is_details ? "details_files" : "benchmark_files";
    CLEANUP(projection_release) struct projection projection = {0};
    CLEANUP(text_release) struct text sql = {0};
    struct database *database = loader->database;
    enum status status = projection_find(database, kind, files, &projection, ret_alike, error);
    const struct refused_column *refused = &projection.refused;
    if (status == STATUS_OK && refused->column)
        return loader_refuse(loader, shown_name(loader, text_string(&refused->path)), refused->column,
                             refused->problem, error);
    if (status != STATUS_OK || !*ret_alike)
        return status;
    status = check_conversions(loader, &projection, error);
    if (status != STATUS_OK)
        return status;
    text_append_format(
        &sql,
        "CREATE OR REPLACE TEMP VIEW %s AS SELECT s.source, r.* FROM (SELECT \"%s\" AS path, %s FROM "
        "read_parquet(getvariable('%s'), filename = '%s', hive_partitioning = false)) AS r "
        "JOIN batch_sources AS s ON s.%s = r.path",
        is_details ? "details_rows" : "benchmark_rows", projection.path_column,
        text_string(&projection.select), variable, projection.path_column,
        is_details ? "details_path" : "benchmark_path");
    text_append_format(&sql, "; SET VARIABLE absent_columns = string_split($absent, ' ')");
    status = text_check(&sql, error);
    return status == STATUS_OK ? database_run(database, text_string(&sql),
                                              DATABASE_PARAMETERS({"absent", DATABASE_TEXT,
                                                                   .text = text_string(&projection.absent)}),
                                              error)
                               : status;
}

// A file of a later version is named as such before its columns are looked at.
static enum status check_format(const struct loader *loader, struct error *error)
{
    CLEANUP(database_rows_release) struct database_rows rows = {0};
    enum status status = database_query(
        loader->database, newer_format_sql,
        DATABASE_PARAMETERS({"format", DATABASE_UNSIGNED, .number = RESULTS_FORMAT}), &rows, error);
    if (status != STATUS_OK || !database_rows_next(&rows))
        return status;
    const struct source *source = &loader->sources->items[database_rows_unsigned(&rows, 0)];
    bool is_details = !database_rows_is_null(&rows, 1) && database_rows_boolean(&rows, 1);
    CLEANUP(free_pointer) char *format = database_rows_text(&rows, 2);
    CLEANUP(text_release) struct text shown = {0};
    text_append_printable(&shown, is_details ? source->details_name : source->benchmark_name, "");
    text_append(&shown, ": it is of format ");
    text_append_printable(&shown, format ? format : "?", "");
    return error_set(error, STATUS_BAD_DATA, "Use the memalloc-bench that wrote it, or a newer one.",
                     "cannot use %s, and this program reads formats up to %d", text_string(&shown),
                     RESULTS_FORMAT);
}

static enum status begin_batch(const struct loader *loader, const struct batch *batch, bool *ret_alike,
                               struct error *error)
{
    CLEANUP(string_list_release) struct string_list benchmarks = {0}, details = {0};
    enum status status = STATUS_OK;
    for (size_t i = 0; i < batch->count && status == STATUS_OK; i++) {
        const struct source *source = &loader->sources->items[batch->indices[i]];
        status = files_add_pattern(&benchmarks, source->benchmark_path, error);
        if (status == STATUS_OK && batch->with_details)
            status = files_add_pattern(&details, source->details_path, error);
    }
    if (status == STATUS_OK)
        status = database_run(loader->database, begin_batch_sql,
                              DATABASE_PARAMETERS({"benchmark_files", DATABASE_TEXTS, .texts = &benchmarks},
                                                  {"details_files", DATABASE_TEXTS, .texts = &details}),
                              error);
    if (status == STATUS_OK)
        status = fill_batch_sources(loader, batch, error);
    if (status == STATUS_OK)
        status = check_format(loader, error);
    *ret_alike = true;
    if (status == STATUS_OK)
        status = make_rows(loader, FILE_BENCHMARK, &benchmarks, ret_alike, error);
    if (status == STATUS_OK && *ret_alike && batch->with_details)
        status = make_rows(loader, FILE_DETAILS, &details, ret_alike, error);
    return status;
}

static bool is_due(const struct step *step, bool with_details, bool from_files)
{
    switch (step->when) {
    case STEP_ALWAYS:
        return true;
    case STEP_WITH_DETAILS:
        return with_details;
    case STEP_WITH_BOTH_FILES:
        break;
    }
    return with_details && from_files;
}

static struct database_parameters step_parameters(bool with_details)
{
    static const struct database_parameter parameters[2][2] = {
#define PARAMETERS(has_details)                                                                              \
    {                                                                                                        \
        {"has_details", DATABASE_UNSIGNED, .number = (has_details)},                                         \
        {"trial_objects", DATABASE_REAL, .real = BATCH_SIZE * INNER_LOOP},                                   \
    }
        PARAMETERS(0), PARAMETERS(1)};
    return (struct database_parameters){parameters[with_details], 2};
}

static enum status run_step(const struct loader *loader, bool with_details, const struct step *step,
                            struct error *error)
{
    struct database *database = loader->database;
    if (step->kind == STEP_RUN)
        return database_run(database, step->sql, step_parameters(with_details), error);
    CLEANUP(database_rows_release) struct database_rows rows = {0};
    enum status status = database_query(database, step->sql, step_parameters(with_details), &rows, error);
    if (status == STATUS_OK && database_rows_next(&rows))
        status = set_problem(loader, &rows, error);
    return status;
}

static enum status run_steps(const struct loader *loader, bool with_details, bool from_files,
                             struct error *error)
{
    enum status status = measure_cells(loader->database, with_details, from_files, loader->store, error);
    for (size_t i = 0; i < COUNT_OF(steps) && status == STATUS_OK; i++)
        if (is_due(&steps[i], with_details, from_files))
            status = run_step(loader, with_details, &steps[i], error);
    return status;
}

static enum status keep_batch(struct database *database, bool with_details, bool from_files,
                              struct error *error)
{
    enum status status = database_run(database, "BEGIN", DATABASE_NO_PARAMETERS, error);
    if (status == STATUS_OK)
        status = database_run(database, keep_batch_sql, step_parameters(with_details), error);
    if (status == STATUS_OK && from_files)
        status = database_run(database, keep_facts_sql, step_parameters(with_details), error);
    if (status == STATUS_OK)
        return database_run(database, "COMMIT", DATABASE_NO_PARAMETERS, error);
    enum status rollback_status = database_run(database, "ROLLBACK", DATABASE_NO_PARAMETERS, NULL);
    (void)rollback_status; // what went wrong first is what counts
    return status;
}

enum status load_batch(const struct loader *loader, const struct batch *batch, bool *ret_alike,
                       struct error *error)
{
    enum status status = begin_batch(loader, batch, ret_alike, error);
    if (status != STATUS_OK || !*ret_alike)
        return status;
    status = run_steps(loader, batch->with_details, true, error);
    if (status == STATUS_OK)
        status = keep_batch(loader->database, batch->with_details, true, error);
    return status;
}

enum status load_details_table(struct dataset_list *list, const char *platform,
                               struct process_store *ret_store, struct error *error)
{
    static const char rows_of_table[] =
        "INSERT INTO batch_sources VALUES (0, '', ''); INSERT INTO platforms VALUES (0, $platform, NULL); "
        "CREATE OR REPLACE TEMP VIEW details_rows AS SELECT 0::UBIGINT AS source, * FROM details";
    CLEANUP(string_list_release) struct string_list no_files = {0};
    struct source_list no_sources = {0};
    struct database *database = &list->database;
    const struct loader loader = {list, database, &no_sources, ret_store, false};
    enum status status = tables_create(database, error);
    if (status == STATUS_OK)
        status = database_run(database, begin_batch_sql,
                              DATABASE_PARAMETERS({"benchmark_files", DATABASE_TEXTS, .texts = &no_files},
                                                  {"details_files", DATABASE_TEXTS, .texts = &no_files}),
                              error);
    if (status == STATUS_OK)
        status = database_run(database, rows_of_table,
                              DATABASE_PARAMETERS({"platform", DATABASE_TEXT, .text = platform}), error);
    if (status == STATUS_OK)
        status = run_steps(&loader, true, false, error);
    return status == STATUS_OK ? keep_batch(database, true, false, error) : status;
}
