// DuckDB in memory, behind what this program needs of it: open, run SQL with values bound as data, read rows,
// fill a table. The only module that knows duckdb.h.
//
// The database is closed off: it loads no extension, reads no settings or secrets from the home directory and
// writes nowhere but where a COPY names a file and, when allowed, its temporary directory.
#ifndef DATABASE_DATABASE_H
#define DATABASE_DATABASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/facts.h"
#include "base/text.h"

// The version of the DuckDB that is loaded, as "v1.4.4".
const char *database_version(void);

struct database_options {
    uint32_t memory_limit_mebibytes;
    uint32_t threads;                // at least 1
    const char *temporary_directory; // created when memory is short, removed on release; NULL: never
};

// Start with {0}. One thread at a time uses it.
struct database {
    struct _duckdb_database *database; // NULL: another has it, see database_connect
    struct _duckdb_connection *connection;
};

MUST_CHECK enum status database_open(struct database *ret_database, const struct database_options *options,
                                     struct error *error);

// Another connection to `of`, for another thread: tables are shared, temporary ones and variables are not. It
// is to be released before `of` is.
MUST_CHECK enum status database_connect(const struct database *of, struct database *ret_database,
                                        struct error *error);
void database_release(struct database *database);

// A value for `$name` in a statement. It is bound, never pasted into the SQL: any text is safe.
struct database_parameter {
    const char *name; // without the dollar sign
    enum { DATABASE_TEXT, DATABASE_TEXTS, DATABASE_UNSIGNED, DATABASE_REAL, DATABASE_FACTS } kind;
    union {
        const char *text;
        const struct string_list *texts; // VARCHAR[]
        uint64_t number;                 // UBIGINT
        double real;                     // DOUBLE
        const struct facts *facts;       // STRUCT of VARCHAR members; at least one
    };
};

// The parameters of one statement; those that it does not mention are left out.
struct database_parameters {
    const struct database_parameter *items;
    size_t count;
};
#define DATABASE_PARAMETERS(...)                                                                             \
    (struct database_parameters)                                                                             \
    {                                                                                                        \
        (const struct database_parameter[]){__VA_ARGS__},                                                    \
            sizeof((const struct database_parameter[]){__VA_ARGS__}) / sizeof(struct database_parameter)     \
    }
#define DATABASE_NO_PARAMETERS ((struct database_parameters){0})

// Runs the statements of `sql` in order. An error's cause is DuckDB's own first line; its status tells memory
// (STATUS_NO_MEMORY), input and output (STATUS_ENVIRONMENT) and everything else (STATUS_BAD_DATA) apart.
MUST_CHECK enum status database_run(struct database *database, const char *sql,
                                    struct database_parameters parameters, struct error *error);

// The rows of a query, read one after the other. Start with {0}.
//     while (database_rows_next(&rows)) use(database_rows_unsigned(&rows, 0));
struct database_rows {
    void *result; // what is behind it is private
    uint64_t row; // in the current chunk
};

// As database_run; gives the rows of the last statement.
MUST_CHECK enum status database_query(struct database *database, const char *sql,
                                      struct database_parameters parameters, struct database_rows *ret_rows,
                                      struct error *error);
void database_rows_release(struct database_rows *rows);
bool database_rows_next(struct database_rows *rows);

// The current row's value in a column. Its SQL type must be the one named here (asserted).
bool database_rows_is_null(const struct database_rows *rows, size_t column);
bool database_rows_boolean(const struct database_rows *rows, size_t column);      // BOOLEAN
uint64_t database_rows_unsigned(const struct database_rows *rows, size_t column); // UBIGINT
int64_t database_rows_signed(const struct database_rows *rows, size_t column);    // BIGINT
double database_rows_real(const struct database_rows *rows, size_t column);       // DOUBLE
// DOUBLE[] without nulls; owned by the rows, valid until the next row.
const double *database_rows_reals(const struct database_rows *rows, size_t column, size_t *ret_count);
// One member of the records in a list.
struct database_members {
    const int64_t *values;
    const uint64_t *validity; // NULL: none is missing
    uint64_t first;           // of the list in `validity`
    size_t count;
};
// STRUCT(BIGINT, ...)[]; owned by the rows, valid until the next row.
struct database_members database_rows_members(const struct database_rows *rows, size_t column, size_t member);
// False when the value is missing.
bool database_members_has(const struct database_members *members, size_t index);
// VARCHAR or BLOB: a copy owned by the caller, cut at a zero byte; NULL when memory ran out.
char *database_rows_text(const struct database_rows *rows, size_t column);

// Fills a table that exists, value by value in the order of its columns. Start with {0}. A failure is
// remembered and reported by database_table_writer_finish.
struct database_table_writer {
    struct _duckdb_appender *appender;
    bool failed;
};

MUST_CHECK enum status database_table_writer_begin(struct database *database, const char *table,
                                                   struct database_table_writer *ret_writer,
                                                   struct error *error);
void database_table_writer_null(struct database_table_writer *writer);
void database_table_writer_boolean(struct database_table_writer *writer, bool value);
void database_table_writer_unsigned(struct database_table_writer *writer, uint64_t value);
void database_table_writer_signed(struct database_table_writer *writer, int64_t value);
void database_table_writer_real(struct database_table_writer *writer, double value);
void database_table_writer_text(struct database_table_writer *writer, const char *value);
// The current row's value in a column, null or not: BOOLEAN, BIGINT, UBIGINT, DOUBLE or the whole VARCHAR.
void database_table_writer_copy(struct database_table_writer *writer, const struct database_rows *rows,
                                size_t column);
void database_table_writer_end_row(struct database_table_writer *writer);
// Makes the rows visible to queries.
MUST_CHECK enum status database_table_writer_finish(struct database_table_writer *writer,
                                                    struct error *error);
void database_table_writer_release(struct database_table_writer *writer);

#endif
