// Reads two stored runs, compares them and says what it comes to; the exit code is for scripts.
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/printable.h"
#include "charts/renderer.h"
#include "command_line/command.h"
#include "command_line/parse.h"
#include "command_line/terminal.h"
#include "commands/private.h"
#include "commands/progress.h"
#include "compare/live.h"

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
    OPTION_strategy,
    OPTION_pattern,
    OPTION_size_bytes,
    OPTION_iterations,
    OPTION_processes,
    OPTION_memory,
    OPTION_COUNT
};

static const char *metric_choice(size_t index)
{
    return metric_name((enum metric)index);
}

static bool metric_is_default(size_t index)
{
    return index == METRIC_TOTAL;
}

static const struct choices metrics = {"metric", METRIC_COUNT, metric_choice, metric_is_default, NULL};

static const struct option_row options[OPTION_COUNT] = {
    [OPTION_results_dir] = {.name = "results-dir",
                            .type = OPTION_PATH,
                            .value_name = "DIR",
                            .default_text = "results",
                            .help = "directory of the results of a named platform"},
    [OPTION_metric] = {.name = "metric",
                       .type = OPTION_CHOICE,
                       .value_name = "METRIC",
                       .choices = &metrics,
                       .default_text = "total",
                       .help = "the time of whole trials, or of the first batch of each"},
    [OPTION_threshold] =
        {.name = "threshold",
         .type = OPTION_DECIMAL,
         .value_name = "PERCENT",
         .maximum = 1000,
         .default_text = "1",
         .help = "ignore differences up to this; raised to what identical code shows in the runs"},
    [OPTION_all] = {.name = "all", .type = OPTION_FLAG, .help = "list every cell, unchanged ones too"},
    [OPTION_json] = {.name = "json", .type = OPTION_FLAG, .help = "print JSON instead of the table"},
    [OPTION_csv] = {.name = "csv",
                    .type = OPTION_FLAG,
                    .help = "print a CSV row per cell instead of the table"},
    [OPTION_chart] = {.name = "chart",
                      .type = OPTION_PATH,
                      .value_name = "FILE",
                      .help =
                          "also draw the changes with their intervals, as .svg, .png or .pdf; needs Node.js"},
    [OPTION_seed] = {.name = "seed",
                     .type = OPTION_NUMBER,
                     .value_name = "N",
                     .maximum = UINT64_MAX,
                     .default_text = "1",
                     .help = "with --live: seed of the order in which processes run"},
    [OPTION_force] = {.name = "force",
                      .type = OPTION_FLAG,
                      .help = "compare even if machine or build differ; the output says so"},
    [OPTION_memory] = MEMORY_OPTION,
    [OPTION_live] = {.name = "live",
                     .type = OPTION_FLAG,
                     .help = "measure the variants A and B now, side by side"},
#define AXIS(id, place, type, words, standard, least, greatest, option, former, title, help)                 \
    GRID_OPTION_ROW(OPTION_, id, place, option, former, "with --live: " help)
#include "axes/axes.def"
#undef AXIS
    [OPTION_iterations] = {.name = "iterations",
                           .type = OPTION_NUMBER,
                           .value_name = "N",
                           .minimum = 2,
                           .maximum = MAX_ITERATIONS,
                           .help = "with --live: trials of each cell and variant, shared by its processes"},
    [OPTION_processes] = {.name = "processes",
                          .type = OPTION_NUMBER,
                          .value_name = "N",
                          .minimum = 2,
                          .maximum = MAX_PROCESSES,
                          .help =
                              "with --live: processes of each cell and variant, an even number (without it: "
                              "as many as fit into about two minutes, but enough to decide)"},
};

static const struct argument_row arguments[] = {
    {"A", "the run to compare with: a platform, or the path of a result file; with --live a variant"},
    {"B", "the run in question, likewise"},
};

static bool is_same_file(const struct text *a, const struct text *b)
{
    struct stat first, second;
    return stat(text_string(a), &first) == 0 && stat(text_string(b), &second) == 0 &&
           first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

static enum status check_files(const struct invocation *invocation, struct error *error)
{
    const char *directory = invocation->values[OPTION_results_dir].text;
    CLEANUP(text_release) struct text a = {0}, b = {0};
    enum status status = dataset_find_file(invocation->arguments[RUN_A], directory, &a, error);
    if (status == STATUS_OK)
        status = dataset_find_file(invocation->arguments[RUN_B], directory, &b, error);
    if (status == STATUS_OK && is_same_file(&a, &b))
        return error_set(error, STATUS_USAGE, "Name two runs.", "%s and %s are the same file",
                         show_word(invocation->arguments[RUN_A]).text,
                         show_word(invocation->arguments[RUN_B]).text);
    return status;
}

static enum status write_chart(const char *path, const char *script, const struct comparison *comparison,
                               const struct dataset runs[RUN_COUNT], struct error *error)
{
    CLEANUP(text_release) struct text json = {0};
    comparison_append_json(&json, comparison, runs);
    return renderer_run_comparison(script, &json, path, error);
}

static void append_output(struct invocation *invocation, const struct comparison *comparison,
                          const struct dataset runs[RUN_COUNT])
{
    if (invocation->values[OPTION_json].given) {
        comparison_append_json(&invocation->output, comparison, runs);
        return;
    }
    if (invocation->values[OPTION_csv].given) {
        comparison_append_csv(&invocation->output, comparison);
        return;
    }
    const struct compare_text_options text_options = {
        .all = invocation->values[OPTION_all].given,
        .colour = terminal_wants_colour(STDOUT_FILENO),
    };
    compare_text_append(&invocation->output, comparison, runs, &text_options);
    if (invocation->values[OPTION_chart].given)
        text_append_format(&invocation->output, "Chart: %s\n", invocation->values[OPTION_chart].text);
}

static void release_runs(struct dataset (*runs)[RUN_COUNT])
{
    for (int side = 0; side < RUN_COUNT; side++)
        dataset_release(&(*runs)[side]);
}

static struct compare_options take_options(const struct option_value *values)
{
    struct compare_options compare_options;
    compare_options_init(&compare_options);
    compare_options.force = values[OPTION_force].given;
    compare_options.threshold = values[OPTION_threshold].decimal / 100;
    if (strcmp(values[OPTION_metric].text, metric_name(METRIC_LATENCY)) == 0)
        compare_options.metric = METRIC_LATENCY;
    return compare_options;
}

// What only makes sense for measuring, or only for stored runs.
static enum status check_options(const struct option_value *values, struct error *error)
{
    static const enum compare_option of_live[] = {OPTION_strategy,   OPTION_pattern,   OPTION_size_bytes,
                                                  OPTION_iterations, OPTION_processes, OPTION_seed};
    static const enum compare_option of_stored[] = {OPTION_results_dir, OPTION_force, OPTION_memory};
    bool live = values[OPTION_live].given;
    for (size_t i = 0; i < COUNT_OF(of_live) && !live; i++)
        if (values[of_live[i]].given)
            return error_set(error, STATUS_USAGE, "Add --live, with two variants, or leave it out.",
                             "--%s is only for --live", options[of_live[i]].name);
    for (size_t i = 0; i < COUNT_OF(of_stored) && live; i++)
        if (values[of_stored[i]].given)
            return error_set(error, STATUS_USAGE, "Leave it out.",
                             "--%s is only for stored runs, not for --live", options[of_stored[i]].name);
    if (values[OPTION_json].given && values[OPTION_csv].given)
        return error_set(error, STATUS_USAGE, "Leave out one of them.",
                         "--json and --csv exclude each other");
    return STATUS_OK;
}

static enum status measure_runs(const struct invocation *invocation,
                                const struct compare_options *compare_options, struct dataset runs[RUN_COUNT],
                                struct comparison *comparison, struct error *error)
{
    const struct option_value *values = invocation->values;
    CLEANUP(text_release) struct text failures = {0};
    struct progress progress;
    progress_init(&progress, STDERR_FILENO);
    struct live_request request = {
        .words = {invocation->arguments[RUN_A], invocation->arguments[RUN_B]},
        .metric = compare_options->metric,
        .options = {.threshold = compare_options->threshold, .seed = values[OPTION_seed].number},
        .progress = progress_show,
        .progress_context = &progress,
    };
    plan_request_init(&request.plan);
    request.plan.seed = values[OPTION_seed].number;
    request.plan.iterations = (uint32_t)values[OPTION_iterations].number;
    request.plan.processes = (uint32_t)values[OPTION_processes].number;
    request.plan.axes[AXIS_strategy].count = 0; // what adjoins is the control
    enum status status = axis_option_apply(AXIS_strategy, &values[OPTION_strategy], &request.plan, error);
    if (status == STATUS_OK)
        status = axis_option_apply(AXIS_pattern, &values[OPTION_pattern], &request.plan, error);
    if (values[OPTION_pattern].chosen == choices_all(&pattern_choices)) // of those that are possible
        plan_fit_patterns(&request.plan);
    if (status == STATUS_OK)
        status = axis_option_apply(AXIS_size_bytes, &values[OPTION_size_bytes], &request.plan, error);
    if (status == STATUS_OK)
        status = live_compare(&request, runs, comparison, &failures, error);
    progress_clear(&progress);
    if (failures.length)
        fprintf(stderr, "memalloc-bench: %s\n", text_string(&failures));
    return status;
}

static enum status read_runs(const struct invocation *invocation,
                             const struct compare_options *compare_options, struct dataset runs[RUN_COUNT],
                             struct comparison *comparison, struct error *error)
{
    const struct option_value *values = invocation->values;
    const struct dataset_options dataset_options = {.memory_limit_mebibytes =
                                                        (uint32_t)values[OPTION_memory].number};
    enum status status = check_files(invocation, error);
    for (int side = 0; side < RUN_COUNT && status == STATUS_OK; side++)
        status = dataset_read_named(invocation->arguments[side], values[OPTION_results_dir].text,
                                    &dataset_options, &runs[side], error);
    return status == STATUS_OK ? compare_runs(runs, compare_options, comparison, error) : status;
}

static enum status compare_programs(struct invocation *invocation, struct error *error)
{
    static const enum compare_option of_cells[] = {OPTION_metric, OPTION_csv, OPTION_chart};
    const struct option_value *values = invocation->values;
    const struct program_compare_options program_options = {
        .threshold = take_options(values).threshold,
        .force = values[OPTION_force].given,
        .json = values[OPTION_json].given,
        .all = values[OPTION_all].given,
    };
    for (size_t i = 0; i < COUNT_OF(of_cells); i++)
        if (values[of_cells[i]].given)
            return error_set(error, STATUS_USAGE, "Leave it out.",
                             "--%s does not apply to results of program", options[of_cells[i]].name);
    return program_compare_execute(invocation, &program_options, error);
}

static enum status execute(struct invocation *invocation, struct error *error)
{
    const struct option_value *values = invocation->values;
    CLEANUP(release_runs) struct dataset runs[RUN_COUNT] = {0};
    CLEANUP(comparison_release) struct comparison comparison = {0};
    CLEANUP(text_release) struct text script = {0};
    const struct compare_options compare_options = take_options(values);
    const char *chart = values[OPTION_chart].given ? values[OPTION_chart].text : NULL;
    enum status status = check_options(values, error);
    if (status == STATUS_OK && !values[OPTION_live].given && program_compare_is_meant(invocation))
        return compare_programs(invocation, error);
    if (status == STATUS_OK && chart)
        status = renderer_find_for_comparison(chart, &script, error);
    if (status == STATUS_OK)
        status = (values[OPTION_live].given ? measure_runs : read_runs)(invocation, &compare_options, runs,
                                                                        &comparison, error);
    if (status == STATUS_OK && chart)
        status = write_chart(chart, text_string(&script), &comparison, runs, error);
    if (status != STATUS_OK)
        return status;
    append_output(invocation, &comparison, runs);
    invocation->exit_code = (int)comparison_outcome(&comparison);
    return STATUS_OK;
}

const struct command command_compare = {
    .name = "compare",
    .summary = "tell whether one of two runs or variants is slower",
    .description =
        "Compares two stored runs cell by cell. Each cell of B is slower than in A, faster, unchanged "
        "or inconclusive. A difference counts only if it is significant over all cells and larger "
        "than the threshold. A cell is unchanged only if its whole 90 % interval lies within the "
        "threshold. The threshold is at least what identical code shows in the runs. For an "
        "inconclusive cell, the output says how many processes would decide it.\n\n"
        "Two results of program (program_*.parquet) are compared command by command and heap by heap, in "
        "time and "
        "memory.\n\n"
        "With --live, A and B are variants that are measured now, in blocks of four adjacent "
        "processes (ABBA or BAAB), and tested exactly within the blocks. A variant is one argument, a "
        "list of words: NAME=value sets an environment variable (LD_PRELOAD and GLIBC_TUNABLES too), "
        "heap=NAME selects a malloc of list --heaps, worker=PATH selects another worker, and - "
        "changes nothing. For example: compare --live -- - heap=jemalloc\n\n"
        "Exit codes: 0 no regression; 1 a regression; 3 nothing is slower, but some cells are "
        "inconclusive; 4 the runs are not comparable because CPU model, kernel, libc, compiler or "
        "flags differ. As with every command, 3 is also the code when a file cannot be read; there is "
        "then a message on standard error.",
    .arguments = arguments,
    .min_arguments = 2,
    .max_arguments = 2,
    .options = options,
    .option_count = OPTION_COUNT,
    .execute = execute,
};
