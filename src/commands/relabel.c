// Gives a platform another name, in all of its files.
#include "base/cleanup.h"
#include "command_line/command.h"
#include "dataset/dataset.h"
#include "plan/plan.h"

static const struct option_row options[] = {
    {.name = "results-dir",
     .type = OPTION_PATH,
     .value_name = "DIR",
     .default_text = "results",
     .help = "directory of the files of a platform"},
};

static const struct argument_row arguments[] = {
    {"FILE", "a result file, or a platform with results in the directory of --results-dir"},
    {"NAME", "the new name of the platform"},
};

static void release_paths(struct text (*paths)[RELABELLED_FILES])
{
    for (size_t i = 0; i < COUNT_OF(*paths); i++)
        text_release(&(*paths)[i]);
}

static enum status execute(struct invocation *invocation, struct error *error)
{
    CLEANUP(release_paths) struct text paths[RELABELLED_FILES] = {0};
    enum status status = platform_check(invocation->arguments[1], error);
    if (status == STATUS_OK)
        status = dataset_relabel(invocation->arguments[0], invocation->values[0].text,
                                 invocation->arguments[1], paths, error);
    if (status != STATUS_OK)
        return status;
    text_append_format(&invocation->output, "Written: %s\n", text_string(&paths[0]));
    for (size_t i = 1; i + 1 < RELABELLED_FILES; i++)
        if (paths[i].length > 0)
            text_append_format(&invocation->output, "         %s\n", text_string(&paths[i]));
    if (paths[RELABELLED_FILES - 1].length > 0)
        text_append_format(&invocation->output, "Renamed: %s\n", text_string(&paths[RELABELLED_FILES - 1]));
    return STATUS_OK;
}

const struct command command_relabel = {
    .name = "relabel",
    .summary = "rename a platform in its result files",
    .description =
        "Renames a platform: in the benchmark file, in the metadata of its files, and in their "
        "names. A self-test of the platform beside them is renamed, too. Facts and measurements are kept. "
        "Files of another platform are never replaced.",
    .arguments = arguments,
    .min_arguments = 2,
    .max_arguments = 2,
    .options = options,
    .option_count = COUNT_OF(options),
    .execute = execute,
};
