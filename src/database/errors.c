// What DuckDB says went wrong, as an error of this program.
#include <string.h>

#include "base/cleanup.h"
#include "base/printable.h"
#include "database/private.h"

enum status database_error(struct error *error, const char *message, duckdb_error_type type)
{
    CLEANUP(text_release) struct text first = {0}, clean = {0};
    text_append_bytes(&first, message ? message : "", message ? strcspn(message, "\n") : 0);
    text_append_printable(&clean, first.length ? text_string(&first) : "unknown error", "");
    const char *line = text_string(&clean);
    if (type == DUCKDB_ERROR_OUT_OF_MEMORY)
        return error_set(error, STATUS_NO_MEMORY,
                         "Work on fewer files at once, or free some memory and try again.", "DuckDB: %s",
                         line);
    if (strstr(line, "is encrypted"))
        return error_set(error, STATUS_BAD_DATA, "Write it without encryption.", "it is encrypted");
    bool is_io = type == DUCKDB_ERROR_IO || type == DUCKDB_ERROR_PERMISSION;
    if (is_io ||
        strncmp(line, "IO Error", strlen("IO Error")) == 0) // a statement that is prepared has no type
        return error_set(error, STATUS_ENVIRONMENT,
                         "Check that the file can be read or written and that there is space.", "DuckDB: %s",
                         line);
    return error_set(error, STATUS_BAD_DATA, NULL, "DuckDB: %s", line);
}
