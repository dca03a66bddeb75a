#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "database/database.h"
#include "sample_run.h"

static const struct sample_run_options small = {
    .platform = "sample", .iterations = 6, .processes = 3, .size_count = 2, .seed = 5, .slowdown = 1.0};

struct fixture {
    char directory[64];
    struct text benchmark, details;
    struct database database;
};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    strcpy(fixture->directory, "/tmp/memalloc-bench-test-XXXXXX");
    assert_non_null(mkdtemp(fixture->directory));
    assert_int_equal(
        results_paths(fixture->directory, "sample", &fixture->benchmark, &fixture->details, NULL), STATUS_OK);
    const struct database_options options = {.memory_limit_mebibytes = 128, .threads = 1};
    assert_int_equal(database_open(&fixture->database, &options, NULL), STATUS_OK);
    *state = fixture;
    return 0;
}

// Names in the directory, except "." and "..".
static size_t count_entries(const char *directory, bool remove_them)
{
    DIR *stream = opendir(directory);
    assert_non_null(stream);
    size_t count = 0;
    for (struct dirent *entry; (entry = readdir(stream));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        count++;
        if (remove_them && unlinkat(dirfd(stream), entry->d_name, 0) != 0)
            assert_int_equal(unlinkat(dirfd(stream), entry->d_name, AT_REMOVEDIR), 0);
    }
    closedir(stream);
    return count;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    count_entries(fixture->directory, true);
    assert_int_equal(rmdir(fixture->directory), 0);
    text_release(&fixture->benchmark);
    text_release(&fixture->details);
    database_release(&fixture->database);
    free(fixture);
    return 0;
}

static enum status write_sample(struct fixture *fixture, const struct sample_run_options *options,
                                struct error *error)
{
    CLEANUP(sample_run_release) struct sample_run run;
    sample_run_build(options, &run);
    return results_write(fixture->directory, &run.results, error);
}

static struct database_rows query(struct fixture *fixture, const char *sql)
{
    struct error error = {0};
    struct database_rows rows = {0};
    enum status status = database_query(
        &fixture->database, sql,
        DATABASE_PARAMETERS({"benchmark", DATABASE_TEXT, .text = text_string(&fixture->benchmark)},
                            {"details", DATABASE_TEXT, .text = text_string(&fixture->details)}),
        &rows, &error);
    if (status != STATUS_OK)
        fail_msg("%s", error.cause);
    return rows;
}

static uint64_t query_number(struct fixture *fixture, const char *sql)
{
    CLEANUP(database_rows_release) struct database_rows rows = query(fixture, sql);
    assert_true(database_rows_next(&rows));
    return database_rows_unsigned(&rows, 0);
}

static void assert_column_list(struct fixture *fixture, const char *sql, const char *const *expected)
{
    CLEANUP(database_rows_release) struct database_rows rows = query(fixture, sql);
    for (size_t i = 0; expected[i]; i++) {
        assert_true(database_rows_next(&rows));
        CLEANUP(free_pointer) char *column = database_rows_text(&rows, 0);
        assert_string_equal(column, expected[i]);
    }
    assert_false(database_rows_next(&rows));
}

static void benchmark_file_has_the_documents_seven_columns_and_types(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(write_sample(fixture, &small, NULL), STATUS_OK);
    static const char *const expected[] = {
        "platform VARCHAR",   "allocator VARCHAR", "pattern VARCHAR",    "size_bytes UINTEGER",
        "iteration UINTEGER", "total_ns UBIGINT",  "latency_ns UBIGINT", NULL};
    assert_column_list(fixture,
                       "SELECT column_name || ' ' || column_type FROM "
                       "(DESCRIBE SELECT * FROM read_parquet($benchmark))",
                       expected);
    assert_int_equal(query_number(fixture, "SELECT count(DISTINCT compression)::UBIGINT FROM "
                                           "parquet_metadata($benchmark) WHERE compression <> 'ZSTD'"),
                     0);
}

static void details_file_has_the_columns_of_the_schema_table(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(write_sample(fixture, &small, NULL), STATUS_OK);
    static const char *const expected[] = {
#define COLUMN(name, type, meaning) #name " " #type,
#include "results/schema.def"
#undef COLUMN
        NULL};
    assert_column_list(fixture,
                       "SELECT column_name || ' ' || column_type FROM "
                       "(DESCRIBE SELECT * FROM read_parquet($details))",
                       expected);
}

static void rows_are_one_per_trial_without_nulls_in_the_tables_order(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(write_sample(fixture, &small, NULL), STATUS_OK);
    CLEANUP(database_rows_release)
    struct database_rows rows = query(
        fixture, "SELECT platform, allocator, pattern, size_bytes::UBIGINT, iteration::UBIGINT, total_ns, "
                 "latency_ns FROM read_parquet($benchmark)");
    for (int s = 0; s < STRATEGY_COUNT; s++)
        for (int p = 0; strategies[s].role == STRATEGY_ROLE_STANDARD && p < SOLO_PATTERN_COUNT; p++)
            for (int z = 0; z < 2; z++)
                for (uint64_t i = 0; i < 6; i++) {
                    assert_true(database_rows_next(&rows));
                    for (size_t c = 0; c < 7; c++)
                        assert_false(database_rows_is_null(&rows, c));
                    CLEANUP(free_pointer) char *platform = database_rows_text(&rows, 0);
                    CLEANUP(free_pointer) char *allocator = database_rows_text(&rows, 1);
                    CLEANUP(free_pointer) char *pattern = database_rows_text(&rows, 2);
                    assert_string_equal(platform, "sample");
                    assert_string_equal(allocator, strategies[s].name);
                    assert_string_equal(pattern, patterns[p].name);
                    assert_int_equal(database_rows_unsigned(&rows, 3), object_sizes[z]);
                    assert_int_equal(database_rows_unsigned(&rows, 4), i);
                    assert_true(database_rows_unsigned(&rows, 5) > database_rows_unsigned(&rows, 6));
                }
    assert_false(database_rows_next(&rows));
}

static void details_agree_with_the_benchmark_file(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(write_sample(fixture, &small, NULL), STATUS_OK);
    assert_int_equal(
        query_number(fixture, "SELECT count(*)::UBIGINT FROM read_parquet($benchmark) b JOIN "
                              "read_parquet($details) d USING (allocator, pattern, size_bytes, iteration, "
                              "total_ns, latency_ns) WHERE d.used AND d.outcome = 'ok' AND d.process < 3"),
        3 * 4 * 2 * 6);
    assert_int_equal(
        query_number(
            fixture,
            "SELECT count(*)::UBIGINT FROM read_parquet($details) WHERE migrated AND (clean OR used)"),
        0);
    assert_true(query_number(fixture, "SELECT count(*)::UBIGINT FROM read_parquet($details) WHERE migrated") >
                0);
    assert_int_equal(
        query_number(fixture, "SELECT count(*)::UBIGINT FROM read_parquet($details) WHERE migrated"),
        query_number(fixture, "SELECT count(*)::UBIGINT FROM read_parquet($details) "
                              "WHERE repetition = 1 AND clean AND used"));
    assert_true(
        query_number(fixture,
                     "SELECT count(*)::UBIGINT FROM read_parquet($details) WHERE used AND NOT clean") >
        0); // nothing clean to take instead
    assert_int_equal(query_number(fixture, "SELECT count(*)::UBIGINT FROM read_parquet($details) WHERE used"),
                     5 * 4 * 2 * 6);
    assert_int_equal(query_number(fixture,
                                  "SELECT count(*)::UBIGINT FROM read_parquet($details) d WHERE control "
                                  "AND allocator NOT IN ('anchor', 'box_twin')"),
                     0);
}

// A clock that was set gave the first try; its process has no time for the floor and the cold start either.
static void a_time_that_is_not_known_is_null_and_in_no_used_row(void **state)
{
    struct fixture *fixture = *state;
    CLEANUP(sample_run_release) struct sample_run run;
    sample_run_build(&small, &run);
    uint64_t unknown = 0;
    for (size_t i = 0; i < run.results.process_count; i++) {
        struct process_record *record = &run.processes[i];
        if (record->trial_count < 2 || record->trials[1].repetition != 1)
            continue;
        record->trials[0].total_ns = record->trials[0].latency_ns = 0;
        record->trials[0].stood_ns = 777;
        record->floor_ns = record->cold_start_ns = 0;
        unknown++;
    }
    assert_true(unknown > 0);
    assert_int_equal(results_write(fixture->directory, &run.results, NULL), STATUS_OK);
    assert_int_equal(query_number(fixture,
                                  "SELECT count(*)::UBIGINT FROM read_parquet($details) WHERE total_ns "
                                  "IS NULL AND latency_ns IS NULL AND NOT used AND NOT clean AND "
                                  "repetition = 0 AND stood_ns = 777 AND floor_ns IS NULL AND "
                                  "cold_start_ns IS NULL"),
                     unknown);
    assert_int_equal(query_number(fixture,
                                  "SELECT count(*)::UBIGINT FROM read_parquet($details) WHERE total_ns "
                                  "IS NULL OR total_ns = 0 OR latency_ns = 0"),
                     unknown);
    assert_int_equal(query_number(fixture, "SELECT count(*)::UBIGINT FROM read_parquet($benchmark) WHERE "
                                           "total_ns IS NULL OR total_ns = 0"),
                     0);
}

static void a_census_is_on_one_row_of_its_cell_and_null_where_it_is_absent(void **state)
{
    struct fixture *fixture = *state;
    struct sample_run_options failing = small;
    failing.failing_outcome = OUTCOME_CRASHED;
    CLEANUP(sample_run_release) struct sample_run run;
    sample_run_build(&failing, &run);
    assert_int_equal(results_write(fixture->directory, &run.results, NULL), STATUS_OK);
    uint64_t counted = 0, with_calls = 0;
    for (size_t i = 0; i < run.census_count; i++) {
        const struct measured_values *values = &run.censuses[i].values;
        counted += values->count > 0;
        with_calls += isnan(measured_values_get(values, MEASURED_census_brk_calls, 0)) ? 0u : 1u;
    }
    assert_true(with_calls > 0 && with_calls < counted && counted < run.census_count);
    static const char rows_with[] = "SELECT count(*)::UBIGINT FROM read_parquet($details) WHERE "
                                    "process = 0 AND repetition = 0 AND iteration = 0 AND ";
    struct {
        const char *condition;
        uint64_t expected;
    } cases[] = {
        {"census_objects IS NOT NULL AND census_batches = 100", counted},
        {"census_minor_faults IS NOT NULL AND census_major_faults = 0", counted},
        {"census_brk_calls IS NOT NULL", with_calls},
        {"census_mmap_calls = 1 AND census_munmap_calls = 2 AND census_mremap_calls = 3 AND "
         "census_madvise_calls = 4",
         with_calls},
        {"census_cycles = census_objects * 30", counted},
        {"census_instructions IS NOT NULL OR census_dtlb_misses IS NOT NULL", 0},
    };
    for (size_t c = 0; c < COUNT_OF(cases); c++) {
        CLEANUP(text_release) struct text sql = {0};
        text_append_format(&sql, "%s (%s)", rows_with, cases[c].condition);
        assert_int_equal(query_number(fixture, text_string(&sql)), cases[c].expected);
    }
    assert_int_equal(query_number(fixture, "SELECT count(census_batches)::UBIGINT FROM "
                                           "read_parquet($details)"),
                     counted);
}

static void a_failed_process_fails_its_cell_with_the_reason(void **state)
{
    struct fixture *fixture = *state;
    struct sample_run_options options = small;
    options.failing_outcome = OUTCOME_CRASHED;
    assert_int_equal(write_sample(fixture, &options, NULL), STATUS_OK);
    assert_int_equal(query_number(fixture, "SELECT count(*)::UBIGINT FROM read_parquet($benchmark)"),
                     (3 * 4 * 2 - 1) * 6);
    assert_int_equal(query_number(fixture, "SELECT count(*)::UBIGINT FROM read_parquet($details) "
                                           "WHERE NOT control AND repetition = 0"),
                     3 * 4 * 2 * 6);
    assert_int_equal(
        query_number(fixture,
                     "SELECT count(*)::UBIGINT FROM read_parquet($details) WHERE outcome = 'crashed' "
                     "AND reason = 'killed by signal 11 (it''s \"sudden\")' AND total_ns IS NULL "
                     "AND allocator = 'slab_cold' AND pattern = 'fifo' AND size_bytes = 8 "
                     "AND process = 2 AND NOT used"),
        2);
    assert_int_equal(
        query_number(fixture, "SELECT count(*)::UBIGINT FROM read_parquet($details) WHERE outcome = 'ok' AND "
                              "NOT used AND allocator = 'slab_cold' AND pattern = 'fifo' AND size_bytes = 8"),
        4);
}

static void facts_are_stored_in_both_files_to_the_letter(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(write_sample(fixture, &small, NULL), STATUS_OK);
    CLEANUP(sample_run_release) struct sample_run run;
    sample_run_build(&small, &run);
    assert_int_equal(run.facts.count, 3);
    for (size_t i = 0; i < run.facts.count; i++) {
        CLEANUP(database_rows_release) struct database_rows rows = {0};
        assert_int_equal(
            database_query(
                &fixture->database,
                "SELECT count(*)::UBIGINT FROM parquet_kv_metadata([$benchmark, $details]) "
                "WHERE key = encode($key) AND value = encode($value)",
                DATABASE_PARAMETERS({"benchmark", DATABASE_TEXT, .text = text_string(&fixture->benchmark)},
                                    {"details", DATABASE_TEXT, .text = text_string(&fixture->details)},
                                    {"key", DATABASE_TEXT, .text = run.facts.items[i].key},
                                    {"value", DATABASE_TEXT, .text = run.facts.items[i].value}),
                &rows, NULL),
            STATUS_OK);
        assert_true(database_rows_next(&rows));
        assert_int_equal(database_rows_unsigned(&rows, 0), 2);
    }
    assert_int_equal(query_number(fixture, "SELECT count(*)::UBIGINT FROM parquet_kv_metadata($benchmark) "
                                           "WHERE key = 'memalloc_bench.platform' AND value = 'sample'"),
                     1);
}

// Failures. Each leaves what was there and no temporary file.

static void limit_file_size(void)
{
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &(struct rlimit){2000, RLIM_INFINITY}), 0);
}

static void no_limit(void)
{
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY}), 0);
}

static void a_full_disk_leaves_the_old_files(void **state)
{
    struct fixture *fixture = *state;
    static const char old[] = "old content";
    assert_int_equal(file_write(text_string(&fixture->benchmark), old, sizeof old - 1, NULL), STATUS_OK);
    assert_int_equal(file_write(text_string(&fixture->details), old, sizeof old - 1, NULL), STATUS_OK);
    struct error error = {0};
    limit_file_size();
    enum status status = write_sample(fixture, &small, &error);
    no_limit();
    assert_int_equal(status, STATUS_ENVIRONMENT);
    assert_non_null(strstr(error.cause, fixture->directory));
    assert_true(error.remedy[0] != '\0');
    assert_int_equal(count_entries(fixture->directory, false), 2);
    CLEANUP(text_release) struct text content = {0};
    assert_int_equal(file_read(text_string(&fixture->benchmark), 100, &content, NULL), STATUS_OK);
    assert_int_equal(file_read(text_string(&fixture->details), 100, &content, NULL), STATUS_OK);
    assert_string_equal(text_string(&content), "old contentold content");
}

static void a_directory_in_the_way_is_named_and_nothing_is_written(void **state)
{
    struct fixture *fixture = *state;
    const struct text *paths[] = {&fixture->benchmark, &fixture->details};
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        assert_int_equal(mkdir(text_string(paths[i]), 0777), 0);
        struct error error = {0};
        assert_int_equal(write_sample(fixture, &small, &error), STATUS_ENVIRONMENT);
        assert_non_null(strstr(error.cause, text_string(paths[i])));
        assert_int_equal(count_entries(fixture->directory, false), 1);
        assert_int_equal(rmdir(text_string(paths[i])), 0);
    }
}

static void a_missing_or_forbidden_directory_is_an_error(void **state)
{
    struct fixture *fixture = *state;
    CLEANUP(sample_run_release) struct sample_run run;
    sample_run_build(&small, &run);
    struct error error = {0};
    assert_int_equal(results_write("/nonexistent/directory", &run.results, &error), STATUS_ENVIRONMENT);
    assert_non_null(strstr(error.cause, "/nonexistent/directory"));
    if (geteuid() == 0)
        return; // root may write everywhere
    assert_int_equal(chmod(fixture->directory, 0555), 0);
    assert_int_equal(results_write(fixture->directory, &run.results, &error), STATUS_ENVIRONMENT);
    assert_non_null(strstr(error.cause, fixture->directory));
    assert_int_equal(chmod(fixture->directory, 0755), 0);
    assert_int_equal(count_entries(fixture->directory, false), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(benchmark_file_has_the_documents_seven_columns_and_types),
        TEST(details_file_has_the_columns_of_the_schema_table),
        TEST(a_time_that_is_not_known_is_null_and_in_no_used_row),
        TEST(rows_are_one_per_trial_without_nulls_in_the_tables_order),
        TEST(details_agree_with_the_benchmark_file),
        TEST(a_census_is_on_one_row_of_its_cell_and_null_where_it_is_absent),
        TEST(a_failed_process_fails_its_cell_with_the_reason),
        TEST(facts_are_stored_in_both_files_to_the_letter),
        TEST(a_full_disk_leaves_the_old_files),
        TEST(a_directory_in_the_way_is_named_and_nothing_is_written),
        TEST(a_missing_or_forbidden_directory_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
