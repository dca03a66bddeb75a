#include "command_line/private.h"

#include "base/cleanup.h"

enum { EXIT_OK = 0, EXIT_CELLS_FAILED = 1, EXIT_USAGE = 2, EXIT_ENVIRONMENT = 3, EXIT_INTERRUPTED = 130 };

const struct exit_code exit_codes[] = {
    {EXIT_OK, "success"},
    {EXIT_CELLS_FAILED, "the run finished, but some cells failed"},
    {EXIT_USAGE, "invalid command line"},
    {EXIT_ENVIRONMENT, "system or file error"},
    {EXIT_INTERRUPTED, "interrupted by a signal"},
};

const size_t exit_code_count = COUNT_OF(exit_codes);

int exit_code_of(enum status status)
{
    switch (status) {
    case STATUS_OK:
        return EXIT_OK;
    case STATUS_CELLS_FAILED:
        return EXIT_CELLS_FAILED;
    case STATUS_USAGE:
        return EXIT_USAGE;
    case STATUS_INTERRUPTED:
        return EXIT_INTERRUPTED;
    case STATUS_ENVIRONMENT:
    case STATUS_BAD_DATA:
    case STATUS_NO_MEMORY:
        break;
    }
    return EXIT_ENVIRONMENT;
}
