#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static void set_remedy(struct error *error, const char *remedy)
{
    snprintf(error->remedy, sizeof error->remedy, "%s", remedy ? remedy : "");
}

static const struct {
    int error_number;
    bool of_reading; // else of whatever was tried
    const char *remedy;
} remedies[] = {
    {ENAMETOOLONG, false, "Use a shorter path: most systems take 255 bytes in a name and 4095 in a path."},
    {ELOOP, false, "Fix the symbolic links in the path: they lead to each other."},
    {EMFILE, false, "Raise the limit on open files (ulimit -n)."},
    {ENFILE, false, "Close other programs: no more files can be opened on this machine."},
    {ENOMEM, false, "Close other programs, or raise the memory limit, and try again."},
    {EACCES, true, "Get the right to read the file and to enter every directory above it."},
    {EPERM, true, "Get the right to read the file and to enter every directory above it."},
    {EISDIR, true, "Name a file; this is a directory."},
    {ENOTDIR, true, "Check the path: a part of it that should be a directory is a file."},
    {EIO, true, "Check the disk that it is on, or replace the file by a copy from elsewhere."},
    {ESTALE, true, "Mount the file system anew: its server no longer knows the file."},
};

static const char *find_remedy(int error_number, bool of_reading, const char *remedy)
{
    for (size_t i = 0; i < sizeof remedies / sizeof *remedies; i++)
        if (remedies[i].error_number == error_number && (of_reading || !remedies[i].of_reading))
            return remedies[i].remedy;
    return remedy;
}

const char *error_remedy(int error_number, const char *remedy)
{
    return find_remedy(error_number, false, remedy);
}

const char *error_remedy_of_reading(int error_number, const char *remedy)
{
    return find_remedy(error_number, true, remedy);
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
    char description[128];
    int description_length = snprintf(description, sizeof description, ": %s", strerror(error_number));
    size_t most = sizeof error->cause - 1 - (size_t)description_length;
    if (length >= 0 && description_length < (int)sizeof description)
        memcpy(error->cause + ((size_t)length < most ? (size_t)length : most), description,
               (size_t)description_length + 1);
    set_remedy(error, error_remedy(error_number, remedy));
    return status;
}

enum status error_set_no_memory(struct error *error)
{
    return error_set(error, STATUS_NO_MEMORY,
                     "Close other programs, or raise the memory limit, and try again.",
                     "memalloc-bench itself ran out of memory");
}
