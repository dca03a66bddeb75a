// From argv to an invocation: pure, without printing or exiting.
//
// `--option value` and `--option=value`; names are not abbreviated; `--` ends the options; options and
// arguments mix freely. A flag and an OPTION_TEXTS may be repeated, any other option given twice is an error.
// A first word that is no command is the platform of `run`. `--help` and `--version` as first word are the
// commands of these names.
#ifndef CLI_PARSE_H
#define CLI_PARSE_H

#include "cli/command.h"

// `ret_invocation` is released by the caller; its words point into `argv`. STATUS_USAGE with cause and remedy
// when the command line makes no sense. Counts of arguments are not checked when help is wanted.
MUST_CHECK enum status command_line_parse(int argc, const char *const *argv,
                                          struct invocation *ret_invocation, struct error *error);

// The part that follows the command's name: `words` are options and arguments of `command`.
MUST_CHECK enum status command_parse(const struct command *command, size_t count, const char *const *words,
                                     struct invocation *ret_invocation, struct error *error);

void invocation_release(struct invocation *invocation);

// A word of the user's, made fit for a message: control characters replaced by '?', cut with "..." when long.
struct shown_word {
    char text[64];
};
struct shown_word show_word(const char *word);

// The index of the choice named `word`, or -1. With `chosen` bits: appends the names, ", " between them.
int choice_index(const struct choices *choices, const char *word);
void choices_append(struct text *text, const struct choices *choices, uint64_t chosen);
uint64_t choices_all(const struct choices *choices);
uint64_t choices_default(const struct choices *choices);

#endif
