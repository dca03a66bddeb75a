// What a run found, for a terminal: per pattern a table of nanoseconds per object, then what failed and why.
#ifndef CLI_END_TABLE_H
#define CLI_END_TABLE_H

#include <stdbool.h>

#include "base/text.h"
#include "cli/cell_summary.h"

// Appends the tables, at most 80 columns wide; allocators that do not fit beside each other continue in a
// further block. The fastest of a row is marked with an asterisk (and green where `colour`), a cell of which
// some processes failed with an exclamation mark (and red). Controls and the harness are not shown.
void end_table_append(struct text *text, const struct plan *plan, const struct run_summary *summary,
                      bool colour);

#endif
