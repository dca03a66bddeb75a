// The names of operations and files.
#include <string.h>

#include "private.h"

static const struct {
    const char *name;
    enum trace_effect effect;
} operation_rows[] = {
#define TRACE_OPERATION(id, name, effect) {name, TRACE_##effect},
#include "trace/operations.def"
#undef TRACE_OPERATION
};

const char *trace_operation_name(enum trace_operation operation)
{
    return operation_rows[operation].name;
}

enum trace_effect trace_operation_effect(enum trace_operation operation)
{
    return operation_rows[operation].effect;
}

enum status trace_sites_path(const char *path, struct text *ret_path, struct error *error)
{
    static const char extension[] = ".parquet";
    size_t length = strlen(path);
    if (length >= sizeof extension - 1 && strcmp(path + length - (sizeof extension - 1), extension) == 0)
        length -= sizeof extension - 1;
    text_append_bytes(ret_path, path, length);
    text_append(ret_path, ".sites.parquet");
    return text_check(ret_path, error);
}
