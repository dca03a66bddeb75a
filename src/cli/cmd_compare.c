// Reads two stored runs, compares them and says what it comes to; the exit code is for scripts.
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cli/command.h"
#include "cli/compare_chart.h"
#include "cli/compare_live.h"
#include "cli/compare_text.h"
#include "cli/parse.h"
#include "cli/renderer.h"
#include "cli/terminal.h"
#include "cli/vocabulary.h"
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
    OPTION_live,
    OPTION_allocators,
    OPTION_patterns,
    OPTION_sizes,
    OPTION_iterations,
    OPTION_processes,
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

static const struct choices metrics = {"metric", COMPARE_METRIC_COUNT, metric_name, metric_is_default, NULL};

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
    [OPTION_live] = {.name = "live",
                     .type = OPTION_FLAG,
                     .help = "A and B are variants: measure them now, side by side"},
    [OPTION_allocators] = {.name = "allocators",
                           .type = OPTION_LIST,
                           .value_name = "LIST",
                           .choices = &allocator_choices,
                           .help = "with --live: what to measure"},
    [OPTION_patterns] = {.name = "patterns",
                         .type = OPTION_LIST,
                         .value_name = "LIST",
                         .choices = &pattern_choices,
                         .help = "with --live: the orders of allocation and deallocation"},
    [OPTION_sizes] = {.name = "sizes",
                      .type = OPTION_LIST,
                      .value_name = "LIST",
                      .choices = &size_choices,
                      .help = "with --live: bytes of an object"},
    [OPTION_iterations] = {.name = "iterations",
                           .type = OPTION_NUMBER,
                           .value_name = "N",
                           .minimum = 2,
                           .maximum = MOST_ITERATIONS,
                           .help = "with --live: trials of each cell and variant, shared by its processes"},
    [OPTION_processes] = {.name = "processes",
                          .type = OPTION_NUMBER,
                          .value_name = "N",
                          .minimum = 2,
                          .maximum = MOST_PROCESSES,
                          .help = "with --live: processes of each cell and variant, an even number; without "
                                  "it what fits about two minutes, and never too few to decide"},
};

static const struct argument_row arguments[] = {
    {"A", "the run to compare with: a platform, or the path of a result file; with --live a variant"},
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
    return renderer_run_comparison(script, &json, path, error);
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

// What only makes sense for measuring, or only for stored runs.
static enum status check_options(const struct option_value *values, struct error *error)
{
    static const enum compare_option of_live[] = {OPTION_allocators, OPTION_patterns, OPTION_sizes,
                                                  OPTION_iterations, OPTION_processes};
    static const enum compare_option of_stored[] = {OPTION_results_dir, OPTION_force};
    bool live = values[OPTION_live].given;
    for (size_t i = 0; i < COUNT_OF(of_live) && !live; i++)
        if (values[of_live[i]].given)
            return error_set(error, STATUS_USAGE, "Add --live, with two variants, or leave it out.",
                             "--%s is of what is measured, not of stored runs", options[of_live[i]].name);
    for (size_t i = 0; i < COUNT_OF(of_stored) && live; i++)
        if (values[of_stored[i]].given)
            return error_set(error, STATUS_USAGE, "Leave it out.", "--%s is of stored runs, not of --live",
                             options[of_stored[i]].name);
    if (values[OPTION_json].given && values[OPTION_csv].given)
        return error_set(error, STATUS_USAGE, "Leave out one of them.",
                         "--json and --csv exclude each other");
    return STATUS_OK;
}

static void choose(bool *flags, const struct choices *choices, uint64_t chosen)
{
    for (size_t i = 0; i < choices->count; i++)
        flags[i] = choices->name(i) && chosen >> i & 1;
}

static enum status measure_runs(const struct invocation *invocation, enum compare_metric metric,
                                const struct compare_options *compare_options,
                                struct run_values runs[RUN_COUNT], struct comparison *comparison,
                                struct error *error)
{
    const struct option_value *values = invocation->values;
    struct compare_live_request request = {
        .words = {invocation->arguments[RUN_A], invocation->arguments[RUN_B]},
        .metric = metric,
        .options = *compare_options,
    };
    plan_request_init(&request.plan);
    request.plan.seed = values[OPTION_seed].number;
    request.plan.iterations = (uint32_t)values[OPTION_iterations].number;
    request.plan.processes = (uint32_t)values[OPTION_processes].number;
    choose(request.plan.strategies, &allocator_choices, values[OPTION_allocators].chosen);
    choose(request.plan.patterns, &pattern_choices, values[OPTION_patterns].chosen);
    choose(request.plan.sizes, &size_choices, values[OPTION_sizes].chosen);
    return compare_live(&request, runs, comparison, error);
}

static enum status read_runs(const struct invocation *invocation, enum compare_metric metric,
                             const struct compare_options *compare_options, struct run_values runs[RUN_COUNT],
                             struct comparison *comparison, struct error *error)
{
    CLEANUP(release_sources) struct run_source sources[RUN_COUNT] = {0};
    enum status status = find_sources(invocation, sources, error);
    for (int side = 0; side < RUN_COUNT && status == STATUS_OK; side++)
        status = run_values_read(&sources[side], metric, &runs[side], error);
    return status == STATUS_OK ? compare_runs(runs, compare_options, comparison, error) : status;
}

static enum status execute(struct invocation *invocation, struct error *error)
{
    const struct option_value *values = invocation->values;
    CLEANUP(release_runs) struct run_values runs[RUN_COUNT] = {0};
    CLEANUP(comparison_release) struct comparison comparison = {0};
    CLEANUP(text_release) struct text script = {0};
    const struct compare_options compare_options = take_options(values);
    const char *chart = values[OPTION_chart].given ? values[OPTION_chart].text : NULL;
    enum compare_metric metric = strcmp(values[OPTION_metric].text, metric_name(COMPARE_LATENCY)) == 0
                                     ? COMPARE_LATENCY
                                     : COMPARE_TOTAL;
    enum status status = check_options(values, error);
    if (status == STATUS_OK && chart)
        status = compare_chart_prepare(chart, &script, error);
    if (status == STATUS_OK)
        status = (values[OPTION_live].given ? measure_runs : read_runs)(invocation, metric, &compare_options,
                                                                        runs, &comparison, error);
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
    .summary = "tell whether one of two runs or variants is slower",
    .description =
        "Compares two stored runs cell by cell. Each cell of B is found slower than in A, faster, unchanged "
        "or "
        "inconclusive: a difference counts only when it is significant over all cells and larger than the "
        "threshold, and a cell is unchanged only when its whole 90 % interval lies within the threshold. An "
        "inconclusive cell says how many processes would decide.\n\n"
        "With --live, A and B are variants that are measured now, in blocks of four adjacent processes (ABBA "
        "or BAAB), and tested exactly within the blocks. A variant is one argument of words: NAME=value is "
        "an "
        "environment variable (LD_PRELOAD and GLIBC_TUNABLES too), heap=NAME a malloc that list --heaps "
        "shows, "
        "worker=PATH another worker; - is the plain one. For example: compare --live -- - heap=jemalloc\n\n"
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
