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

void database_table_writer_signed(struct database_table_writer *writer, int64_t value)
{
    remember(writer, duckdb_append_int64(writer->appender, value));
}

void database_table_writer_real(struct database_table_writer *writer, double value)
{
    remember(writer, duckdb_append_double(writer->appender, value));
}

void database_table_writer_text(struct database_table_writer *writer, const char *value)
{
    remember(writer, duckdb_append_varchar(writer->appender, value));
}

static void copy_text(struct database_table_writer *writer, const struct database_rows *rows, size_t column)
{
    duckdb_string_t text = *database_rows_string(rows, column);
    remember(writer, duckdb_append_varchar_length(writer->appender, duckdb_string_t_data(&text),
                                                  duckdb_string_t_length(text)));
}

void database_table_writer_copy(struct database_table_writer *writer, const struct database_rows *rows,
                                size_t column)
{
    duckdb_type type = database_rows_type(rows, column);
    if (database_rows_is_null(rows, column))
        database_table_writer_null(writer);
    else if (type == DUCKDB_TYPE_BOOLEAN)
        database_table_writer_boolean(writer, database_rows_boolean(rows, column));
    else if (type == DUCKDB_TYPE_BIGINT)
        database_table_writer_signed(writer, database_rows_signed(rows, column));
    else if (type == DUCKDB_TYPE_UBIGINT)
        database_table_writer_unsigned(writer, database_rows_unsigned(rows, column));
    else if (type == DUCKDB_TYPE_DOUBLE)
        database_table_writer_real(writer, database_rows_real(rows, column));
    else
        copy_text(writer, rows, column);
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
