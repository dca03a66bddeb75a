#include "command_line/help.h"
#include "base/cleanup.h"
#include "base/printable.h"
#include "command_line/parse.h"

enum { OPTION_manual, OPTION_completion };

typedef void completion_function(struct text *text, const struct command_table *commands);

static const struct {
    const char *name;
    completion_function *append;
} shells[] = {
    {"bash", completion_append_bash},
    {"zsh", completion_append_zsh},
    {"fish", completion_append_fish},
};

static const char *shell_name(size_t index)
{
    return shells[index].name;
}

static const struct choices shell_choices = {.noun = "shell", .count = COUNT_OF(shells), .name = shell_name};

static const struct option_row options[] = {
    [OPTION_manual] = {.name = "man",
                       .type = OPTION_FLAG,
                       .help = "print the manual page, for man or mandoc"},
    [OPTION_completion] = {.name = "completion",
                           .type = OPTION_CHOICE,
                           .value_name = "SHELL",
                           .choices = &shell_choices,
                           .bare_text = "bash",
                           .help = "print the completion for a shell, alone that for bash, as in source "
                                   "<(memalloc-bench help --completion)"},
};

static const struct argument_row arguments[] = {{"COMMAND", "the command to explain"}};

static enum status unknown_command(const struct command_table *commands, const char *word,
                                   struct error *error)
{
    const struct command *nearest = command_nearest(commands, word);
    CLEANUP(text_release) struct text remedy = {0};
    if (nearest)
        text_append_format(&remedy, "Did you mean %s? ", nearest->name);
    text_append(&remedy, "Known are ");
    for (size_t i = 0; i < commands->count; i++)
        text_append_format(&remedy, "%s%s", i ? ", " : "", commands->rows[i]->name);
    text_append(&remedy, ".");
    return error_set(error, STATUS_USAGE, text_string(&remedy), "there is no command '%s'",
                     show_word(word).text);
}

static enum status execute(struct invocation *invocation, struct error *error)
{
    bool manual = invocation->values[OPTION_manual].given;
    bool completion = invocation->values[OPTION_completion].given;
    if (manual + completion + (invocation->argument_count > 0) > 1)
        return error_set(error, STATUS_USAGE, "Ask for one at a time.",
                         "help takes one of COMMAND, --man and --completion");
    struct text *output = &invocation->output;
    const struct command_table *commands = invocation->commands;
    if (manual) {
        manual_append(output, commands, MEMALLOC_BENCH_DATE);
    } else if (completion) {
        for (size_t i = 0; i < COUNT_OF(shells); i++)
            if (invocation->values[OPTION_completion].chosen >> i & 1)
                shells[i].append(output, commands);
    } else if (invocation->argument_count > 0) {
        const struct command *command = command_find(commands, invocation->arguments[0]);
        if (!command)
            return unknown_command(commands, invocation->arguments[0], error);
        help_append_command(output, command);
    } else {
        help_append_program(output, commands);
    }
    return STATUS_OK;
}

const struct command command_help = {
    .name = "help",
    .summary = "show help for the program or a command",
    .description = "Shows help for the program or for one command, as --help does.",
    .arguments = arguments,
    .max_arguments = COUNT_OF(arguments),
    .options = options,
    .option_count = COUNT_OF(options),
    .execute = execute,
};
