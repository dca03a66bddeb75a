// From argv to an invocation: pure, without printing or exiting.
//
// `--option value` and `--option=value`; names are not abbreviated; `--` ends the options; options and
// arguments mix freely. A flag and an OPTION_TEXTS may be repeated, any other option given twice is an error.
// A first word that is no command is an argument of the one that the table implies. `--help` and `--version`
// as first word are the commands of these names.
#ifndef COMMAND_LINE_PARSE_H
#define COMMAND_LINE_PARSE_H

#include "command_line/command.h"

// `ret_invocation` is released by the caller; its words point into `argv`. STATUS_USAGE with cause and remedy
// when the command line is invalid. Counts of arguments are not checked when help is wanted.
MUST_CHECK enum status command_line_parse(const struct command_table *commands, int argc,
                                          const char *const *argv, struct invocation *ret_invocation,
                                          struct error *error);

// The part that follows the command's name: `words` are options and arguments of `command`.
MUST_CHECK enum status command_parse(const struct command_table *commands, const struct command *command,
                                     size_t count, const char *const *words,
                                     struct invocation *ret_invocation, struct error *error);

void invocation_release(struct invocation *invocation);

// The index of the choice named `word`, or -1. With `chosen` bits: appends the names, ", " between them.
int choice_index(const struct choices *choices, const char *word);
void choices_append(struct text *text, const struct choices *choices, uint64_t chosen);
uint64_t choices_all(const struct choices *choices);
uint64_t choices_default(const struct choices *choices);

#endif
