// How a function that can fail says so: a status that must be checked, and a last, optional `struct error *`
// that receives one sentence for the cause and one for the remedy. Only src/command_line/ and src/commands/
// print them.
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stddef.h>

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(format_index, first_argument)                                                            \
    __attribute__((format(printf, format_index, first_argument)))

// The kind of failure, which src/command_line/exit_code.c maps to the exit code.
enum status {
    STATUS_OK = 0,
    STATUS_USAGE,        // invalid command line: exit 2
    STATUS_ENVIRONMENT,  // a file, a device, a limit of the system: exit 3
    STATUS_BAD_DATA,     // a file's content is not what it should be: exit 3
    STATUS_NO_MEMORY,    // the program's own memory ran out: exit 3
    STATUS_CELLS_FAILED, // the run finished, some of its cells failed: exit 1
    STATUS_INTERRUPTED,  // by a signal: exit 130
};

struct error {
    char cause[1024]; // what happened, to which file or option; no full stop at its end
    char remedy[512]; // what to do about it; empty when there is nothing to say
};

// Fills `error` (which may be NULL) and returns `status`, so that a failing function can end with
// `return error_set(...)`. `remedy` may be NULL. Text that does not fit is cut.
enum status error_set(struct error *error, enum status status, const char *remedy, const char *format, ...)
    PRINTF_LIKE(4, 5);

// What to do about errno number `error_number` whatever was tried, such as a path that is too long; `remedy`
// where that depends on what was tried.
const char *error_remedy(int error_number, const char *remedy);

// As error_remedy, of a file that was to be read.
const char *error_remedy_of_reading(int error_number, const char *remedy);

// As error_set, with ": " and the description of errno number `error_number` after the formatted cause, which
// is cut to leave room for it. The remedy is that of error_remedy.
enum status error_set_errno(struct error *error, enum status status, int error_number, const char *remedy,
                            const char *format, ...) PRINTF_LIKE(5, 6);

// Says that the program's own memory ran out. Returns STATUS_NO_MEMORY.
enum status error_set_no_memory(struct error *error);

#endif
