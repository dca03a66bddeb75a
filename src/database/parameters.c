#include "database/private.h"

#include <stdlib.h>

static duckdb_value text_value(const char *text)
{
    return duckdb_create_varchar(text);
}

static void destroy_values(duckdb_value *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        duckdb_destroy_value(&values[i]);
    free(values);
}

static duckdb_value texts_value(const struct string_list *texts)
{
    duckdb_value *items = calloc(texts->count + 1, sizeof *items);
    if (!items)
        return NULL;
    for (size_t i = 0; i < texts->count; i++)
        items[i] = text_value(texts->items[i]);
    duckdb_logical_type item_type = duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR);
    duckdb_value list = duckdb_create_list_value(item_type, items, texts->count);
    duckdb_destroy_logical_type(&item_type);
    destroy_values(items, texts->count);
    return list;
}

static duckdb_value facts_value(const struct facts *facts)
{
    duckdb_value *values = calloc(facts->count + 1, sizeof *values);
    duckdb_logical_type *types = calloc(facts->count + 1, sizeof *types);
    const char **names = calloc(facts->count + 1, sizeof *names);
    duckdb_value structure = NULL;
    if (values && types && names) {
        for (size_t i = 0; i < facts->count; i++) {
            values[i] = text_value(facts->items[i].value);
            types[i] = duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR);
            names[i] = facts->items[i].key;
        }
        duckdb_logical_type type = duckdb_create_struct_type(types, names, facts->count);
        structure = duckdb_create_struct_value(type, values);
        duckdb_destroy_logical_type(&type);
        for (size_t i = 0; i < facts->count; i++)
            duckdb_destroy_logical_type(&types[i]);
    }
    destroy_values(values, values ? facts->count : 0);
    free(types);
    free(names);
    return structure;
}

static duckdb_value create_value(const struct database_parameter *parameter)
{
    switch (parameter->kind) {
    case DATABASE_TEXT:
        return text_value(parameter->text);
    case DATABASE_TEXTS:
        return texts_value(parameter->texts);
    case DATABASE_UNSIGNED:
        return duckdb_create_uint64(parameter->number);
    case DATABASE_REAL:
        return duckdb_create_double(parameter->real);
    case DATABASE_FACTS:
        return facts_value(parameter->facts);
    }
    return NULL;
}

enum status database_bind(duckdb_prepared_statement statement, struct database_parameters parameters,
                          struct error *error)
{
    for (size_t i = 0; i < parameters.count; i++) {
        idx_t index;
        if (duckdb_bind_parameter_index(statement, &index, parameters.items[i].name) != DuckDBSuccess)
            continue;
        duckdb_value value = create_value(&parameters.items[i]);
        if (!value)
            return error_set_no_memory(error);
        duckdb_state state = duckdb_bind_value(statement, index, value);
        duckdb_destroy_value(&value);
        if (state != DuckDBSuccess)
            return database_error(error, duckdb_prepare_error(statement), DUCKDB_ERROR_INVALID_INPUT);
    }
    return STATUS_OK;
}
