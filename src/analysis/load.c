// Files are read in batches, in which DuckDB works in parallel and pays its costs per query once. Nothing is
// kept of a batch that fails anywhere; its files are then read one by one, so that the culprit is known.
#include "analysis/load.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/printable.h"
#include "sql.h"
#include "strategies/strategies.h"
#include "wire/record.h"

enum { FILES_PER_BATCH = 50 };

static const char skip_remedy[] = "Replace it by a good copy, remove it, or go on without it by --skip-bad.";

struct loader {
    struct analysis *analysis;
    const struct source_list *sources;
    const struct analysis_options *options;
};

// Some sources that are read together: either all with their details files or all without.
struct batch {
    const size_t *indices; // in the list of sources
    size_t count;
    bool with_details;
};

struct step {
    const char *sql;
    enum { STEP_RUN, STEP_CHECK } kind; // a check gives the first problem as a row: file, column, problem
    enum { STEP_ALWAYS, STEP_WITHOUT_DETAILS, STEP_WITH_DETAILS } when;
};

static const struct step steps[] = {
    {column_problem_sql, STEP_CHECK, STEP_ALWAYS},
    {samples_of_benchmarks_sql, STEP_RUN, STEP_WITHOUT_DETAILS},
    {samples_of_details_sql, STEP_RUN, STEP_WITH_DETAILS},
    {batch_cells_sql, STEP_RUN, STEP_ALWAYS},
    {value_problem_sql, STEP_CHECK, STEP_ALWAYS},
    {duplicate_problem_sql, STEP_CHECK, STEP_ALWAYS},
    {batch_benchmarks_sql, STEP_RUN, STEP_WITH_DETAILS},
    {belonging_problem_sql, STEP_CHECK, STEP_WITH_DETAILS},
    {batch_processes_sql, STEP_RUN, STEP_WITH_DETAILS},
    {batch_census_sql, STEP_RUN, STEP_WITH_DETAILS},
    {batch_failures_sql, STEP_RUN, STEP_WITH_DETAILS},
    {failure_problem_sql, STEP_CHECK, STEP_WITH_DETAILS},
    {batch_live_rows_sql, STEP_RUN, STEP_WITH_DETAILS},
    {live_objects_problem_sql, STEP_CHECK, STEP_WITH_DETAILS},
    {batch_live_objects_sql, STEP_RUN, STEP_WITH_DETAILS},
    {batch_twins_sql, STEP_RUN, STEP_WITH_DETAILS},
    {batch_traverse_rows_sql, STEP_RUN, STEP_WITH_DETAILS},
    {traversals_problem_sql, STEP_CHECK, STEP_WITH_DETAILS},
    {empty_problem_sql, STEP_CHECK, STEP_ALWAYS},
};

static const char *const steps_to_keep[] = {keep_benchmarks_sql, keep_details_sql};

// DuckDB takes *, ? and [ in a file's name for a pattern; in brackets they stand for themselves. It splits
// patterns at backslashes, so that a name with both has no spelling.
static enum status add_pattern(struct string_list *list, const char *path, struct error *error)
{
    if (!strpbrk(path, "*?["))
        return string_list_add(list, path, error);
    if (strchr(path, '\\'))
        return error_set(error, STATUS_BAD_DATA, "Rename the file or its directory.",
                         "its path holds a backslash together with one of * ? [");
    CLEANUP(text_release) struct text pattern = {0};
    for (const char *c = path; *c; c++)
        text_append_format(&pattern, strchr("*?[", *c) ? "[%c]" : "%c", *c);
    enum status status = text_check(&pattern, error);
    return status == STATUS_OK ? string_list_add(list, text_string(&pattern), error) : status;
}

static enum status fill_batch_sources(const struct loader *loader, const struct batch *batch,
                                      struct error *error)
{
    CLEANUP(database_table_writer_release) struct database_table_writer writer = {0};
    enum status status =
        database_table_writer_begin(&loader->analysis->database, "batch_sources", &writer, error);
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

static enum status begin_batch(const struct loader *loader, const struct batch *batch, struct error *error)
{
    CLEANUP(string_list_release) struct string_list benchmarks = {0}, details = {0};
    enum status status = STATUS_OK;
    for (size_t i = 0; i < batch->count && status == STATUS_OK; i++) {
        const struct source *source = &loader->sources->items[batch->indices[i]];
        status = add_pattern(&benchmarks, source->benchmark_path, error);
        if (status == STATUS_OK && batch->with_details)
            status = add_pattern(&details, source->details_path, error);
    }
    if (status == STATUS_OK)
        status = database_run(&loader->analysis->database, begin_batch_sql,
                              DATABASE_PARAMETERS({"benchmark_files", DATABASE_TEXTS, .texts = &benchmarks},
                                                  {"details_files", DATABASE_TEXTS, .texts = &details}),
                              error);
    return status == STATUS_OK ? fill_batch_sources(loader, batch, error) : status;
}

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

// Turns the row of a check into an error.
static enum status set_problem(struct database_rows *rows, struct error *error)
{
    CLEANUP(free_pointer) char *path = database_rows_text(rows, 0);
    CLEANUP(free_pointer) char *column = database_rows_text(rows, 1);
    CLEANUP(free_pointer) char *problem = database_rows_text(rows, 2);
    if (!path || !column || !problem)
        return error_set_no_memory(error);
    CLEANUP(text_release) struct text cause = {0};
    text_append_printable(&cause, file_name(path), "");
    text_append_format(&cause, ", column %s: ", column);
    text_append_printable(&cause, problem, "");
    return error_set(error, STATUS_BAD_DATA, skip_remedy, "cannot use %s", text_string(&cause));
}

static enum status run_step(const struct loader *loader, const struct batch *batch, const struct step *step,
                            struct error *error)
{
    const struct database_parameters parameters =
        DATABASE_PARAMETERS({"has_details", DATABASE_UNSIGNED, .number = batch->with_details},
                            {"trial_objects", DATABASE_UNSIGNED, .number = BATCH_SIZE * INNER_LOOP});
    struct database *database = &loader->analysis->database;
    if (step->kind == STEP_RUN)
        return database_run(database, step->sql, parameters, error);
    CLEANUP(database_rows_release) struct database_rows rows = {0};
    enum status status = database_query(database, step->sql, parameters, &rows, error);
    if (status == STATUS_OK && database_rows_next(&rows))
        status = set_problem(&rows, error);
    return status;
}

static enum status keep_batch(const struct loader *loader, const struct batch *batch, struct error *error)
{
    struct database *database = &loader->analysis->database;
    enum status status = database_run(database, "BEGIN", DATABASE_NO_PARAMETERS, error);
    if (status == STATUS_OK)
        status = database_run(database, steps_to_keep[batch->with_details], DATABASE_NO_PARAMETERS, error);
    if (status == STATUS_OK)
        status = database_run(database, keep_facts_sql, DATABASE_NO_PARAMETERS, error);
    if (status == STATUS_OK)
        return database_run(database, "COMMIT", DATABASE_NO_PARAMETERS, error);
    enum status rollback_status = database_run(database, "ROLLBACK", DATABASE_NO_PARAMETERS, NULL);
    (void)rollback_status; // what went wrong first is what counts
    return status;
}

static enum status load_batch(const struct loader *loader, const struct batch *batch, struct error *error)
{
    enum status status = begin_batch(loader, batch, error);
    for (size_t i = 0; i < COUNT_OF(steps) && status == STATUS_OK; i++)
        if (steps[i].when == STEP_ALWAYS || (steps[i].when == STEP_WITH_DETAILS) == batch->with_details)
            status = run_step(loader, batch, &steps[i], error);
    return status == STATUS_OK ? keep_batch(loader, batch, error) : status;
}

// Adds the file's name to what DuckDB says; our own checks have named it already. That memory ran out is not
// the file's fault.
static enum status name_culprit(enum status status, const char *name, struct error *error)
{
    static const char ours[] = "cannot use ";
    if (status == STATUS_NO_MEMORY || strncmp(error->cause, ours, strlen(ours)) == 0)
        return status;
    CLEANUP(text_release) struct text cause = {0};
    text_append(&cause, ours);
    text_append_printable(&cause, name, "");
    text_append_format(&cause, ": %s", error->cause);
    return error_set(error, STATUS_BAD_DATA, skip_remedy, "%s", text_string(&cause));
}

static enum status load_one(const struct loader *loader, size_t index, bool with_details, struct error *error)
{
    const struct source *source = &loader->sources->items[index];
    struct error local = {0};
    enum status status = load_batch(
        loader, &(struct batch){.indices = &index, .count = 1, .with_details = with_details}, &local);
    if (status != STATUS_OK)
        status = name_culprit(status, with_details ? source->details_name : source->benchmark_name, &local);
    if (status != STATUS_OK && error)
        *error = local;
    return status;
}

static enum status pass_on(enum status status, const struct error *cause, struct error *error)
{
    if (error)
        *error = *cause;
    return status;
}

// The culprit is the benchmark file if it is no good alone, otherwise the details file.
static enum status load_or_leave_out(const struct loader *loader, size_t index, bool with_details,
                                     struct error *error)
{
    struct source *source = &loader->sources->items[index];
    struct error first = {0}, second = {0};
    enum status status = load_one(loader, index, with_details, &first);
    if (status == STATUS_OK)
        return STATUS_OK;
    if (!loader->options->skip_bad || status == STATUS_NO_MEMORY)
        return pass_on(status, &first, error);
    if (!with_details)
        return analysis_leave_out(loader->analysis, source->benchmark_name, first.cause, error);
    status = load_one(loader, index, false, &second);
    if (status == STATUS_NO_MEMORY)
        return pass_on(status, &second, error);
    if (status != STATUS_OK)
        return analysis_leave_out(loader->analysis, source->benchmark_name, second.cause, error);
    status = analysis_leave_out(loader->analysis, source->details_name, first.cause, error);
    free(source->details_name);
    source->details_name = NULL;
    return status;
}

static enum status load_group(const struct loader *loader, const struct batch *group, struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t first = 0; first < group->count && status == STATUS_OK; first += FILES_PER_BATCH) {
        struct batch batch = *group;
        batch.indices += first;
        batch.count = group->count - first < FILES_PER_BATCH ? group->count - first : FILES_PER_BATCH;
        if (batch.count > 1 && load_batch(loader, &batch, NULL) == STATUS_OK)
            continue;
        for (size_t i = 0; i < batch.count && status == STATUS_OK; i++)
            status = load_or_leave_out(loader, batch.indices[i], batch.with_details, error);
    }
    return status;
}

static enum status load_all(const struct loader *loader, struct error *error)
{
    const struct source_list *sources = loader->sources;
    CLEANUP(free_pointer) size_t *indices = calloc(sources->count + 1, sizeof *indices);
    if (!indices)
        return error_set_no_memory(error);
    for (int with_details = 0; with_details <= 1; with_details++) {
        struct batch group = {.indices = indices, .count = 0, .with_details = with_details != 0};
        for (size_t i = 0; i < sources->count; i++)
            if ((sources->items[i].details_path != NULL) == group.with_details)
                indices[group.count++] = i;
        enum status status = load_group(loader, &group, error);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

static enum status fill_known_words(struct database *database, struct error *error)
{
    CLEANUP(database_table_writer_release)
    struct database_table_writer allocators = {0}, known_patterns = {0}, outcomes = {0};
    enum status status = database_table_writer_begin(database, "known_allocators", &allocators, error);
    if (status == STATUS_OK)
        status = database_table_writer_begin(database, "known_patterns", &known_patterns, error);
    if (status == STATUS_OK)
        status = database_table_writer_begin(database, "known_outcomes", &outcomes, error);
    if (status != STATUS_OK)
        return status;
    for (unsigned i = 0; i < STRATEGY_COUNT; i++) {
        database_table_writer_text(&allocators, strategies[i].name);
        database_table_writer_unsigned(&allocators, i);
        database_table_writer_end_row(&allocators);
    }
    for (unsigned i = 0; i < PATTERN_COUNT; i++) {
        database_table_writer_text(&known_patterns, patterns[i].name);
        database_table_writer_unsigned(&known_patterns, i);
        database_table_writer_real(&known_patterns,
                                   pattern_expected_objects((enum pattern_id)i) * INNER_LOOP);
        database_table_writer_end_row(&known_patterns);
    }
    for (unsigned i = 0; i < OUTCOME_COUNT; i++) {
        database_table_writer_text(&outcomes, outcome_name((enum outcome)i));
        database_table_writer_end_row(&outcomes);
    }
    status = database_table_writer_finish(&allocators, error);
    if (status == STATUS_OK)
        status = database_table_writer_finish(&known_patterns, error);
    return status == STATUS_OK ? database_table_writer_finish(&outcomes, error) : status;
}

static enum status delete_source(struct database *database, size_t source, struct error *error)
{
    return database_run(database, "DELETE FROM cells WHERE source = $source",
                        DATABASE_PARAMETERS({"source", DATABASE_UNSIGNED, .number = source}), error);
}

// Two files that claim one platform: with skip_bad the later one by name is left out.
static enum status check_platforms(const struct loader *loader, struct error *error)
{
    struct database *database = &loader->analysis->database;
    for (;;) {
        CLEANUP(database_rows_release) struct database_rows rows = {0};
        enum status status =
            database_query(database, claimed_twice_sql, DATABASE_NO_PARAMETERS, &rows, error);
        if (status != STATUS_OK || !database_rows_next(&rows))
            return status;
        size_t later = database_rows_unsigned(&rows, 0);
        const char *name = loader->sources->items[later].benchmark_name;
        CLEANUP(free_pointer) char *platform = database_rows_text(&rows, 2);
        CLEANUP(text_release) struct text cause = {0};
        text_append_format(&cause, "column platform: '%s' is the platform of ", platform ? platform : "");
        text_append_printable(&cause, loader->sources->items[database_rows_unsigned(&rows, 1)].benchmark_name,
                              "");
        text_append(&cause, ", too");
        if (!loader->options->skip_bad)
            return error_set(error, STATUS_BAD_DATA,
                             "Remove one of the two files, or measure again under another name.",
                             "cannot use %s: %s", name, text_string(&cause));
        status = analysis_leave_out(loader->analysis, name, text_string(&cause), error);
        if (status == STATUS_OK)
            status = delete_source(database, later, error);
        if (status != STATUS_OK)
            return status;
    }
}

enum status load_sources(struct analysis *analysis, const struct source_list *sources,
                         const struct analysis_options *options, struct error *error)
{
    const struct loader loader = {analysis, sources, options};
    enum status status = database_run(&analysis->database, schema_sql, DATABASE_NO_PARAMETERS, error);
    if (status == STATUS_OK)
        status = fill_known_words(&analysis->database, error);
    if (status == STATUS_OK)
        status = load_all(&loader, error);
    return status == STATUS_OK ? check_platforms(&loader, error) : status;
}
