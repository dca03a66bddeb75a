// The completion for zsh: a function per command that hands its option rows to _arguments. What _arguments
// reads as syntax is escaped.
#include <string.h>

#include "command_line/help.h"
#include "command_line/private.h"

// In a word between single quotes: for the shell a quote, for _arguments colons, brackets and backslashes.
static void append_quoted(struct text *text, const char *string)
{
    for (const char *at = string; *at; at++) {
        if (*at == '\'')
            text_append(text, "'\\''");
        else if (strchr("[]:\\", *at))
            text_append_format(text, "\\%c", *at);
        else
            text_append_bytes(text, at, 1);
    }
}

static void append_words(struct text *text, const struct option_row *row)
{
    for (size_t i = 0; row->choices && i < row->choices->count; i++) {
        if (!row->choices->name(i))
            continue;
        text_append(text, " ");
        append_quoted(text, row->choices->name(i));
    }
}

// What completes the option's value.
static void append_action(struct text *text, const struct option_row *row)
{
    switch (row->type) {
    case OPTION_LIST:
        text_append(text, "_sequence compadd -");
        append_words(text, row);
        text_append(text, " all");
        break;
    case OPTION_CHOICE:
        text_append(text, "(");
        append_words(text, row);
        text_append(text, " )");
        break;
    case OPTION_PATH:
    case OPTION_TEXTS: // NAME=/path/library.so
        text_append(text, "_files");
        break;
    default:
        text_append(text, " "); // nothing to offer
    }
}

static void append_option(struct text *text, const struct option_row *row)
{
    text_append_format(text, "        '%s--%s", row->type == OPTION_TEXTS ? "*" : "", row->name);
    if (row->type != OPTION_FLAG)
        text_append(text, row->bare_text ? "=-" : "=");
    text_append(text, "[");
    append_quoted(text, row->help);
    text_append(text, "]");
    if (row->type != OPTION_FLAG) {
        text_append_format(text, "%s", row->bare_text ? "::" : ":");
        append_quoted(text, row->value_name);
        text_append(text, ":");
        append_action(text, row);
    }
    text_append(text, "' \\\n");
}

static void append_command(struct text *text, const struct command_table *commands,
                           const struct command *command)
{
    text_append_format(text, "_memalloc_bench_%s()\n{\n    _arguments -s -S \\\n", command->name);
    for (size_t i = 0; i < command->option_count; i++)
        append_option(text, &command->options[i]);
    text_append(text, "        '(- *)'{-h,--help}'[show this help]' \\\n        '*: :");
    if (strcmp(command->name, "help") == 0) {
        text_append(text, "(");
        for (size_t i = 0; i < commands->count; i++)
            text_append_format(text, " %s", commands->rows[i]->name);
        text_append(text, " )'\n}\n\n");
    } else {
        text_append(text, "_files'\n}\n\n");
    }
}

void completion_append_zsh(struct text *text, const struct command_table *commands)
{
    text_append(text,
                "#compdef memalloc-bench\n"
                "# zsh completion for memalloc-bench: a file _memalloc-bench in a folder of $fpath\n\n");
    for (size_t i = 0; i < commands->count; i++)
        append_command(text, commands, commands->rows[i]);
    text_append(text, "_memalloc-bench()\n{\n    local -a commands=(\n");
    for (size_t i = 0; i < commands->count; i++) {
        text_append_format(text, "        '%s:", commands->rows[i]->name);
        append_quoted(text, commands->rows[i]->summary);
        text_append(text, "'\n");
    }
    text_append(text, "    )\n"
                      "    if ((CURRENT == 2)); then\n"
                      "        _describe -t commands command commands\n"
                      "        compadd -- --help --version\n"
                      "        return\n"
                      "    fi\n"
                      "    shift words\n"
                      "    ((CURRENT--))\n"
                      "    if (($+functions[_memalloc_bench_$words[1]])); then\n"
                      "        _memalloc_bench_$words[1]\n"
                      "    else\n");
    text_append_format(text, "        _memalloc_bench_%s\n    fi\n}\n\n", commands->implied->name);
    // Loaded by compinit it is the body of the function, sourced it makes itself known.
    text_append(text, "if [[ $funcstack[1] == _memalloc-bench ]]; then\n"
                      "    _memalloc-bench \"$@\"\n"
                      "else\n"
                      "    compdef _memalloc-bench memalloc-bench\n"
                      "fi\n");
}
