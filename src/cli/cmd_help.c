#include "base/cleanup.h"
#include "cli/help.h"
#include "cli/parse.h"

enum { OPTION_manual, OPTION_completion };

static const struct option_row options[] = {
    [OPTION_manual] = {.name = "man",
                       .type = OPTION_FLAG,
                       .help = "print the manual page, for man or mandoc"},
    [OPTION_completion] = {.name = "completion",
                           .type = OPTION_FLAG,
                           .help =
                               "print the completion for bash: source <(memalloc-bench help --completion)"},
};

static const struct argument_row arguments[] = {{"COMMAND", "the command to explain"}};

static enum status unknown_command(const char *word, struct error *error)
{
    const struct command *nearest = command_nearest(word);
    CLEANUP(text_release) struct text remedy = {0};
    if (nearest)
        text_append_format(&remedy, "Did you mean %s? ", nearest->name);
    text_append(&remedy, "Known are ");
    for (size_t i = 0; i < command_count; i++)
        text_append_format(&remedy, "%s%s", i ? ", " : "", commands[i]->name);
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
    if (manual) {
        manual_append(output, MEMALLOC_BENCH_DATE);
    } else if (completion) {
        completion_append(output);
    } else if (invocation->argument_count > 0) {
        const struct command *command = command_find(invocation->arguments[0]);
        if (!command)
            return unknown_command(invocation->arguments[0], error);
        help_append_command(output, command);
    } else {
        help_append_program(output);
    }
    return STATUS_OK;
}

const struct command command_help = {
    .name = "help",
    .summary = "explain the program or one of its commands",
    .description = "Explains the program, or the command that is named. The same as --help.",
    .arguments = arguments,
    .most_arguments = COUNT_OF(arguments),
    .options = options,
    .option_count = COUNT_OF(options),
    .execute = execute,
};
