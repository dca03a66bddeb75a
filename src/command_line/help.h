// Everything about the commands that is text derived from their rows.
#ifndef COMMAND_LINE_HELP_H
#define COMMAND_LINE_HELP_H

#include "command_line/command.h"

// `memalloc-bench --help`: what it is, the commands, where to read on.
void help_append_program(struct text *text, const struct command_table *commands);

// `memalloc-bench <command> --help`.
void help_append_command(struct text *text, const struct command *command);

// The manual page, in mdoc(7). `date` as "October 5, 2025".
void manual_append(struct text *text, const struct command_table *commands, const char *date);

// The completion for a shell: for bash and fish to be sourced, for zsh a function _memalloc-bench of its
// fpath.
void completion_append_bash(struct text *text, const struct command_table *commands);
void completion_append_zsh(struct text *text, const struct command_table *commands);
void completion_append_fish(struct text *text, const struct command_table *commands);

// For these: what the option's help says in full, with its choices and its default.
void option_describe(struct text *text, const struct option_row *row);

// "run [options] PLATFORM" without the program's name.
void command_append_synopsis(struct text *text, const struct command *command);

#endif
