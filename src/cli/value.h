// The value of one option, from its text.
#ifndef CLI_VALUE_H
#define CLI_VALUE_H

#include "cli/command.h"

// Checks `text` against the row and fills `value` (all but `given`). STATUS_USAGE, with the range or the
// known words and the nearest match, when it does not fit; `value` is untouched then.
MUST_CHECK enum status value_parse(const struct option_row *row, const char *text, struct option_value *value,
                                   struct error *error);

#endif
