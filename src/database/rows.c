#include "database/private.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_COLUMNS = 64 };

struct column {
    duckdb_vector vector;
    const void *data;
    uint64_t *validity; // NULL: no nulls in this chunk
    duckdb_type type;
};

struct result {
    duckdb_result result;
    duckdb_data_chunk chunk;
    idx_t chunk_rows;
    idx_t column_count;
    struct column columns[MAX_COLUMNS];
};

enum status database_rows_begin(struct database_rows *ret_rows, duckdb_result source, struct error *error)
{
    struct result *result = calloc(1, sizeof *result);
    if (!result) {
        duckdb_destroy_result(&source);
        return error_set_no_memory(error);
    }
    result->result = source;
    result->column_count = duckdb_column_count(&source);
    assert(result->column_count <= MAX_COLUMNS);
    for (idx_t c = 0; c < result->column_count; c++)
        result->columns[c].type = duckdb_column_type(&source, c);
    *ret_rows = (struct database_rows){.result = result};
    return STATUS_OK;
}

void database_rows_release(struct database_rows *rows)
{
    if (!rows || !rows->result)
        return;
    struct result *result = rows->result;
    duckdb_destroy_data_chunk(&result->chunk);
    duckdb_destroy_result(&result->result);
    free(result);
    *rows = (struct database_rows){0};
}

static bool next_chunk(struct result *result)
{
    do {
        duckdb_destroy_data_chunk(&result->chunk);
        result->chunk = duckdb_fetch_chunk(result->result);
        if (!result->chunk)
            return false;
        result->chunk_rows = duckdb_data_chunk_get_size(result->chunk);
    } while (result->chunk_rows == 0);
    for (idx_t c = 0; c < result->column_count; c++) {
        struct column *column = &result->columns[c];
        column->vector = duckdb_data_chunk_get_vector(result->chunk, c);
        column->data = duckdb_vector_get_data(column->vector);
        column->validity = duckdb_vector_get_validity(column->vector);
    }
    return true;
}

bool database_rows_next(struct database_rows *rows)
{
    struct result *result = rows->result;
    if (result->chunk && ++rows->row < result->chunk_rows)
        return true;
    rows->row = 0;
    return next_chunk(result);
}

static const struct column *column_at(const struct database_rows *rows, size_t column)
{
    const struct result *result = rows->result;
    assert(column < result->column_count);
    return &result->columns[column];
}

bool database_rows_is_null(const struct database_rows *rows, size_t column)
{
    uint64_t *validity = column_at(rows, column)->validity;
    return validity && !duckdb_validity_row_is_valid(validity, rows->row);
}

bool database_rows_boolean(const struct database_rows *rows, size_t column)
{
    const struct column *source = column_at(rows, column);
    assert(source->type == DUCKDB_TYPE_BOOLEAN);
    return ((const bool *)source->data)[rows->row];
}

uint64_t database_rows_unsigned(const struct database_rows *rows, size_t column)
{
    const struct column *source = column_at(rows, column);
    assert(source->type == DUCKDB_TYPE_UBIGINT);
    return ((const uint64_t *)source->data)[rows->row];
}

int64_t database_rows_signed(const struct database_rows *rows, size_t column)
{
    const struct column *source = column_at(rows, column);
    assert(source->type == DUCKDB_TYPE_BIGINT);
    return ((const int64_t *)source->data)[rows->row];
}

double database_rows_real(const struct database_rows *rows, size_t column)
{
    const struct column *source = column_at(rows, column);
    assert(source->type == DUCKDB_TYPE_DOUBLE);
    return ((const double *)source->data)[rows->row];
}

const double *database_rows_reals(const struct database_rows *rows, size_t column, size_t *ret_count)
{
    const struct column *source = column_at(rows, column);
    assert(source->type == DUCKDB_TYPE_LIST);
    duckdb_list_entry entry = ((const duckdb_list_entry *)source->data)[rows->row];
    const double *items = duckdb_vector_get_data(duckdb_list_vector_get_child(source->vector));
    *ret_count = entry.length;
    return items + entry.offset;
}

struct database_members database_rows_members(const struct database_rows *rows, size_t column, size_t member)
{
    const struct column *source = column_at(rows, column);
    assert(source->type == DUCKDB_TYPE_LIST);
    duckdb_list_entry entry = ((const duckdb_list_entry *)source->data)[rows->row];
    duckdb_vector vector =
        duckdb_struct_vector_get_child(duckdb_list_vector_get_child(source->vector), member);
    return (struct database_members){
        .values = (const int64_t *)duckdb_vector_get_data(vector) + entry.offset,
        .validity = duckdb_vector_get_validity(vector),
        .first = entry.offset,
        .count = entry.length,
    };
}

bool database_members_has(const struct database_members *members, size_t index)
{
    uint64_t row = members->first + index;
    return !members->validity || (members->validity[row / 64] >> row % 64 & 1) != 0;
}

duckdb_type database_rows_type(const struct database_rows *rows, size_t column)
{
    return column_at(rows, column)->type;
}

const duckdb_string_t *database_rows_string(const struct database_rows *rows, size_t column)
{
    return &((const duckdb_string_t *)column_at(rows, column)->data)[rows->row];
}

char *database_rows_text(const struct database_rows *rows, size_t column)
{
    const struct column *source = column_at(rows, column);
    assert(source->type == DUCKDB_TYPE_VARCHAR || source->type == DUCKDB_TYPE_BLOB);
    duckdb_string_t *string = &((duckdb_string_t *)source->data)[rows->row];
    return strndup(duckdb_string_t_data(string), duckdb_string_t_length(*string));
}
