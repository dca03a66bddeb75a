// The command line: words separated by newlines or zero bytes, as the arguments of memalloc-bench. What is
// accepted must be usable (a plan, a text of help); what is refused must say why and what to do.
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "command_line/help.h"
#include "command_line/parse.h"
#include "commands/commands.h"
#include "commands/run_options.h"
#include "plan/plan.h"

enum { MAX_WORDS = 64, LARGEST_PLAN = 20000 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void check_refusal(enum status status, const struct error *error)
{
    require(status == STATUS_USAGE);
    require(error->cause[0] && error->remedy[0]);
    for (const char *c = error->cause; *c; c++)
        require((unsigned char)*c >= 0x20 && *c != 0x7f);
}

static void check_run(const struct invocation *invocation)
{
    struct run_options options = {0};
    struct error error = {0};
    enum status status = run_options_from(invocation, &options, &error);
    if (status != STATUS_OK) {
        check_refusal(status, &error);
        return;
    }
    require(platform_check(options.files.platform, NULL) == STATUS_OK &&
            !command_find(&all_commands, options.files.platform));
    require(options.files.output_directory && options.files.output_directory[0]);
    if (options.request.processes > LARGEST_PLAN / ((int)STRATEGY_COUNT * (int)PATTERN_COUNT * SIZE_COUNT))
        return; // only to be fast
    CLEANUP(plan_release) struct plan plan = {0};
    status = plan_build(&options.request, &plan, &error);
    if (status != STATUS_OK)
        check_refusal(status, &error);
    else
        require(plan.count > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    char *text = malloc(length + 1);
    require(text);
    if (length)
        memcpy(text, bytes, length);
    text[length] = '\0';
    const char *words[MAX_WORDS + 1] = {"memalloc-bench"};
    int count = 1;
    for (size_t start = 0; start < length && count < MAX_WORDS;) {
        words[count++] = text + start;
        start += strcspn(text + start, "\n");
        text[start++] = '\0';
    }
    CLEANUP(invocation_release) struct invocation invocation = {0};
    struct error error = {0};
    enum status status = command_line_parse(&all_commands, count, words, &invocation, &error);
    if (status != STATUS_OK) {
        check_refusal(status, &error);
    } else if (!invocation.wants_help) {
        require(invocation.argument_count >= invocation.command->min_arguments);
        if (invocation.command == command_find(&all_commands, "run"))
            check_run(&invocation);
    }
    free(text);
    return 0;
}
