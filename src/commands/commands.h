// All commands of the program.
#ifndef COMMANDS_COMMANDS_H
#define COMMANDS_COMMANDS_H

#include "command_line/command.h"

// In the order of commands.def; `run` is implied.
extern const struct command_table all_commands;

#endif
