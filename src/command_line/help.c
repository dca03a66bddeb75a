#include "command_line/help.h"

#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "command_line/parse.h"
#include "command_line/private.h"
#include "command_line/wrap.h"

// A default that is everything is said so; the list of it stands before.
static void append_default(struct text *text, const struct option_row *row)
{
    if (row->default_text) {
        text_append_format(text, " (default: %s)", row->default_text);
    } else if (row->type == OPTION_LIST && choices_default(row->choices)) {
        uint64_t chosen = choices_default(row->choices);
        text_append(text, " (default: ");
        if (chosen == choices_all(row->choices))
            text_append(text, "all");
        else
            choices_append(text, row->choices, chosen);
        text_append(text, ")");
    }
}

void option_describe(struct text *text, const struct option_row *row)
{
    text_append(text, row->help);
    if (row->choices) {
        text_append(text, ": ");
        choices_append(text, row->choices, choices_all(row->choices));
        if (row->type == OPTION_LIST)
            text_append(text, ", or all");
    }
    bool has_range = row->type == OPTION_NUMBER || row->type == OPTION_DECIMAL;
    if (has_range && row->maximum < UINT32_MAX)
        text_append_format(text, ", %" PRIu64 " to %" PRIu64, row->minimum, row->maximum);
    append_default(text, row);
}

void command_append_synopsis(struct text *text, const struct command *command)
{
    text_append_format(text, "%s", command->name);
    if (command->option_count)
        text_append(text, " [options]");
    for (size_t i = 0; i < command->max_arguments; i++) {
        bool optional = i >= command->min_arguments;
        bool repeats = command->last_repeats && i + 1 == command->max_arguments;
        text_append_format(text, " %s%s%s%s", optional ? "[" : "", command->arguments[i].name,
                           repeats ? " ..." : "", optional ? "]" : "");
    }
    if (command->rest_name)
        text_append_format(text, " [%s]", command->rest_name);
}

enum { TERM_INDENT = 2, WIDEST_TERM = 22 };

// "  term   text", the text in a column of its own; a term that is too wide gets a line to itself.
static void append_row(struct text *text, const char *term, const char *meaning, size_t meaning_column)
{
    append_spaces(text, TERM_INDENT);
    text_append(text, term);
    size_t column = TERM_INDENT + strlen(term);
    if (column + 2 > meaning_column) {
        text_append(text, "\n");
        column = 0;
    }
    append_spaces(text, meaning_column - column);
    wrap_append(text, meaning, meaning_column, meaning_column);
}

static void append_option(struct text *text, const struct option_row *row, size_t meaning_column)
{
    CLEANUP(text_release) struct text term = {0}, meaning = {0};
    if (row->bare_text)
        text_append_format(&term, "--%s[=%s]", row->name, row->value_name);
    else
        text_append_format(&term, "--%s%s%s", row->name, row->value_name ? " " : "",
                           row->value_name ? row->value_name : "");
    option_describe(&meaning, row);
    append_row(text, text_string(&term), text_string(&meaning), meaning_column);
}

static size_t meaning_column_of(const struct command *command)
{
    size_t widest = strlen("-h, --help");
    for (size_t i = 0; i < command->option_count; i++) {
        const struct option_row *row = &command->options[i];
        size_t width = strlen(row->name) + 2 + (row->value_name ? strlen(row->value_name) + 1 : 0);
        if (width > widest && width <= WIDEST_TERM)
            widest = width;
    }
    return TERM_INDENT + widest + 2;
}

void help_append_command(struct text *text, const struct command *command)
{
    text_append(text, "Usage: memalloc-bench ");
    command_append_synopsis(text, command);
    text_append(text, "\n\n");
    wrap_append(text, command->description, 0, 0);
    size_t column = meaning_column_of(command);
    if (command->max_arguments)
        text_append(text, "\nArguments:\n");
    for (size_t i = 0; i < command->max_arguments; i++)
        append_row(text, command->arguments[i].name, command->arguments[i].help, column);
    text_append(text, "\nOptions:\n");
    for (size_t i = 0; i < command->option_count; i++)
        append_option(text, &command->options[i], column);
    append_row(text, "-h, --help", "show this help", column);
}

void help_append_program(struct text *text, const struct command_table *commands)
{
    text_append(text, "Usage: memalloc-bench PLATFORM [options of run]\n"
                      "       memalloc-bench COMMAND [options]\n\n");
    wrap_append(
        text,
        "Compares the speed of malloc and slabs over object sizes and allocation patterns. Each measurement "
        "runs in fresh processes. Results are written to Parquet files.",
        0, 0);
    text_append(text, "\nCommands:\n");
    size_t widest = 0;
    for (size_t i = 0; i < commands->count; i++)
        if (strlen(commands->rows[i]->name) > widest)
            widest = strlen(commands->rows[i]->name);
    for (size_t i = 0; i < commands->count; i++)
        append_row(text, commands->rows[i]->name, commands->rows[i]->summary, TERM_INDENT + widest + 2);
    text_append(text, "\nExit codes:\n");
    for (size_t i = 0; i < exit_code_count; i++) {
        CLEANUP(text_release) struct text code = {0};
        text_append_format(&code, "%d", exit_codes[i].code);
        append_row(text, text_string(&code), exit_codes[i].meaning, 7);
    }
    text_append(text, "\n");
    wrap_append(text, "memalloc-bench COMMAND --help lists the options of a command.", 0, 0);
}
