#include "base/cleanup.h"
#include "cli/plan_text.h"
#include "cli/run_options.h"

static enum status execute(struct invocation *invocation, struct error *error)
{
    struct run_options options;
    enum status status = run_options_from(invocation, &options, error);
    if (status != STATUS_OK)
        return status;
    CLEANUP(plan_release) struct plan plan = {0};
    status = plan_build(&options.request, &plan, error);
    if (status != STATUS_OK)
        return status;
    if (options.dry_run) {
        plan_append(&invocation->output, &plan, options.platform);
        return STATUS_OK;
    }
    return error_set(error, STATUS_ENVIRONMENT, "Use --dry-run to see the plan.",
                     "this build cannot measure");
}

const struct command command_run = {
    .name = "run",
    .summary = "measure this machine",
    .description =
        "Measures every allocator with every pattern and size, each in fresh processes that take turns in a "
        "seeded random order, and writes DIR/benchmark_PLATFORM.parquet and DIR/details_PLATFORM.parquet. "
        "The "
        "word run may be left out.\n\n"
        "A run that was interrupted is kept in DIR/benchmark_PLATFORM.journal; --resume goes on from there. "
        "It "
        "measures what the interrupted run was asked for; options that say otherwise are an error.\n\n"
        "Of --iterations and --processes the one that is not given follows the other where it must: a "
        "process "
        "runs at least one iteration.",
    .arguments = run_arguments,
    .least_arguments = 1,
    .most_arguments = 1,
    .options = run_option_rows,
    .option_count = RUN_OPTION_COUNT,
    .execute = execute,
};
