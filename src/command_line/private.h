// What the module's own files share.
#ifndef COMMAND_LINE_PRIVATE_H
#define COMMAND_LINE_PRIVATE_H

#include <stddef.h>

#include "base/error.h"
#include "command_line/command.h"

// ---- exit_code.c ----
//
// The exit codes: one table for the program and its documentation.

struct exit_code {
    int code;
    const char *meaning;
};

// Of all commands; a command with codes of its own says so in its description.
extern const struct exit_code exit_codes[];
extern const size_t exit_code_count;

int exit_code_of(enum status status);

// ---- value.c ----
//
// What the user wrote: a word for a message, and the value of one option.

// Checks `text` against the row and fills `value` (all but `given`). STATUS_USAGE, with the range or the
// known words and the nearest match, when it does not fit; `value` is untouched then.
MUST_CHECK enum status value_parse(const struct option_row *row, const char *text, struct option_value *value,
                                   struct error *error);

#endif
