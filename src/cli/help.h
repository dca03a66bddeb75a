// Everything about the commands that is text derived from their rows.
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "cli/command.h"

// `memalloc-bench --help`: what it is, the commands, where to read on.
void help_append_program(struct text *text);

// `memalloc-bench <command> --help`.
void help_append_command(struct text *text, const struct command *command);

// The manual page, in mdoc(7). `date` as "October 5, 2025".
void manual_append(struct text *text, const char *date);

// The completion for bash, to be sourced.
void completion_append(struct text *text);

// For these: what the option's help says in full, with its choices and its default.
void option_describe(struct text *text, const struct option_row *row);

// "run [options] PLATFORM" without the program's name.
void command_append_synopsis(struct text *text, const struct command *command);

#endif
