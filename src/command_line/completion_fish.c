// The completion for fish: a `complete` per command and per option, offered where the first word is that
// command.
#include <string.h>

#include "command_line/help.h"
#include "command_line/private.h"

static void append_quoted(struct text *text, const char *string)
{
    text_append(text, "'");
    for (const char *at = string; *at; at++) {
        if (strchr("'\\", *at))
            text_append(text, "\\");
        text_append_bytes(text, at, 1);
    }
    text_append(text, "'");
}

static void append_words(struct text *text, const struct option_row *row)
{
    for (size_t i = 0; i < row->choices->count; i++)
        if (row->choices->name(i))
            text_append_format(text, "%s ", row->choices->name(i));
}

// What completes the option's value, as options of `complete`.
static void append_value(struct text *text, const struct option_row *row)
{
    switch (row->type) {
    case OPTION_FLAG:
        break;
    case OPTION_LIST:
        text_append(text, " -x -a '(__fish_complete_list , \"string split -n \\\\  -- ");
        append_words(text, row);
        text_append(text, "all\")'");
        break;
    case OPTION_CHOICE:
        text_append(text, row->bare_text ? " -f -a '" : " -x -a '");
        append_words(text, row);
        text_append(text, "'");
        break;
    case OPTION_PATH:
    case OPTION_TEXTS: // NAME=/path/library.so
        text_append(text, " -r -F");
        break;
    default:
        text_append(text, " -x");
    }
}

static void append_command(struct text *text, const struct command *command)
{
    text_append_format(text, "\ncomplete -c memalloc-bench -n \"__memalloc_bench_is ''\" -f -a %s -d ",
                       command->name);
    append_quoted(text, command->summary);
    text_append(text, "\n");
    for (size_t i = 0; i < command->option_count; i++) {
        const struct option_row *row = &command->options[i];
        text_append_format(text, "complete -c memalloc-bench -n '__memalloc_bench_is %s' -l %s",
                           command->name, row->name);
        append_value(text, row);
        text_append(text, " -d ");
        append_quoted(text, row->help);
        text_append(text, "\n");
    }
}

void completion_append_fish(struct text *text, const struct command_table *commands)
{
    text_append(text, "# fish completion for memalloc-bench; load it with\n"
                      "#     memalloc-bench help --completion=fish | source\n"
                      "# Whether the command of this line is that one: '' before there is any.\n"
                      "function __memalloc_bench_is\n"
                      "    set -l words (commandline -opc)\n"
                      "    set -l command \"$words[2]\"\n"
                      "    if not contains -- \"$command\" ''");
    for (size_t i = 0; i < commands->count; i++)
        text_append_format(text, " %s", commands->rows[i]->name);
    text_append_format(text, "\n        set command %s\n    end\n    test \"$command\" = \"$argv[1]\"\nend\n",
                       commands->implied->name);
    text_append(
        text,
        "\ncomplete -c memalloc-bench -s h -l help -d 'show the help'\n"
        "complete -c memalloc-bench -n \"__memalloc_bench_is ''\" -f -l version -d 'show the version'\n");
    for (size_t i = 0; i < commands->count; i++)
        append_command(text, commands->rows[i]);
    text_append(text, "\ncomplete -c memalloc-bench -n '__memalloc_bench_is help' -f -a '");
    for (size_t i = 0; i < commands->count; i++)
        text_append_format(text, "%s ", commands->rows[i]->name);
    text_append(text, "'\n");
}
