#include "cli/command.h"

static enum status execute(struct invocation *invocation, struct error *error)
{
    (void)error;
    text_append(&invocation->output, "memalloc-bench " MEMALLOC_BENCH_VERSION "\n");
#ifdef __clang__
    text_append(&invocation->output, "compiled by clang " __clang_version__ "\n");
#else
    text_append(&invocation->output, "compiled by gcc " __VERSION__ "\n");
#endif
    return STATUS_OK;
}

const struct command command_version = {
    .name = "version",
    .summary = "tell the version of the program",
    .description = "Tells the version of the program and the compiler that built it. The same as --version.",
    .execute = execute,
};
