#include "commands/program_options.h"

#include "commands/private.h"

const struct argument_row program_arguments[2] = {
    {"COMMAND", "the program to run, and with ':::' between them further ones"},
    {"ARGUMENT", "its arguments; {NAME} stands for the value of a parameter"}};

static const char *switch_name(size_t index)
{
    static const char *const names[] = {"on", "off"};
    return names[index];
}

static const struct choices switch_choices = {"setting", 2, switch_name, NULL, NULL};

const struct option_row program_option_rows[PROGRAM_OPTION_COUNT] = {
#define MEASURING_OPTION(id, ...) [PROGRAM_OPTION_##id] = {__VA_ARGS__},
#include "commands/measuring_options.def"
    [PROGRAM_OPTION_WARMUP] = {.name = "warmup",
                               .type = OPTION_NUMBER,
                               .value_name = "N",
                               .maximum = 100,
                               .default_text = "1",
                               .help = "processes of each command on each heap before those that count"},
    [PROGRAM_OPTION_COMMAND] = {.name = "command",
                                .type = OPTION_TEXTS,
                                .value_name = "COMMAND",
                                .help = "a command with its arguments as one text, may be repeated"},
    [PROGRAM_OPTION_PARAMETER] = {.name = "parameter",
                                  .type = OPTION_TEXTS,
                                  .value_name = "NAME=A,B",
                                  .help = "run the command with each of these values in the place of {NAME}, "
                                          "may be repeated"},
    [PROGRAM_OPTION_SHELL] = {.name = "shell",
                              .type = OPTION_TEXT,
                              .value_name = "SHELL",
                              .default_text = "none",
                              .help = "have this shell run the command (SHELL -c COMMAND)"},
    [PROGRAM_OPTION_PREPARE] = {.name = "prepare",
                                .type = OPTION_TEXT,
                                .value_name = "CMD",
                                .help = "run this before each process, outside of the timing"},
    [PROGRAM_OPTION_CLEANUP] = {.name = "cleanup",
                                .type = OPTION_TEXT,
                                .value_name = "CMD",
                                .help = "run this after each process, outside of the timing"},
    [PROGRAM_OPTION_INPUT] = {.name = "input",
                              .type = OPTION_PATH,
                              .value_name = "FILE",
                              .help = "standard input of the command; without it there is none"},
    [PROGRAM_OPTION_OUTPUT] = {.name = "output",
                               .type = OPTION_PATH,
                               .value_name = "WHERE",
                               .default_text = "pipe",
                               .help = "where its standard output goes: pipe (read, hashed and compared), "
                                       "null, inherit (here), or a file"},
    [PROGRAM_OPTION_CHECK_OUTPUT] = {.name = "check-output",
                                     .type = OPTION_CHOICE,
                                     .value_name = "WORD",
                                     .choices = &switch_choices,
                                     .default_text = "on",
                                     .help = "whether all heaps must give the same output"},
    [PROGRAM_OPTION_IGNORE_FAILURE] = {.name = "ignore-failure",
                                       .type = OPTION_FLAG,
                                       .help = "the command may exit with another code than 0"},
    [PROGRAM_OPTION_TIMEOUT] = {.name = "timeout",
                                .type = OPTION_DURATION,
                                .value_name = "TIME",
                                .minimum = 1,
                                .maximum = PROGRAM_MAX_SECONDS,
                                .help = "end a process after this time; without it after 20 times what the "
                                        "system's heap took, at least a minute"},
    [PROGRAM_OPTION_READY] = {.name = "ready",
                              .type = OPTION_TEXT,
                              .value_name = "CMD",
                              .help = "the command is a server: repeat this until it succeeds, then run the "
                                      "client"},
    [PROGRAM_OPTION_CLIENT] = {.name = "client",
                               .type = OPTION_TEXT,
                               .value_name = "CMD",
                               .help = "the command is a server: what is timed"},
    [PROGRAM_OPTION_STOP] = {.name = "stop",
                             .type = OPTION_TEXT,
                             .value_name = "SIGNAL",
                             .help = "signal that ends the server (TERM)"},
    [PROGRAM_OPTION_METRIC] = {.name = "metric",
                               .type = OPTION_TEXTS,
                               .value_name = "NAME=REGEX",
                               .help = "also take a number from the output: the regular expression's first "
                                       "group, where it matches last; may be repeated"},
    [PROGRAM_OPTION_HIGHER_IS_BETTER] = {.name = "higher-is-better",
                                         .type = OPTION_NAMES,
                                         .value_name = "LIST",
                                         .help = "metrics of which more is better"},
#define RESULT_OPTION(id, ...) [PROGRAM_OPTION_##id] = {__VA_ARGS__},
#include "commands/measuring_options.def"
    [PROGRAM_OPTION_EXPORT_JSON] = {.name = "export-json",
                                    .type = OPTION_PATH,
                                    .value_name = "FILE",
                                    .help = "write the wall times as hyperfine does, as JSON"},
    [PROGRAM_OPTION_EXPORT_CSV] = {.name = "export-csv",
                                   .type = OPTION_PATH,
                                   .value_name = "FILE",
                                   .help = "likewise, as CSV"},
    [PROGRAM_OPTION_EXPORT_MARKDOWN] = {.name = "export-markdown",
                                        .type = OPTION_PATH,
                                        .value_name = "FILE",
                                        .help = "likewise, as a table in Markdown"},
};
