#include "base/cleanup.h"
#include "cli/command.h"
#include "environment/environment.h"

static enum status execute(struct invocation *invocation, struct error *error)
{
    static const struct {
        const char *key, *title;
    } lines[] = {
        {"program.revision", "revision "},
        {"build.compiler", "compiled by "},
    };
    CLEANUP(facts_release) struct facts facts = {0};
    environment_read(&facts);
    text_append(&invocation->output, "memalloc-bench " MEMALLOC_BENCH_VERSION "\n");
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        const char *value = facts_get(&facts, lines[i].key);
        if (value)
            text_append_format(&invocation->output, "%s%s\n", lines[i].title, value);
    }
    return facts_check(&facts, error);
}

const struct command command_version = {
    .name = "version",
    .summary = "tell the version of the program",
    .description =
        "Tells the version of the program, its revision, and the compiler that built it. The same as "
        "--version.",
    .execute = execute,
};
