// The exit codes: one table for the program and its documentation.
#ifndef CLI_EXIT_CODE_H
#define CLI_EXIT_CODE_H

#include <stddef.h>

#include "base/error.h"

struct exit_code {
    int code;
    const char *meaning;
};

// Of all commands; a command with codes of its own says so in its description.
extern const struct exit_code exit_codes[];
extern const size_t exit_code_count;

int exit_code_of(enum status status);

#endif
