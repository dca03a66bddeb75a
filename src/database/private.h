// What the module's own files share.
#ifndef DATABASE_PRIVATE_H
#define DATABASE_PRIVATE_H

#include <duckdb.h>

#include "database/database.h"

// Binds those of `parameters` that the statement mentions. An unbound `$name` is reported by DuckDB itself.
MUST_CHECK enum status database_bind(duckdb_prepared_statement statement,
                                     struct database_parameters parameters, struct error *error);

// Fills `error` from DuckDB's message (its first line, control characters blanked) and error type.
enum status database_error(struct error *error, const char *message, duckdb_error_type type);

// Takes over `result`. On failure the result is destroyed.
MUST_CHECK enum status database_rows_begin(struct database_rows *ret_rows, duckdb_result result,
                                           struct error *error);

// The type of a column.
duckdb_type database_rows_type(const struct database_rows *rows, size_t column);

// The current row's value in a column of VARCHAR; owned by the rows, valid until the next row.
const duckdb_string_t *database_rows_string(const struct database_rows *rows, size_t column);

#endif
