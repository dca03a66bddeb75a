// What a descriptor is connected to.
#ifndef COMMAND_LINE_TERMINAL_H
#define COMMAND_LINE_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

// A terminal that can redraw a line: not one whose TERM is "dumb" or unknown.
bool terminal_can_redraw(int descriptor);

// As terminal_can_redraw, and the user did not set NO_COLOR (https://no-color.org).
bool terminal_wants_colour(int descriptor);

// Columns of the terminal, else of the environment's COLUMNS, else 80.
size_t terminal_columns(int descriptor);

#endif
