// The options of `program`: their rows, and what they ask for.
#ifndef COMMANDS_PROGRAM_OPTIONS_H
#define COMMANDS_PROGRAM_OPTIONS_H

#include "command_line/command.h"
#include "program/program.h"

enum { PROGRAM_MAX_SECONDS = 7 * 24 * 60 * 60 };

enum program_option {
#define MEASURING_OPTION(id, ...) PROGRAM_OPTION_##id,
#include "commands/measuring_options.def"
    PROGRAM_OPTION_WARMUP,
    PROGRAM_OPTION_COMMAND,
    PROGRAM_OPTION_PARAMETER,
    PROGRAM_OPTION_SHELL,
    PROGRAM_OPTION_PREPARE,
    PROGRAM_OPTION_CLEANUP,
    PROGRAM_OPTION_INPUT,
    PROGRAM_OPTION_OUTPUT,
    PROGRAM_OPTION_CHECK_OUTPUT,
    PROGRAM_OPTION_IGNORE_FAILURE,
    PROGRAM_OPTION_TIMEOUT,
    PROGRAM_OPTION_READY,
    PROGRAM_OPTION_CLIENT,
    PROGRAM_OPTION_STOP,
    PROGRAM_OPTION_METRIC,
    PROGRAM_OPTION_HIGHER_IS_BETTER,
#define RESULT_OPTION(id, ...) PROGRAM_OPTION_##id,
#include "commands/measuring_options.def"
    PROGRAM_OPTION_EXPORT_JSON,
    PROGRAM_OPTION_EXPORT_CSV,
    PROGRAM_OPTION_EXPORT_MARKDOWN,
    PROGRAM_OPTION_COUNT
};

extern const struct option_row program_option_rows[PROGRAM_OPTION_COUNT];
extern const struct argument_row program_arguments[2];

// What a command line of `program` asks for. STATUS_USAGE when its options make no sense together. With
// --resume and without a command only the names are filled in. The request is released by the caller, also
// after a failure.
MUST_CHECK enum status program_request_from(const struct invocation *invocation,
                                            struct program_request *ret_request, struct error *error);

#endif
