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

#endif
