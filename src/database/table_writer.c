#include "database/private.h"

enum status database_table_writer_begin(struct database *database, const char *table,
                                        struct database_table_writer *ret_writer, struct error *error)
{
    struct database_table_writer writer = {0};
    if (duckdb_appender_create(database->connection, NULL, table, &writer.appender) != DuckDBSuccess) {
        enum status status =
            database_error(error, duckdb_appender_error(writer.appender), DUCKDB_ERROR_CATALOG);
        database_table_writer_release(&writer);
        return status;
    }
    *ret_writer = writer;
    return STATUS_OK;
}

static void remember(struct database_table_writer *writer, duckdb_state state)
{
    writer->failed = writer->failed || state != DuckDBSuccess;
}

void database_table_writer_null(struct database_table_writer *writer)
{
    remember(writer, duckdb_append_null(writer->appender));
}

void database_table_writer_boolean(struct database_table_writer *writer, bool value)
{
    remember(writer, duckdb_append_bool(writer->appender, value));
}

void database_table_writer_unsigned(struct database_table_writer *writer, uint64_t value)
{
    remember(writer, duckdb_append_uint64(writer->appender, value));
}

void database_table_writer_real(struct database_table_writer *writer, double value)
{
    remember(writer, duckdb_append_double(writer->appender, value));
}

void database_table_writer_text(struct database_table_writer *writer, const char *value)
{
    remember(writer, duckdb_append_varchar(writer->appender, value));
}

void database_table_writer_end_row(struct database_table_writer *writer)
{
    remember(writer, duckdb_appender_end_row(writer->appender));
}

enum status database_table_writer_finish(struct database_table_writer *writer, struct error *error)
{
    if (!writer->failed && duckdb_appender_close(writer->appender) == DuckDBSuccess)
        return STATUS_OK;
    duckdb_error_data data = duckdb_appender_error_data(writer->appender);
    enum status status =
        database_error(error, duckdb_error_data_message(data), duckdb_error_data_error_type(data));
    duckdb_destroy_error_data(&data);
    return status;
}

void database_table_writer_release(struct database_table_writer *writer)
{
    if (writer && writer->appender)
        duckdb_appender_destroy(&writer->appender);
}
