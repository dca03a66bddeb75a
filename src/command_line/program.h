// The whole program but for its exit: parse, run the command, report.
#ifndef COMMAND_LINE_PROGRAM_H
#define COMMAND_LINE_PROGRAM_H

#include "command_line/command.h"

// Runs the command line and returns the exit code. Errors are printed on standard error; output that could
// not be written is an error, but a reader that closed its end is not.
int program_run(const struct command_table *commands, int argc, const char *const *argv);

#endif
