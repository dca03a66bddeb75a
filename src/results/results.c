// Benchmark and details come out of one table in DuckDB, so that they cannot contradict each other: the
// details file is the table, the benchmark file its used rows without the controls, and seven of its columns.
// The measurements have a table of their own.
#include "results/results.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "database/database.h"

enum { MEMORY_LIMIT_MEBIBYTES = 192 };

enum { BENCHMARK, DETAILS, MEASUREMENTS, RESULT_FILES };

static const char copy_details[] =
    "COPY details TO $path (FORMAT parquet, COMPRESSION zstd, KV_METADATA $facts, USE_TMP_FILE false)";

static const char copy_measurements[] =
    "COPY measurements TO $path (FORMAT parquet, COMPRESSION zstd, KV_METADATA $facts, USE_TMP_FILE false)";

// The condition of cells that the benchmark file has follows.
static const char copy_benchmark[] =
    "COPY (SELECT $platform::VARCHAR AS platform, allocator, pattern, size_bytes, iteration, total_ns, "
    "latency_ns FROM details WHERE used AND NOT control";

static const char copy_benchmark_end[] =
    ") TO $path (FORMAT parquet, COMPRESSION zstd, KV_METADATA $facts, USE_TMP_FILE false)";

static void append_copy_benchmark(struct text *sql)
{
    text_append(sql, copy_benchmark);
    for (int i = 0; i < AXIS_COUNT; i++) {
        char word[AXIS_WORD_BYTES];
        if (axes[i].place != AXIS_PLACE_SWEPT)
            continue;
        axis_format(&axes[i], axes[i].standard, word);
        const char *quote = axes[i].type == AXIS_TYPE_WORD ? "'" : "";
        text_append_format(sql, " AND %s = %s%s%s", axes[i].name, quote, word, quote);
    }
    text_append(sql, copy_benchmark_end);
}

static void append_path(struct text *path, const char *directory, const char *stem, const char *platform,
                        const char *extension)
{
    text_append_format(path, "%s/%s_%s%s", directory, stem, platform, extension);
}

enum status results_paths(const char *directory, const char *platform, struct text *ret_benchmark,
                          struct text *ret_details, struct error *error)
{
    append_path(ret_benchmark, directory, "benchmark", platform, ".parquet");
    append_path(ret_details, directory, "details", platform, ".parquet");
    enum status status = text_check(ret_benchmark, error);
    return status == STATUS_OK ? text_check(ret_details, error) : status;
}

enum status results_measurements_path(const char *directory, const char *platform, struct text *ret_path,
                                      struct error *error)
{
    append_path(ret_path, directory, "measurements", platform, ".parquet");
    return text_check(ret_path, error);
}

static enum status refuse_directory(const char *path, struct error *error)
{
    struct stat information;
    if (stat(path, &information) == 0 && S_ISDIR(information.st_mode))
        return error_set(error, STATUS_ENVIRONMENT, "Move it away or choose another platform name.",
                         "%s is a directory", path);
    return STATUS_OK;
}

enum status results_file_facts(const struct results *results, struct facts *ret_facts, struct error *error)
{
    facts_set_format(ret_facts, "memalloc_bench.format", "%d", RESULTS_FORMAT);
    facts_set(ret_facts, "memalloc_bench.platform", results->platform);
    for (size_t i = 0; i < results->facts->count; i++)
        facts_set(ret_facts, results->facts->items[i].key, results->facts->items[i].value);
    return facts_check(ret_facts, error);
}

// Writes one file under its temporary name. `facts` are those of results_file_facts().
static enum status write_file(struct database *database, const char *sql, const struct facts *facts,
                              const char *path, struct file_replacement *replacement, struct error *error)
{
    enum status status = refuse_directory(path, error);
    if (status == STATUS_OK)
        status = file_replacement_begin(replacement, path, error);
    if (status != STATUS_OK)
        return status;
    return database_run(
        database, sql,
        DATABASE_PARAMETERS({"path", DATABASE_TEXT, .text = text_string(&replacement->temporary_path)},
                            {"platform", DATABASE_TEXT, .text = facts_get(facts, "memalloc_bench.platform")},
                            {"facts", DATABASE_FACTS, .facts = facts}),
        error);
}

// That of an earlier run would be taken for one of this.
static enum status remove_measurements(const char *path, struct error *error)
{
    if (unlink(path) == 0 || errno == ENOENT)
        return STATUS_OK;
    return error_set_errno(error, STATUS_ENVIRONMENT, errno, "Remove it: it is of an earlier run.",
                           "cannot remove %s", path);
}

static enum status write_all(struct database *database, const struct results *results,
                             const struct text paths[RESULT_FILES], struct error *error)
{
    CLEANUP(facts_release) struct facts facts = {0};
    CLEANUP(file_replacement_release) struct file_replacement benchmark = {0}, details = {0};
    CLEANUP(file_replacement_release) struct file_replacement measurements = {0};
    CLEANUP(text_release) struct text sql = {0};
    const bool has_rows = results_have_rows(results);
    append_copy_benchmark(&sql);
    enum status status = results_file_facts(results, &facts, error);
    if (status == STATUS_OK)
        status = text_check(&sql, error);
    if (status == STATUS_OK)
        status = write_file(database, copy_details, &facts, text_string(&paths[DETAILS]), &details, error);
    if (status == STATUS_OK)
        status = write_file(database, text_string(&sql), &facts, text_string(&paths[BENCHMARK]), &benchmark,
                            error);
    if (status == STATUS_OK && has_rows)
        status = write_file(database, copy_measurements, &facts, text_string(&paths[MEASUREMENTS]),
                            &measurements, error);
    if (status == STATUS_OK)
        status = has_rows ? file_replacement_commit(&measurements, error)
                          : remove_measurements(text_string(&paths[MEASUREMENTS]), error);
    if (status == STATUS_OK)
        status = file_replacement_commit(&details, error);
    if (status == STATUS_OK)
        status = file_replacement_commit(&benchmark, error);
    return status;
}

static void release_paths(struct text (*paths)[RESULT_FILES])
{
    for (int i = 0; i < RESULT_FILES; i++)
        text_release(&(*paths)[i]);
}

enum status results_write(const char *directory, const struct results *results, struct error *error)
{
    CLEANUP(release_paths) struct text paths[RESULT_FILES] = {0};
    CLEANUP(text_release) struct text spill_path = {0};
    CLEANUP(database_release) struct database database = {0};
    append_path(&spill_path, directory, ".spill", results->platform, "");
    enum status status =
        results_paths(directory, results->platform, &paths[BENCHMARK], &paths[DETAILS], error);
    if (status == STATUS_OK)
        status = results_measurements_path(directory, results->platform, &paths[MEASUREMENTS], error);
    if (status == STATUS_OK)
        status = text_check(&spill_path, error);
    if (status != STATUS_OK)
        return status;
    const struct database_options options = {.memory_limit_mebibytes = MEMORY_LIMIT_MEBIBYTES,
                                             .threads = 1,
                                             .temporary_directory = text_string(&spill_path)};
    status = database_open(&database, &options, error);
    if (status == STATUS_OK)
        status = details_fill_table(&database, results, error);
    if (status == STATUS_OK)
        status = measurements_fill_table(&database, results, error);
    return status == STATUS_OK ? write_all(&database, results, paths, error) : status;
}
