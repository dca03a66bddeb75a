// The manual page, in mdoc(7): the words of the rows, escaped for roff.
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "command_line/help.h"
#include "command_line/private.h"

enum { ROFF_LINE_BYTES = 50 };

// Running text: backslashes and hyphens escaped, lines kept short, no control character at a line's start.
static void append_escaped(struct text *text, const char *string)
{
    size_t line_bytes = 0;
    for (; *string; string++) {
        if (*string == ' ' && line_bytes > ROFF_LINE_BYTES) {
            text_append(text, "\n");
            line_bytes = 0;
            continue;
        }
        if (line_bytes == 0 && (*string == '.' || *string == '\''))
            text_append(text, "\\&");
        if (*string == '\\')
            text_append(text, "\\e");
        else if (*string == '-')
            text_append(text, "\\-");
        else
            text_append_bytes(text, string, 1);
        line_bytes++;
    }
}

// Paragraphs separated by empty lines; each sentence on a line of its own, as roff wants it.
static void append_paragraphs(struct text *text, const char *string)
{
    CLEANUP(text_release) struct text line = {0};
    for (; *string; string++) {
        bool paragraph_ends = string[0] == '\n' && string[1] == '\n';
        bool sentence_ends = string[0] == '.' && string[1] == ' ' && isupper((unsigned char)string[2]);
        if (!paragraph_ends && !sentence_ends) {
            text_append_bytes(&line, *string == '\n' ? " " : string, 1);
            continue;
        }
        if (sentence_ends)
            text_append(&line, ".");
        append_escaped(text, text_string(&line));
        text_append(text, paragraph_ends ? "\n.Pp\n" : "\n");
        text_clear(&line);
        string++;
    }
    append_escaped(text, text_string(&line));
    text_append(text, "\n");
}

static void append_options(struct text *text, const struct command *command)
{
    text_append(text, ".Bl -tag -width Ds\n");
    for (size_t i = 0; i < command->max_arguments; i++) {
        text_append_format(text, ".It Ar %s\n", command->arguments[i].name);
        append_escaped(text, command->arguments[i].help);
        text_append(text, ".\n");
    }
    for (size_t i = 0; i < command->option_count; i++) {
        const struct option_row *row = &command->options[i];
        CLEANUP(text_release) struct text meaning = {0};
        option_describe(&meaning, row);
        text_append(text, ".It Fl \\-");
        append_escaped(text, row->name);
        if (row->bare_text)
            text_append_format(text, " Ns Op = Ns Ar %s", row->value_name);
        else if (row->value_name)
            text_append_format(text, " Ar %s", row->value_name);
        text_append(text, "\n");
        append_escaped(text, text_string(&meaning));
        text_append(text, ".\n");
    }
    text_append(text, ".It Fl h , Fl \\-help\nshow the help of the command.\n.El\n");
}

static void append_command(struct text *text, const struct command *command)
{
    CLEANUP(text_release) struct text synopsis = {0};
    command_append_synopsis(&synopsis, command);
    text_append_format(text, ".Ss %s\n.Dl memalloc\\-bench ", command->name);
    append_escaped(text, text_string(&synopsis));
    text_append(text, "\n.Pp\n");
    append_paragraphs(text, command->description);
    append_options(text, command);
}

void manual_append(struct text *text, const struct command_table *commands, const char *date)
{
    text_append_format(text, ".Dd %s\n.Dt MEMALLOC-BENCH 1\n.Os\n", date);
    text_append(text, ".Sh NAME\n.Nm memalloc-bench\n.Nd compare the speed of malloc with that of slabs\n"
                      ".Sh SYNOPSIS\n.Nm\n.Ar PLATFORM\n.Op Ar options of run\n"
                      ".Nm\n.Ar COMMAND\n.Op Ar options\n"
                      ".Sh DESCRIPTION\n");
    append_paragraphs(
        text,
        "Compares the speed of malloc and slabs over object sizes and allocation patterns. Each "
        "measurement runs in fresh processes. Results are written to Parquet files.\n\n"
        "Options are written --option value or --option=value and cannot be abbreviated. Two hyphens end "
        "the options. A flag may be repeated; any other option given twice is an error. A first word that "
        "is not a command is taken as the platform of the command run.");
    text_append(text, ".Sh COMMANDS\n");
    for (size_t i = 0; i < commands->count; i++)
        append_command(text, commands->rows[i]);
    text_append(text,
                ".Sh ENVIRONMENT\n.Bl -tag -width NO_COLOR\n"
                ".It Ev NO_COLOR\nwhen set and not empty, no colours are used.\n"
                ".It Ev TERM\nwhen it is dumb, the progress line is not redrawn and no colours are used.\n"
                ".It Ev COLUMNS\nthe width of the terminal, where the terminal does not tell it.\n.El\n"
                ".Sh FILES\n.Bl -tag -width Ds\n"
                ".It Pa results/benchmark_PLATFORM.parquet\none row per trial.\n"
                ".It Pa results/details_PLATFORM.parquet\nall that is known of every trial and process.\n"
                ".It Pa results/benchmark_PLATFORM.journal\na run that is not finished; see\n"
                ".Fl \\-resume .\n"
                ".It Pa results/benchmark_PLATFORM.lock\nlocked while a run goes on.\n"
                ".It Pa results/program_NAME.parquet\na program on every heap; its journal and its lock\n"
                "have the same name.\n.El\n"
                ".Sh EXIT STATUS\n.Bl -tag -width 130\n");
    for (size_t i = 0; i < exit_code_count; i++)
        text_append_format(text, ".It %d\n%s.\n", exit_codes[i].code, exit_codes[i].meaning);
    text_append(text, ".El\n");
}
