// What a command is: its name, its arguments and its option rows, from which parsing, `--help`, the manual
// page, the shell completion and the error messages derive. How to add a command: src/commands/README.md.
#ifndef COMMAND_LINE_COMMAND_H
#define COMMAND_LINE_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

enum option_type {
    OPTION_FLAG,     // no value; may be repeated
    OPTION_NUMBER,   // a whole number from `minimum` to `maximum`
    OPTION_DECIMAL,  // a number with an optional fraction, from `minimum` to `maximum`
    OPTION_DURATION, // hours, minutes and seconds: 1h30m, 2m, 90s, 90
    OPTION_BYTES, // bytes: 64MiB, 1536KiB; a number alone counts `unit_bytes`, which it must be a multiple of
    OPTION_LIST,  // comma-separated words of `choices`, or the word "all"
    OPTION_CHOICE, // one word of `choices`
    OPTION_NAMES,  // comma-separated words that only the command can judge
    OPTION_TEXTS,  // as OPTION_TEXT, and may be given several times
    OPTION_TEXT,   // any text but an empty one
    OPTION_PATH,   // as OPTION_TEXT; the shell completes file names
};

// The words that a list or choice may hold. At most 64.
struct choices {
    const char *noun; // of one of them, for messages: "allocator"
    size_t count;
    const char *(*name)(size_t index); // NULL: the row of that index cannot be chosen
    bool (*is_default)(size_t index);  // chosen when the option is not given; NULL: none is
    // A word that other builds know: why this one does not, and what brings it. NULL: there are none.
    bool (*is_absent)(const char *word, const char **ret_reason, const char **ret_remedy);
};

struct option_row {
    const char *name;        // long name without its dashes
    char letter;             // -o in place of --output; 0: none. Its help has to say so
    const char *former_name; // what earlier versions called it, still accepted; or NULL
    enum option_type type;
    const char *value_name; // "N", "LIST", "DIR"; NULL for a flag
    uint64_t minimum; // of OPTION_NUMBER, OPTION_DECIMAL, in seconds OPTION_DURATION, in units OPTION_BYTES
    uint64_t maximum;
    uint64_t unit_bytes; // of OPTION_BYTES: 1, or a power of 1024
    const struct choices *choices;
    const char *default_text; // parsed as if it were given; NULL: no default, or that of the choices
    const char *bare_text;    // the value of the bare option, which then takes another by '=' alone; or NULL
    const char *help;         // a phrase without full stop; the default and the choices are added to it
};

// A value of the option whose row has the same index. Words point into argv.
struct option_value {
    bool given;               // by the user; otherwise the rest holds the default, or zero
    uint64_t number;          // OPTION_NUMBER; OPTION_BYTES, in units; 1 for a flag that was given
    double decimal;           // OPTION_DECIMAL; OPTION_DURATION, in seconds
    const char *text;         // OPTION_TEXT, OPTION_PATH, OPTION_CHOICE; NULL when there is no default
    uint64_t chosen;          // OPTION_LIST and OPTION_CHOICE: bit i is set when choice i is
    struct string_list names; // OPTION_NAMES, OPTION_TEXTS
};

struct argument_row {
    const char *name; // in capitals, as help shows it
    const char *help; // a phrase without full stop
};

enum { MAX_OPTIONS = 32, MAX_ARGUMENTS = 8, MAX_COMMANDS = 32 };

struct command;
struct command_table;

// A command line, taken apart: what to do and with what.
struct invocation {
    const struct command *command;
    const struct command_table *commands;    // all that there are
    bool command_named;                      // false when it was implied by its first argument
    bool wants_help;                         // --help or -h was among the options
    struct option_value values[MAX_OPTIONS]; // by index of the command's option rows
    const char *arguments[MAX_ARGUMENTS];    // words that are no options, pointing into argv
    size_t argument_count;
    const char *const *words; // of a command that takes another program's: all from the first argument on
    size_t word_count;
    struct string_list rest; // the words for another command, where the command takes such
    struct text output;      // what the command has to say on standard output; written out when it has ended
    int exit_code; // set by a command that ends well (STATUS_OK) but has more to say than 0; see compare
};

struct command {
    const char *name;
    const char *summary;     // a phrase for the list of commands
    const char *description; // paragraphs for its help and the manual, separated by "\n\n"
    const struct argument_row *arguments;
    size_t min_arguments;
    size_t max_arguments; // rows in `arguments`; the last one repeats when `last_repeats`
    bool last_repeats;
    bool takes_words; // the first argument and all that follows are another program's: see invocation
    // What help calls the words that follow the arguments and are another command's: options that are not of
    // this one, and their values. They are kept in the invocation's `rest`, unread. NULL: there are none.
    const char *rest_name;
    const struct option_row *options;
    size_t option_count;
    // Runs the command. What it has to say goes into invocation->output, progress to standard error.
    enum status (*execute)(struct invocation *invocation, struct error *error);
};

struct command_table {
    const struct command *const *rows; // in the order that help shows them
    size_t count;
    const struct command *implied; // the one whose name may be left out
};

// The command of that name, or NULL.
const struct command *command_find(const struct command_table *table, const char *name);

// The command whose name `word` nearly is, or NULL.
const struct command *command_nearest(const struct command_table *table, const char *word);

#endif
