#include "database/private.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"

static enum status configure(duckdb_config config, const struct database_options *options,
                             struct error *error)
{
    char threads[16], memory_limit[32];
    snprintf(threads, sizeof threads, "%u", options->threads);
    snprintf(memory_limit, sizeof memory_limit, "%uMiB", options->memory_limit_mebibytes);
    const struct {
        const char *name, *value;
    } settings[] = {
        {"threads", threads},
        {"memory_limit", memory_limit},
        {"temp_directory", options->temporary_directory ? options->temporary_directory : ""},
        {"checkpoint_threshold", "1TiB"}, // in memory nothing is gained by one
        {"autoinstall_known_extensions", "false"},
        {"autoload_known_extensions", "false"},
        {"allow_community_extensions", "false"},
        {"allow_persistent_secrets", "false"},
    };
    for (size_t i = 0; i < COUNT_OF(settings); i++)
        if (duckdb_set_config(config, settings[i].name, settings[i].value) != DuckDBSuccess)
            return error_set(
                error, STATUS_ENVIRONMENT, "Install the DuckDB that package-lock.json names: npm ci.",
                "this DuckDB (%s) does not know the setting %s", duckdb_library_version(), settings[i].name);
    return STATUS_OK;
}

// Each file is read by several queries: what its footer says is kept.
static const char last_settings[] = "SET GLOBAL parquet_metadata_cache = true; SET lock_configuration = true";

const char *database_version(void)
{
    return duckdb_library_version();
}

enum status database_open(struct database *ret_database, const struct database_options *options,
                          struct error *error)
{
    duckdb_config config;
    if (duckdb_create_config(&config) != DuckDBSuccess) {
        duckdb_destroy_config(&config);
        return error_set_no_memory(error);
    }
    struct database database = {0};
    char *message = NULL;
    enum status status = configure(config, options, error);
    if (status == STATUS_OK &&
        duckdb_open_ext(":memory:", &database.database, config, &message) != DuckDBSuccess)
        status = database_error(error, message, DUCKDB_ERROR_INVALID);
    duckdb_free(message);
    duckdb_destroy_config(&config);
    if (status == STATUS_OK && duckdb_connect(database.database, &database.connection) != DuckDBSuccess)
        status = error_set_no_memory(error);
    if (status == STATUS_OK)
        status = database_run(&database, last_settings, DATABASE_NO_PARAMETERS, error);
    if (status != STATUS_OK)
        database_release(&database);
    else
        *ret_database = database;
    return status;
}

enum status database_connect(const struct database *of, struct database *ret_database, struct error *error)
{
    duckdb_connection connection;
    if (duckdb_connect(of->database, &connection) != DuckDBSuccess)
        return error_set_no_memory(error);
    *ret_database = (struct database){.connection = connection};
    return STATUS_OK;
}

void database_release(struct database *database)
{
    if (!database)
        return;
    if (database->connection)
        duckdb_disconnect(&database->connection);
    if (database->database)
        duckdb_close(&database->database);
}

// Runs one statement; `ret_result` is the caller's to destroy in any case.
static enum status run_statement(struct database *database, duckdb_extracted_statements statements,
                                 idx_t index, struct database_parameters parameters,
                                 duckdb_result *ret_result, struct error *error)
{
    duckdb_prepared_statement statement = NULL;
    enum status status = STATUS_OK;
    if (duckdb_prepare_extracted_statement(database->connection, statements, index, &statement) !=
        DuckDBSuccess)
        status = database_error(error, duckdb_prepare_error(statement), DUCKDB_ERROR_INVALID);
    if (status == STATUS_OK)
        status = database_bind(statement, parameters, error);
    if (status == STATUS_OK && duckdb_execute_prepared(statement, ret_result) != DuckDBSuccess)
        status = database_error(error, duckdb_result_error(ret_result), duckdb_result_error_type(ret_result));
    duckdb_destroy_prepare(&statement);
    return status;
}

static enum status run(struct database *database, const char *sql, struct database_parameters parameters,
                       duckdb_result *ret_result, struct error *error)
{
    duckdb_extracted_statements statements = NULL;
    idx_t count = duckdb_extract_statements(database->connection, sql, &statements);
    enum status status = STATUS_OK;
    if (count == 0)
        status = database_error(error, duckdb_extract_statements_error(statements), DUCKDB_ERROR_PARSER);
    for (idx_t i = 0; i < count && status == STATUS_OK; i++) {
        duckdb_destroy_result(ret_result);
        *ret_result = (duckdb_result){0};
        status = run_statement(database, statements, i, parameters, ret_result, error);
    }
    duckdb_destroy_extracted(&statements);
    return status;
}

enum status database_run(struct database *database, const char *sql, struct database_parameters parameters,
                         struct error *error)
{
    duckdb_result result = {0};
    enum status status = run(database, sql, parameters, &result, error);
    duckdb_destroy_result(&result);
    return status;
}

enum status database_query(struct database *database, const char *sql, struct database_parameters parameters,
                           struct database_rows *ret_rows, struct error *error)
{
    duckdb_result result = {0};
    enum status status = run(database, sql, parameters, &result, error);
    if (status != STATUS_OK) {
        duckdb_destroy_result(&result);
        return status;
    }
    return database_rows_begin(ret_rows, result, error);
}
