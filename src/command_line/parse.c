#include "command_line/parse.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/printable.h"
#include "command_line/private.h"

void invocation_release(struct invocation *invocation)
{
    if (!invocation)
        return;
    for (size_t i = 0; i < MAX_OPTIONS; i++)
        string_list_release(&invocation->values[i].names);
    string_list_release(&invocation->rest);
    text_release(&invocation->output);
    *invocation = (struct invocation){0};
}

static const char *nearest_option(const struct command *command, const char *name)
{
    const char *names[MAX_OPTIONS + 1];
    size_t count = 0;
    for (; count < command->option_count; count++)
        names[count] = command->options[count].name;
    names[count++] = "help";
    return nearest_word(name, names, count);
}

static enum status unknown_option(const struct command *command, const char *word, struct error *error)
{
    const char *name = word + strspn(word, "-");
    char bare[64];
    snprintf(bare, sizeof bare, "%.*s", (int)strcspn(name, "="), name);
    const char *nearest = nearest_option(command, bare);
    char remedy[256];
    if (nearest)
        snprintf(remedy, sizeof remedy, "Did you mean --%s? See memalloc-bench %s --help.", nearest,
                 command->name);
    else
        snprintf(remedy, sizeof remedy, "See memalloc-bench %s --help for its options.", command->name);
    size_t shown_length = strcspn(word, "=");
    CLEANUP(free_pointer) char *shown = strndup(word, shown_length);
    if (!shown)
        return error_set_no_memory(error);
    return error_set(error, STATUS_USAGE, remedy, "%s has no option '%s'", command->name,
                     show_word(shown).text);
}

static bool is_called(const char *candidate, const char *name, size_t length)
{
    return candidate && strlen(candidate) == length && memcmp(candidate, name, length) == 0;
}

static int find_option(const struct command *command, const char *name, size_t length)
{
    for (size_t i = 0; i < command->option_count; i++) {
        const struct option_row *row = &command->options[i];
        if (is_called(row->name, name, length) || is_called(row->former_name, name, length))
            return (int)i;
    }
    return -1;
}

struct cursor {
    size_t count;
    const char *const *words;
    size_t next;
};

// The value of an option: what follows its '=', or else what it means alone, or else the next word, unless
// that looks like an option.
static enum status take_value(const struct option_row *row, const char *equals, struct cursor *cursor,
                              const char **ret_value, struct error *error)
{
    if (equals || row->bare_text) {
        *ret_value = equals ? equals + 1 : row->bare_text;
        return STATUS_OK;
    }
    bool absent = cursor->next == cursor->count || strncmp(cursor->words[cursor->next], "--", 2) == 0;
    if (absent) {
        char remedy[128];
        snprintf(remedy, sizeof remedy, "Write --%s %s.", row->name, row->value_name);
        return error_set(error, STATUS_USAGE, remedy, "--%s needs a value", row->name);
    }
    *ret_value = cursor->words[cursor->next++];
    return STATUS_OK;
}

// "-o": the row with that letter; -1 when there is none.
static int find_letter(const struct command *command, const char *word)
{
    for (size_t i = 0; i < command->option_count; i++)
        if (command->options[i].letter && word[1] == command->options[i].letter && !word[2])
            return (int)i;
    return -1;
}

static enum status parse_option(struct invocation *invocation, const char *word, struct cursor *cursor,
                                struct error *error)
{
    const struct command *command = invocation->command;
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
        invocation->wants_help = true;
        return STATUS_OK;
    }
    const char *equals = strchr(word, '=');
    size_t length = equals ? (size_t)(equals - word) : strlen(word);
    int index =
        strncmp(word, "--", 2) == 0 ? find_option(command, word + 2, length - 2) : find_letter(command, word);
    if (index < 0)
        return unknown_option(command, word, error);
    const struct option_row *row = &command->options[index];
    struct option_value *value = &invocation->values[index];
    if (row->type == OPTION_FLAG) {
        if (equals)
            return error_set(error, STATUS_USAGE, "Leave out the '=' and what follows it.",
                             "--%s takes no value", row->name);
        value->given = true;
        value->number = 1;
        return STATUS_OK;
    }
    if (value->given && row->type != OPTION_TEXTS)
        return error_set(error, STATUS_USAGE,
                         row->type == OPTION_LIST || row->type == OPTION_NAMES
                             ? "Give it once, with commas between its values."
                             : "Give it once.",
                         "--%s is given twice", row->name);
    const char *text = NULL;
    enum status status = take_value(row, equals, cursor, &text, error);
    if (status == STATUS_OK)
        status = value_parse(row, text, value, error);
    value->given = true;
    return status;
}

static enum status set_defaults(struct invocation *invocation, struct error *error)
{
    const struct command *command = invocation->command;
    for (size_t i = 0; i < command->option_count; i++) {
        const struct option_row *row = &command->options[i];
        struct option_value *value = &invocation->values[i];
        enum status status = STATUS_OK;
        if (row->default_text)
            status = value_parse(row, row->default_text, value, error);
        else if (row->type == OPTION_LIST)
            value->chosen = choices_default(row->choices);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

static enum status add_argument(struct invocation *invocation, const char *word, struct error *error)
{
    const struct command *command = invocation->command;
    size_t most = command->last_repeats ? MAX_ARGUMENTS : command->max_arguments;
    if (invocation->argument_count < most) {
        invocation->arguments[invocation->argument_count++] = word;
        return STATUS_OK;
    }
    char remedy[160];
    const struct command *nearest =
        invocation->command_named ? NULL : command_nearest(invocation->commands, invocation->arguments[0]);
    if (nearest)
        snprintf(remedy, sizeof remedy, "Did you mean memalloc-bench %s?", nearest->name);
    else
        snprintf(remedy, sizeof remedy, "See memalloc-bench %s --help.", command->name);
    return error_set(error, STATUS_USAGE, remedy, "unexpected argument '%s'", show_word(word).text);
}

static enum status check_arguments(const struct invocation *invocation, struct error *error)
{
    const struct command *command = invocation->command;
    if (invocation->wants_help || invocation->argument_count >= command->min_arguments)
        return STATUS_OK;
    const struct argument_row *missing = &command->arguments[invocation->argument_count];
    CLEANUP(text_release) struct text remedy = {0};
    text_append_format(&remedy, "Write memalloc-bench %s", command->name);
    for (size_t i = 0; i < command->min_arguments; i++)
        text_append_format(&remedy, " %s", command->arguments[i].name);
    text_append_format(&remedy, ", where %s is %s.", missing->name, missing->help);
    return error_set(error, STATUS_USAGE, text_string(&remedy), "%s needs %s", command->name, missing->name);
}

// The word that was just read, and all that follow.
static void take_words(struct invocation *invocation, struct cursor *cursor)
{
    invocation->words = &cursor->words[cursor->next - 1];
    invocation->word_count = cursor->count - (cursor->next - 1);
    cursor->next = cursor->count;
}

// Whether the word is another command's: it is no argument and no option of this one, or follows "--".
static bool is_of_rest(const struct invocation *invocation, const char *word, bool options_ended)
{
    const struct command *command = invocation->command;
    if (!command->rest_name || invocation->argument_count < command->max_arguments)
        return false;
    if (options_ended || word[0] != '-' || !word[1])
        return true;
    bool help = strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
    return !help &&
           (strncmp(word, "--", 2) != 0 || find_option(command, word + 2, strcspn(word + 2, "=")) < 0);
}

static enum status parse_words(struct invocation *invocation, struct cursor *cursor, struct error *error)
{
    enum status status = set_defaults(invocation, error);
    bool options_ended = false;
    while (status == STATUS_OK && cursor->next < cursor->count) {
        const char *word = cursor->words[cursor->next++];
        if (!options_ended && strcmp(word, "--") == 0)
            options_ended = true;
        else if (is_of_rest(invocation, word, options_ended))
            status = string_list_add(&invocation->rest, word, error);
        else if (!options_ended && word[0] == '-' && word[1])
            status = parse_option(invocation, word, cursor, error);
        else if (invocation->command->takes_words)
            take_words(invocation, cursor);
        else
            status = add_argument(invocation, word, error);
    }
    return status == STATUS_OK ? check_arguments(invocation, error) : status;
}

static enum status parse_into(const struct command_table *commands, const struct command *command, bool named,
                              struct cursor cursor, struct invocation *ret_invocation, struct error *error)
{
    CLEANUP(invocation_release)
    struct invocation invocation = {.command = command, .commands = commands, .command_named = named};
    enum status status = parse_words(&invocation, &cursor, error);
    if (status != STATUS_OK)
        return status;
    *ret_invocation = invocation;
    invocation = (struct invocation){0}; // given away
    return STATUS_OK;
}

enum status command_parse(const struct command_table *commands, const struct command *command, size_t count,
                          const char *const *words, struct invocation *ret_invocation, struct error *error)
{
    return parse_into(commands, command, true, (struct cursor){count, words, 0}, ret_invocation, error);
}

enum status command_line_parse(const struct command_table *commands, int argc, const char *const *argv,
                               struct invocation *ret_invocation, struct error *error)
{
    if (argc < 2)
        return error_set(
            error, STATUS_USAGE,
            "Give a name for this machine, as in memalloc-bench local. See memalloc-bench --help.",
            "missing platform or command");
    const char *first = argv[1];
    if (strcmp(first, "--help") == 0 || strcmp(first, "-h") == 0)
        first = "help";
    else if (strcmp(first, "--version") == 0)
        first = "version";
    const struct command *command = command_find(commands, first);
    bool named = command != NULL;
    struct cursor cursor = {(size_t)argc - 1, argv + 1, named ? 1 : 0};
    return parse_into(commands, named ? command : commands->implied, named, cursor, ret_invocation, error);
}
