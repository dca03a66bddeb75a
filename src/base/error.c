#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void set_remedy(struct error *error, const char *remedy)
{
    snprintf(error->remedy, sizeof error->remedy, "%s", remedy ? remedy : "");
}

enum status error_set(struct error *error, enum status status, const char *remedy, const char *format, ...)
{
    if (!error)
        return status;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->cause, sizeof error->cause, format, arguments);
    va_end(arguments);
    set_remedy(error, remedy);
    return status;
}

enum status error_set_errno(struct error *error, enum status status, int error_number, const char *remedy,
                            const char *format, ...)
{
    if (!error)
        return status;
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(error->cause, sizeof error->cause, format, arguments);
    va_end(arguments);
    if (length >= 0 && (size_t)length < sizeof error->cause)
        snprintf(error->cause + length, sizeof error->cause - (size_t)length, ": %s", strerror(error_number));
    set_remedy(error, remedy);
    return status;
}

enum status error_set_no_memory(struct error *error)
{
    return error_set(error, STATUS_NO_MEMORY,
                     "Close other programs, or raise the memory limit, and try again.",
                     "memalloc-bench itself ran out of memory");
}
