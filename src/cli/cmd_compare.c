// Reads two stored runs, compares them and says what it comes to; the exit code is for scripts.
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cli/command.h"
#include "cli/compare_chart.h"
#include "cli/compare_text.h"
#include "cli/parse.h"
#include "cli/terminal.h"
#include "compare/compare.h"

enum compare_option {
    OPTION_results_dir,
    OPTION_metric,
    OPTION_threshold,
    OPTION_all,
    OPTION_json,
    OPTION_csv,
    OPTION_chart,
    OPTION_seed,
    OPTION_force,
    OPTION_COUNT
};

static const char *metric_name(size_t index)
{
    return compare_metric_name((enum compare_metric)index);
}

static bool metric_is_default(size_t index)
{
    return index == COMPARE_TOTAL;
}

static const struct choices metrics = {"metric", COMPARE_METRIC_COUNT, metric_name, metric_is_default};

static const struct option_row options[OPTION_COUNT] = {
    [OPTION_results_dir] = {.name = "results-dir",
                            .type = OPTION_PATH,
                            .value_name = "DIR",
                            .default_text = "results",
                            .help = "where the results of a named platform are"},
    [OPTION_metric] = {.name = "metric",
                       .type = OPTION_CHOICE,
                       .value_name = "METRIC",
                       .choices = &metrics,
                       .default_text = "total",
                       .help = "the time of whole trials, or of the first batch of each"},
    [OPTION_threshold] = {.name = "threshold",
                          .type = OPTION_DECIMAL,
                          .value_name = "PERCENT",
                          .maximum = 1000,
                          .help =
                              "differences up to this do not matter; without it 1, or what the runs' null "
                              "controls show if that is more"},
    [OPTION_all] = {.name = "all", .type = OPTION_FLAG, .help = "list every cell, unchanged ones too"},
    [OPTION_json] = {.name = "json", .type = OPTION_FLAG, .help = "print JSON instead of the table"},
    [OPTION_csv] = {.name = "csv",
                    .type = OPTION_FLAG,
                    .help = "print a CSV row per cell instead of the table"},
    [OPTION_chart] = {.name = "chart",
                      .type = OPTION_PATH,
                      .value_name = "FILE",
                      .help =
                          "draw the changes with their intervals as well, as .svg, .png or .pdf; needs Node"},
    [OPTION_seed] = {.name = "seed",
                     .type = OPTION_NUMBER,
                     .value_name = "N",
                     .maximum = UINT64_MAX,
                     .default_text = "1",
                     .help = "seed of the bootstrap: the same seed gives the same intervals"},
    [OPTION_force] = {.name = "force",
                      .type = OPTION_FLAG,
                      .help = "compare although machine or build differ, and say so in the output"},
};

static const struct argument_row arguments[] = {
    {"A", "the run to compare with: a platform, or the path of a result file"},
    {"B", "the run in question, likewise"},
};

static bool is_same_file(const struct run_source *a, const struct run_source *b)
{
    struct stat first, second;
    return stat(text_string(&a->benchmark), &first) == 0 && stat(text_string(&b->benchmark), &second) == 0 &&
           first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

static enum status find_sources(const struct invocation *invocation, struct run_source sources[RUN_COUNT],
                                struct error *error)
{
    const char *directory = invocation->values[OPTION_results_dir].text;
    enum status status = STATUS_OK;
    for (int side = 0; side < RUN_COUNT && status == STATUS_OK; side++)
        status = run_source_find(invocation->arguments[side], directory, &sources[side], error);
    if (status == STATUS_OK && is_same_file(&sources[RUN_A], &sources[RUN_B]))
        return error_set(error, STATUS_USAGE, "Name two runs.", "%s and %s are the same file",
                         show_word(invocation->arguments[RUN_A]).text,
                         show_word(invocation->arguments[RUN_B]).text);
    return status;
}

static enum status write_chart(const char *path, const char *script, const struct comparison *comparison,
                               const struct run_values runs[RUN_COUNT], enum compare_metric metric,
                               struct error *error)
{
    CLEANUP(text_release) struct text json = {0};
    comparison_append_json(&json, comparison, runs, metric);
    return compare_chart_write(path, script, &json, error);
}

static void append_output(struct invocation *invocation, const struct comparison *comparison,
                          const struct run_values runs[RUN_COUNT], enum compare_metric metric)
{
    if (invocation->values[OPTION_json].given) {
        comparison_append_json(&invocation->output, comparison, runs, metric);
        return;
    }
    if (invocation->values[OPTION_csv].given) {
        comparison_append_csv(&invocation->output, comparison);
        return;
    }
    const struct compare_text_options text_options = {
        .metric = metric,
        .all = invocation->values[OPTION_all].given,
        .colour = terminal_wants_colour(STDOUT_FILENO),
    };
    compare_text_append(&invocation->output, comparison, runs, &text_options);
    if (invocation->values[OPTION_chart].given)
        text_append_format(&invocation->output, "Chart: %s\n", invocation->values[OPTION_chart].text);
}

static void release_sources(struct run_source (*sources)[RUN_COUNT])
{
    for (int side = 0; side < RUN_COUNT; side++)
        run_source_release(&(*sources)[side]);
}

static void release_runs(struct run_values (*runs)[RUN_COUNT])
{
    for (int side = 0; side < RUN_COUNT; side++)
        run_values_release(&(*runs)[side]);
}

static struct compare_options take_options(const struct option_value *values)
{
    struct compare_options compare_options;
    compare_options_init(&compare_options);
    compare_options.force = values[OPTION_force].given;
    compare_options.seed = values[OPTION_seed].number;
    if (values[OPTION_threshold].given)
        compare_options.threshold = values[OPTION_threshold].decimal / 100;
    return compare_options;
}

static enum status execute(struct invocation *invocation, struct error *error)
{
    const struct option_value *values = invocation->values;
    CLEANUP(release_sources) struct run_source sources[RUN_COUNT] = {0};
    CLEANUP(release_runs) struct run_values runs[RUN_COUNT] = {0};
    CLEANUP(comparison_release) struct comparison comparison = {0};
    CLEANUP(text_release) struct text script = {0};
    const struct compare_options compare_options = take_options(values);
    const char *chart = values[OPTION_chart].given ? values[OPTION_chart].text : NULL;
    enum compare_metric metric = strcmp(values[OPTION_metric].text, metric_name(COMPARE_LATENCY)) == 0
                                     ? COMPARE_LATENCY
                                     : COMPARE_TOTAL;
    if (values[OPTION_json].given && values[OPTION_csv].given)
        return error_set(error, STATUS_USAGE, "Leave out one of them.",
                         "--json and --csv exclude each other");
    enum status status = chart ? compare_chart_prepare(chart, &script, error) : STATUS_OK;
    if (status == STATUS_OK)
        status = find_sources(invocation, sources, error);
    for (int side = 0; side < RUN_COUNT && status == STATUS_OK; side++)
        status = run_values_read(&sources[side], metric, &runs[side], error);
    if (status == STATUS_OK)
        status = compare_runs(runs, &compare_options, &comparison, error);
    if (status == STATUS_OK && chart)
        status = write_chart(chart, text_string(&script), &comparison, runs, metric, error);
    if (status != STATUS_OK)
        return status;
    append_output(invocation, &comparison, runs, metric);
    invocation->exit_code = (int)comparison_outcome(&comparison);
    return STATUS_OK;
}

const struct command command_compare = {
    .name = "compare",
    .summary = "tell whether one stored run is slower than another",
    .description =
        "Compares two stored runs cell by cell. Each cell of B is found slower than in A, faster, unchanged "
        "or "
        "inconclusive: a difference counts only when it is significant over all cells and larger than the "
        "threshold, and a cell is unchanged only when its whole 90 % interval lies within the threshold. An "
        "inconclusive cell says how many processes would decide.\n\n"
        "Exit codes: 0 no regression, 1 a regression, 3 nothing is slower but some cells are inconclusive, 4 "
        "the "
        "runs are not comparable because CPU model, kernel, libc, compiler or flags differ. As with every "
        "command, 3 is also the code when a file cannot be read; there is a message on standard error then.",
    .arguments = arguments,
    .least_arguments = 2,
    .most_arguments = 2,
    .options = options,
    .option_count = OPTION_COUNT,
    .execute = execute,
};
