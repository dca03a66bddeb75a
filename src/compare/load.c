// A run's details file holds all of it; the benchmark file beside it names the platform and must be of the
// same run. Without details, as for files of the Rust original, all trials of a cell count as one process.
#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/printable.h"
#include "compare/run_values.h"
#include "database/database.h"
#include "patterns/patterns.h"
#include "results/results.h"
#include "sql.h"
#include "strategies/strategies.h"

enum { MEMORY_LIMIT_MEBIBYTES = 1024, THREADS = 2 };

static const char broken_file_remedy[] = "Replace it by a good copy, or compare another run.";

// --- Finding the files ---

static bool is_path(const char *word)
{
    static const char extension[] = ".parquet";
    size_t length = strlen(word);
    return strchr(word, '/') ||
           (length > strlen(extension) && strcmp(word + length - strlen(extension), extension) == 0);
}

static bool exists(const char *path)
{
    struct stat information;
    return stat(path, &information) == 0;
}

// From the path of either file to those of both: the name of one is that of the other with another stem.
static void source_from_path(const char *path, struct run_source *ret_source)
{
    static const char benchmark_stem[] = "benchmark_";
    static const char details_stem[] = "details_";
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    int directory_length = (int)(name - path);
    if (strncmp(name, benchmark_stem, strlen(benchmark_stem)) == 0) {
        text_append(&ret_source->benchmark, path);
        text_append_format(&ret_source->details, "%.*s%s%s", directory_length, path, details_stem,
                           name + strlen(benchmark_stem));
    } else if (strncmp(name, details_stem, strlen(details_stem)) == 0) {
        text_append_format(&ret_source->benchmark, "%.*s%s%s", directory_length, path, benchmark_stem,
                           name + strlen(details_stem));
        text_append(&ret_source->details, path);
    } else {
        text_append(&ret_source->benchmark, path);
    }
}

enum status run_source_find(const char *word, const char *directory, struct run_source *ret_source,
                            struct error *error)
{
    CLEANUP(run_source_release) struct run_source source = {0};
    CLEANUP(text_release) struct text shown = {0};
    enum status status = STATUS_OK;
    if (is_path(word))
        source_from_path(word, &source);
    else
        status = results_paths(directory, word, &source.benchmark, &source.details, error);
    if (status == STATUS_OK)
        status = text_check(&source.benchmark, error);
    if (status == STATUS_OK)
        status = text_check(&source.details, error);
    if (status != STATUS_OK)
        return status;
    if (!exists(text_string(&source.benchmark))) {
        text_append_printable(&shown, text_string(&source.benchmark), "");
        return error_set_errno(
            error, STATUS_USAGE, errno,
            "Name a result file, or a platform with results in the directory of --results-dir.",
            "cannot find %s", text_string(&shown));
    }
    if (source.details.length > 0 && !exists(text_string(&source.details)))
        text_clear(&source.details);
    *ret_source = source;
    source = (struct run_source){0};
    return STATUS_OK;
}

// --- Reading them ---

struct reader {
    struct database *database;
    struct run_values *run;
    const char *path; // of the file that is looked at
};

static enum status bad_file(const struct reader *reader, const char *column, const char *problem,
                            struct error *error)
{
    CLEANUP(text_release) struct text text = {0};
    text_append_printable(&text, reader->path, "");
    if (column)
        text_append_format(&text, ", column %s", column);
    text_append(&text, ": ");
    text_append_printable(&text, problem, "");
    return error_set(error, STATUS_BAD_DATA, broken_file_remedy, "cannot use %s", text_string(&text));
}

// Names the file in what the database says.
static enum status name_file(const struct reader *reader, enum status status, const struct error *cause,
                             struct error *error)
{
    if (status != STATUS_OK && status != STATUS_NO_MEMORY && error)
        return bad_file(reader, NULL, cause->cause, error);
    if (status != STATUS_OK && error)
        *error = *cause;
    return status;
}

static enum status run_sql(const struct reader *reader, const char *sql,
                           struct database_parameters parameters, struct error *error)
{
    struct error cause = {0};
    return name_file(reader, database_run(reader->database, sql, parameters, &cause), &cause, error);
}

static enum status query(const struct reader *reader, const char *sql, struct database_parameters parameters,
                         struct database_rows *ret_rows, struct error *error)
{
    struct error cause = {0};
    return name_file(reader, database_query(reader->database, sql, parameters, ret_rows, &cause), &cause,
                     error);
}

// Runs a query that finds the first problem: column, problem.
static enum status check(const struct reader *reader, const char *sql, struct database_parameters parameters,
                         struct error *error)
{
    CLEANUP(database_rows_release) struct database_rows rows = {0};
    enum status status = query(reader, sql, parameters, &rows, error);
    if (status != STATUS_OK || !database_rows_next(&rows))
        return status;
    CLEANUP(free_pointer) char *column = database_rows_text(&rows, 0);
    CLEANUP(free_pointer) char *problem = database_rows_text(&rows, 1);
    if (!column || !problem)
        return error_set_no_memory(error);
    return bad_file(reader, column, problem, error);
}

// DuckDB takes * ? and [ in a file's name for a pattern; in brackets they stand for themselves.
static enum status open_file(struct reader *reader, const char *path, struct error *error)
{
    CLEANUP(text_release) struct text pattern = {0};
    reader->path = path;
    struct stat information;
    if (stat(path, &information) != 0)
        return error_set_errno(error, STATUS_ENVIRONMENT, errno, broken_file_remedy, "cannot read %s", path);
    if (!S_ISREG(information.st_mode))
        return bad_file(reader, NULL, "it is no regular file", error);
    for (const char *c = path; *c; c++)
        text_append_format(&pattern, strchr("*?[", *c) ? "[%c]" : "%c", *c);
    enum status status = text_check(&pattern, error);
    return status == STATUS_OK
               ? run_sql(reader, compare_open_file_sql,
                         DATABASE_PARAMETERS({"path", DATABASE_TEXT, .text = text_string(&pattern)}), error)
               : status;
}

static enum status add_pattern_names(struct string_list *list, struct error *error)
{
    enum status status = STATUS_OK;
    for (int i = 0; i < PATTERN_COUNT && status == STATUS_OK; i++)
        status = string_list_add(list, patterns[i].name, error);
    return status;
}

// Checks the opened file's columns, takes its trials by `trials_sql`, and checks their values.
static enum status read_trials(const struct reader *reader, const char *kind, const char *trials_sql,
                               struct error *error)
{
    CLEANUP(string_list_release) struct string_list names = {0};
    const double batches = INNER_LOOP;
    const struct database_parameters parameters = DATABASE_PARAMETERS(
        {"kind", DATABASE_TEXT, .text = kind}, {"patterns", DATABASE_TEXTS, .texts = &names},
        {"objects", DATABASE_REAL, .real = batches * BATCH_SIZE},
        {"live_objects", DATABASE_UNSIGNED, .number = BATCH_SIZE},
        {"objects_of_random", DATABASE_REAL, .real = batches * pattern_expected_objects(PATTERN_random)});
    enum status status = add_pattern_names(&names, error);
    if (status == STATUS_OK)
        status = check(reader, compare_column_problem_sql, parameters, error);
    if (status == STATUS_OK)
        status = run_sql(reader, trials_sql, parameters, error);
    if (status == STATUS_OK)
        status = check(reader, compare_value_problem_sql, parameters, error);
    return status;
}

static enum status read_facts(const struct reader *reader, struct error *error)
{
    CLEANUP(database_rows_release) struct database_rows rows = {0};
    enum status status = query(reader, compare_facts_sql, DATABASE_NO_PARAMETERS, &rows, error);
    if (status != STATUS_OK)
        return status;
    while (database_rows_next(&rows)) {
        CLEANUP(free_pointer) char *key = database_rows_text(&rows, 0);
        CLEANUP(free_pointer) char *value = database_rows_text(&rows, 1);
        if (!key || !value)
            return error_set_no_memory(error);
        facts_set(&reader->run->facts, key, value);
    }
    return facts_check(&reader->run->facts, error);
}

static enum status read_platform(const struct reader *reader, struct error *error)
{
    CLEANUP(database_rows_release) struct database_rows rows = {0};
    enum status status = query(reader, compare_platform_sql, DATABASE_NO_PARAMETERS, &rows, error);
    if (status != STATUS_OK || !database_rows_next(&rows))
        return status;
    reader->run->platform = database_rows_text(&rows, 0);
    return reader->run->platform ? STATUS_OK : error_set_no_memory(error);
}

// Of compare_cells.sql.
enum {
    COLUMN_ALLOCATOR,
    COLUMN_PATTERN,
    COLUMN_SIZE,
    COLUMN_LIVE,
    COLUMN_TRIALS,
    COLUMN_CLEAN,
    COLUMN_FAILURE,
    COLUMN_NUMBERS,
    COLUMN_VALUES,
    COLUMN_KERNEL_EVENTS,
};

static enum status take_cell(const struct reader *reader, const struct database_rows *rows,
                             struct error *error)
{
    CLEANUP(free_pointer) char *allocator = database_rows_text(rows, COLUMN_ALLOCATOR);
    CLEANUP(free_pointer) char *pattern = database_rows_text(rows, COLUMN_PATTERN);
    if (!allocator || !pattern)
        return error_set_no_memory(error);
    struct cell_values *cell = NULL;
    const struct cell_name name = {.allocator = allocator,
                                   .pattern = pattern,
                                   .size_bytes = database_rows_unsigned(rows, COLUMN_SIZE),
                                   .live_objects = database_rows_unsigned(rows, COLUMN_LIVE)};
    size_t count = 0;
    const double *numbers = database_rows_reals(rows, COLUMN_NUMBERS, &count);
    const double *values = database_rows_reals(rows, COLUMN_VALUES, &count);
    enum status status = run_values_add(reader->run, name, &cell, error);
    if (status == STATUS_OK)
        status = cell_values_resize(cell, count, error);
    if (status != STATUS_OK)
        return status;
    cell->trials = database_rows_unsigned(rows, COLUMN_TRIALS);
    cell->clean_trials = database_rows_unsigned(rows, COLUMN_CLEAN);
    cell->kernel_events = database_rows_is_null(rows, COLUMN_KERNEL_EVENTS)
                              ? NAN
                              : database_rows_real(rows, COLUMN_KERNEL_EVENTS);
    if (!database_rows_is_null(rows, COLUMN_FAILURE) &&
        !(cell->failure = database_rows_text(rows, COLUMN_FAILURE)))
        return error_set_no_memory(error);
    if (count > 0) {
        memcpy(cell->numbers, numbers, count * sizeof *numbers);
        memcpy(cell->values, values, count * sizeof *values);
    }
    return STATUS_OK;
}

static enum status read_cells(const struct reader *reader, enum compare_metric metric, struct error *error)
{
    CLEANUP(database_rows_release) struct database_rows rows = {0};
    enum status status =
        query(reader, compare_cells_sql,
              DATABASE_PARAMETERS({"latency", DATABASE_UNSIGNED, .number = metric == COMPARE_LATENCY}), &rows,
              error);
    while (status == STATUS_OK && database_rows_next(&rows))
        status = take_cell(reader, &rows, error);
    run_values_sort(reader->run);
    return status;
}

static enum status open_benchmark(struct reader *reader, const struct run_source *source, struct error *error)
{
    enum status status = open_file(reader, text_string(&source->benchmark), error);
    if (status == STATUS_OK)
        status = check(reader, compare_column_problem_sql,
                       DATABASE_PARAMETERS({"kind", DATABASE_TEXT, .text = "benchmark"}), error);
    if (status == STATUS_OK)
        status = check(
            reader, compare_benchmark_problem_sql,
            DATABASE_PARAMETERS({"has_details", DATABASE_UNSIGNED, .number = source->details.length > 0}),
            error);
    return status;
}

// Checks the opened benchmark file against the trials of the details file.
static enum status check_belonging(const struct reader *reader, struct error *error)
{
    CLEANUP(string_list_release) struct string_list controls = {0};
    enum status status = STATUS_OK;
    for (int i = 0; i < STRATEGY_COUNT && status == STATUS_OK; i++)
        if (strategies[i].role == STRATEGY_ROLE_CONTROL)
            status = string_list_add(&controls, strategies[i].name, error);
    if (status == STATUS_OK)
        status = check(reader, compare_belonging_problem_sql,
                       DATABASE_PARAMETERS({"live_objects", DATABASE_UNSIGNED, .number = BATCH_SIZE},
                                           {"controls", DATABASE_TEXTS, .texts = &controls}),
                       error);
    return status;
}

static enum status read_files(struct reader *reader, const struct run_source *source, struct error *error)
{
    bool has_details = source->details.length > 0;
    reader->run->replicated = has_details;
    enum status status = STATUS_OK;
    if (has_details) {
        status = open_file(reader, text_string(&source->details), error);
        if (status == STATUS_OK)
            status = read_trials(reader, "details", compare_trials_of_details_sql, error);
        if (status == STATUS_OK)
            status = read_facts(reader, error);
    }
    if (status == STATUS_OK)
        status = open_benchmark(reader, source, error);
    if (status == STATUS_OK && has_details) {
        status = check_belonging(reader, error);
    } else if (status == STATUS_OK) {
        status = read_trials(reader, "benchmark", compare_trials_of_benchmark_sql, error);
        if (status == STATUS_OK)
            status = read_facts(reader, error);
    }
    return status == STATUS_OK ? read_platform(reader, error) : status;
}

enum status run_values_read(const struct run_source *source, enum compare_metric metric,
                            struct run_values *ret_run, struct error *error)
{
    CLEANUP(database_release) struct database database = {0};
    CLEANUP(run_values_release) struct run_values run = {0};
    const struct database_options options = {.memory_limit_mebibytes = MEMORY_LIMIT_MEBIBYTES,
                                             .threads = THREADS};
    struct reader reader = {.database = &database, .run = &run};
    run.file = strdup(text_string(&source->benchmark));
    if (!run.file)
        return error_set_no_memory(error);
    enum status status = database_open(&database, &options, error);
    if (status == STATUS_OK)
        status = read_files(&reader, source, error);
    if (status == STATUS_OK)
        status = read_cells(&reader, metric, error);
    if (status != STATUS_OK)
        return status;
    *ret_run = run;
    run = (struct run_values){0};
    return STATUS_OK;
}
