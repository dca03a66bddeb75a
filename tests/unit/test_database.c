#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "database/database.h"

static int open_database(void **state)
{
    struct database *database = calloc(1, sizeof *database);
    const struct database_options options = {.memory_limit_mebibytes = 64, .threads = 1};
    assert_int_equal(database_open(database, &options, NULL), STATUS_OK);
    *state = database;
    return 0;
}

static int close_database(void **state)
{
    database_release(*state);
    free(*state);
    return 0;
}

static void bound_values_are_data_whatever_they_hold(void **state)
{
    static const char *const hostile[] = {"",     "it's",    "'; DROP TABLE t; --", "$text", "\\", "\"",
                                          "a\nb", "\xc3\xa4"};
    CLEANUP(string_list_release) struct string_list list = {0};
    for (size_t i = 0; i < COUNT_OF(hostile); i++)
        assert_int_equal(string_list_add(&list, hostile[i], NULL), STATUS_OK);
    for (size_t i = 0; i < COUNT_OF(hostile); i++) {
        CLEANUP(database_rows_release) struct database_rows rows = {0};
        assert_int_equal(
            database_query(*state,
                           "SELECT $text::VARCHAR, list_position($texts, $text)::UBIGINT, "
                           "$number::UBIGINT, $real::DOUBLE, len($texts)::UBIGINT",
                           DATABASE_PARAMETERS({"text", DATABASE_TEXT, .text = hostile[i]},
                                               {"texts", DATABASE_TEXTS, .texts = &list},
                                               {"number", DATABASE_UNSIGNED, .number = UINT64_MAX},
                                               {"real", DATABASE_REAL, .real = 0.1},
                                               {"unused", DATABASE_TEXT, .text = "not mentioned"}),
                           &rows, NULL),
            STATUS_OK);
        assert_true(database_rows_next(&rows));
        CLEANUP(free_pointer) char *text = database_rows_text(&rows, 0);
        assert_string_equal(text, hostile[i]);
        assert_int_equal(database_rows_unsigned(&rows, 1), i + 1);
        assert_true(database_rows_unsigned(&rows, 2) == UINT64_MAX);
        assert_float_equal(database_rows_real(&rows, 3), 0.1, 0);
        assert_int_equal(database_rows_unsigned(&rows, 4), COUNT_OF(hostile));
        assert_false(database_rows_next(&rows));
    }
}

static void records_of_a_list_come_with_what_is_missing(void **state)
{
    CLEANUP(database_rows_release) struct database_rows rows = {0};
    assert_int_equal(
        database_query(*state,
                       "SELECT list({'number': CASE WHEN i % 3 <> 0 THEN i END, 'square': i * i}) "
                       "FROM range(7000) AS r(i) GROUP BY i // 100 ORDER BY i // 100",
                       DATABASE_NO_PARAMETERS, &rows, NULL),
        STATUS_OK);
    int64_t next = 0;
    while (database_rows_next(&rows)) {
        struct database_members numbers = database_rows_members(&rows, 0, 0);
        struct database_members squares = database_rows_members(&rows, 0, 1);
        assert_int_equal(numbers.count, 100);
        for (size_t i = 0; i < numbers.count; i++, next++) {
            assert_int_equal(database_members_has(&numbers, i), next % 3 != 0);
            assert_true(!database_members_has(&numbers, i) || numbers.values[i] == next);
            assert_true(database_members_has(&squares, i));
            assert_int_equal(squares.values[i], next * next);
        }
    }
    assert_int_equal(next, 7000);
}

static void rows_are_copied_to_a_table_as_they_are(void **state)
{
    static const char source[] =
        "SELECT b, s, u, r, t FROM (VALUES (true, -5::BIGINT, 18446744073709551615::UBIGINT, 0.1::DOUBLE, "
        "'a' || chr(0) || 'b'), (NULL, NULL, NULL, NULL, NULL)) AS v(b, s, u, r, t)";
    CLEANUP(database_rows_release) struct database_rows rows = {0}, found = {0};
    CLEANUP(database_table_writer_release) struct database_table_writer writer = {0};
    CLEANUP(text_release) struct text check = {0};
    assert_int_equal(database_run(*state,
                                  "CREATE TABLE copied (b BOOLEAN, s BIGINT, u UBIGINT, r DOUBLE, t VARCHAR)",
                                  DATABASE_NO_PARAMETERS, NULL),
                     STATUS_OK);
    assert_int_equal(database_query(*state, source, DATABASE_NO_PARAMETERS, &rows, NULL), STATUS_OK);
    assert_int_equal(database_table_writer_begin(*state, "copied", &writer, NULL), STATUS_OK);
    while (database_rows_next(&rows)) {
        for (size_t c = 0; c < 5; c++)
            database_table_writer_copy(&writer, &rows, c);
        database_table_writer_end_row(&writer);
    }
    assert_int_equal(database_table_writer_finish(&writer, NULL), STATUS_OK);
    text_append_format(&check, "SELECT count(*)::UBIGINT FROM (FROM copied INTERSECT ALL %s)", source);
    assert_int_equal(database_query(*state, text_string(&check), DATABASE_NO_PARAMETERS, &found, NULL),
                     STATUS_OK);
    assert_true(database_rows_next(&found));
    assert_int_equal(database_rows_unsigned(&found, 0), 2);
}

static void rows_written_come_back_over_many_chunks(void **state)
{
    enum { ROWS = 10000 };
    CLEANUP(database_table_writer_release) struct database_table_writer writer = {0};
    assert_int_equal(database_run(*state,
                                  "CREATE TABLE t (n UBIGINT, name VARCHAR, even BOOLEAN, half DOUBLE)",
                                  DATABASE_NO_PARAMETERS, NULL),
                     STATUS_OK);
    assert_int_equal(database_table_writer_begin(*state, "t", &writer, NULL), STATUS_OK);
    for (uint64_t n = 0; n < ROWS; n++) {
        database_table_writer_unsigned(&writer, n);
        if (n % 3 == 0)
            database_table_writer_null(&writer);
        else
            database_table_writer_text(&writer, "a name that is too long to be kept inside of a value");
        database_table_writer_boolean(&writer, n % 2 == 0);
        database_table_writer_real(&writer, (double)n / 2);
        database_table_writer_end_row(&writer);
    }
    assert_int_equal(database_table_writer_finish(&writer, NULL), STATUS_OK);
    CLEANUP(database_rows_release) struct database_rows rows = {0};
    assert_int_equal(database_query(*state, "SELECT *, [n::DOUBLE, half] FROM t ORDER BY n",
                                    DATABASE_NO_PARAMETERS, &rows, NULL),
                     STATUS_OK);
    for (uint64_t n = 0; n < ROWS; n++) {
        assert_true(database_rows_next(&rows));
        assert_int_equal(database_rows_unsigned(&rows, 0), n);
        assert_int_equal(database_rows_is_null(&rows, 1), n % 3 == 0);
        assert_int_equal(database_rows_boolean(&rows, 2), n % 2 == 0);
        size_t count;
        const double *list = database_rows_reals(&rows, 4, &count);
        assert_int_equal(count, 2);
        assert_float_equal(list[1], database_rows_real(&rows, 3), 0);
    }
    assert_false(database_rows_next(&rows));
}

static void failures_say_what_duckdb_says_on_one_line(void **state)
{
    static const struct {
        const char *sql;
        enum status status;
        const char *words;
    } cases[] = {
        {"SELECT nonsense", STATUS_BAD_DATA, "nonsense"},
        {"this is no SQL", STATUS_BAD_DATA, "syntax"},
        {"", STATUS_BAD_DATA, "DuckDB"},
        {"SELECT $nobody", STATUS_BAD_DATA, "nobody"},
        {"SELECT * FROM read_parquet('/nonexistent/file')", STATUS_ENVIRONMENT, "/nonexistent/file"},
        {"COPY (SELECT 1) TO '/nonexistent/file' (FORMAT csv)", STATUS_ENVIRONMENT, "/nonexistent/file"},
        {"SELECT list(range) FROM range(100000000)", STATUS_NO_MEMORY, "emory"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error error = {0};
        enum status status = database_run(*state, cases[i].sql, DATABASE_NO_PARAMETERS, &error);
        if (status != cases[i].status || !strstr(error.cause, cases[i].words) || strchr(error.cause, '\n'))
            fail_msg("case %zu: status %d, %s", i, (int)status, error.cause);
    }
}

static void the_database_is_closed_off(void **state)
{
    static const char *const forbidden[] = {"LOAD httpfs", "SET memory_limit = '10GB'",
                                            "SET temp_directory = '/tmp/x'",
                                            "SELECT * FROM 'https://example.org/a.parquet'"};
    for (size_t i = 0; i < COUNT_OF(forbidden); i++)
        assert_int_not_equal(database_run(*state, forbidden[i], DATABASE_NO_PARAMETERS, NULL), STATUS_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_database, close_database)
        TEST(bound_values_are_data_whatever_they_hold),  TEST(records_of_a_list_come_with_what_is_missing),
        TEST(rows_are_copied_to_a_table_as_they_are),    TEST(rows_written_come_back_over_many_chunks),
        TEST(failures_say_what_duckdb_says_on_one_line), TEST(the_database_is_closed_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
