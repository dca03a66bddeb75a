#include "commands/run_options.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/printable.h"
#include "command_line/parse.h"
#include "commands/private.h"
#include "environment/environment.h"

enum { QUICK_ITERATIONS = 2, QUICK_PROCESSES = 2 };

const struct argument_row run_arguments[1] = {
    {"PLATFORM", "the name of this machine: letters, digits, '.', '_' and '-', at most 64"}};

const struct choices cpu_kind_choices = {
    .noun = "kind of core", .count = CPU_KIND_COUNT, .name = cpu_kind_name};

const struct option_row run_option_rows[RUN_OPTION_COUNT] = {
#define AXIS(id, place, type, words, standard, least, greatest, option, former, title, help)                 \
    AXIS_OPTION_ROW(RUN_AXIS_, id, place, #standard, option, former, help)
#include "axes/axes.def"
#undef AXIS
    [RUN_HEAP] = {.name = "heap",
                  .type = OPTION_TEXTS,
                  .value_name = "NAME=LIBRARY",
                  .help = "another malloc under a name of your choice, may be repeated: "
                          "NAME=/path/library.so, or NAME=system,TUNABLES for the C library with "
                          "these GLIBC_TUNABLES"},
    [RUN_ITERATIONS] = {.name = "iterations",
                        .type = OPTION_NUMBER,
                        .value_name = "N",
                        .minimum = 1,
                        .maximum = MAX_ITERATIONS,
                        .default_text = "100",
                        .help = "trials of each allocator, pattern and size"},
    [RUN_PROCESSES] = {.name = "processes",
                       .type = OPTION_NUMBER,
                       .value_name = "N",
                       .minimum = 1,
                       .maximum = MAX_PROCESSES,
                       .default_text = "30",
                       .help = "fresh processes that share these trials"},
    [RUN_SEED] = {.name = "seed",
                  .type = OPTION_NUMBER,
                  .value_name = "N",
                  .maximum = UINT64_MAX,
                  .default_text = "1",
                  .help = "seed of the order and of the random pattern; the same seed gives the same plan"},
    [RUN_LITTER] = {.name = "litter",
                    .type = OPTION_BYTES,
                    .value_name = "SIZE",
                    .unit_bytes = 1 << 20,
                    .minimum = 1,
                    .maximum = MAX_LITTER_MEBIBYTES,
                    .default_text = "16MiB",
                    .help = "objects that litter a heap, together, in whole MiB; an eighth of them stays"},
    [RUN_FOOTPRINT_BYTES] = {.name = "footprint-bytes",
                             .type = OPTION_BYTES,
                             .value_name = "N",
                             .unit_bytes = 1,
                             .minimum = MIN_FOOTPRINT_BYTES,
                             .maximum = MAX_FOOTPRINT_BYTES,
                             .default_text = "32MiB",
                             .help = "the objects that --footprint asks for, together"},
#define MEASUREMENT(kind, process, processes, tracing, patterns, max_batches, asked, seconds, title, text)   \
    KIND_ROW_##asked(kind, text)
#define KIND_ROW_ALWAYS(kind, text)
#define KIND_ROW_UNLESS_QUICK(kind, text)
#define KIND_ROW_OPTION(kind, text) [RUN_KIND_##kind] = {.name = #kind, .type = OPTION_FLAG, .help = (text)},
#include "measurements/measurements.def"
    [RUN_OUTPUT_DIR] = {.name = "output-dir",
                        .type = OPTION_PATH,
                        .value_name = "DIR",
                        .default_text = RESULTS_DEFAULT_DIRECTORY,
                        .help = "directory of the files; created if missing"},
    [RUN_QUICK] = {.name = "quick",
                   .type = OPTION_FLAG,
                   .help = "2 iterations in 2 processes, for a first look in seconds; "
                           "explicit values take precedence"},
    [RUN_PRECISE] = {.name = "precise",
                     .type = OPTION_FLAG,
                     .help = "10 iterations in each of 40 processes, for small differences; tells beforehand "
                             "how long it will take; explicit values take precedence"},
    [RUN_TIME_BUDGET] = {.name = "time-budget",
                         .type = OPTION_DURATION,
                         .value_name = "TIME",
                         .minimum = 1,
                         .maximum = 604800,
                         .help =
                             "as many processes and iterations as fit into this time, such as 2m; at least "
                             "14 processes"},
    [RUN_DRY_RUN] = {.name = "dry-run", .type = OPTION_FLAG, .help = "print the plan and exit"},
    [RUN_RESUME] = {.name = "resume", .type = OPTION_FLAG, .help = "continue an interrupted run"},
    [RUN_RESUME_OR_START] = {.name = "resume-or-start",
                             .type = OPTION_FLAG,
                             .help = "continue an interrupted run if there is one, otherwise start a new "
                                     "one: for jobs that are queued again"},
    [RUN_FINISH] = {.name = "finish",
                    .type = OPTION_FLAG,
                    .help = "with --resume: measure no more and store what is complete, at least 6 processes "
                            "of everything"},
    [RUN_QUIET] = {.name = "quiet", .type = OPTION_FLAG, .help = "print only errors"},
    [RUN_FORCE] = {.name = "force",
                   .type = OPTION_FLAG,
                   .help = "replace existing results; without --resume, discard an interrupted run"},
    [RUN_WORKER_TIMEOUT] = {.name = "worker-timeout",
                            .type = OPTION_NUMBER,
                            .value_name = "SECONDS",
                            .minimum = 1,
                            .maximum = 86400,
                            .default_text = "120",
                            .help = "end a process after this running time; its cell fails"},
    [RUN_CPU_KIND] = {.name = "cpu-kind",
                      .type = OPTION_CHOICE,
                      .value_name = "KIND",
                      .choices = &cpu_kind_choices,
                      .help = "kind of core to measure on, where the processor has two; by default the "
                              "performance cores"},
};

// The kind of measurement that an option asks for.
static enum measurement_id kind_of_option(enum run_option option)
{
    enum measurement_id kind = MEASUREMENT_trials;
    bool found = measurement_find(run_option_rows[option].name, &kind);
    (void)found; // its name is that of the kind
    return kind;
}

static enum status check_platform(const struct invocation *invocation, struct error *error)
{
    const char *platform = invocation->arguments[0];
    enum status status = platform_check(platform, error);
    if (status != STATUS_OK || !command_find(invocation->commands, platform))
        return status;
    char remedy[160];
    snprintf(remedy, sizeof remedy, "Choose another, such as %s-1.", platform);
    return error_set(error, STATUS_USAGE, remedy, "the platform cannot be called '%s', which is a command",
                     platform);
}

static enum status check_combination(const struct option_value *values, struct error *error)
{
    static const struct {
        enum run_option one, other;
        const char *reason;
    } contradictions[] = {
        {RUN_DRY_RUN, RUN_QUIET, "the plan is all that --dry-run gives"},
        {RUN_DRY_RUN, RUN_RESUME, "a resumed run takes its plan from its journal"},
        {RUN_DRY_RUN, RUN_RESUME_OR_START, "a resumed run takes its plan from its journal"},
        {RUN_RESUME, RUN_RESUME_OR_START, "the one starts nothing anew, the other does"},
        {RUN_TIME_BUDGET, RUN_RESUME, "a resumed run takes its plan from its journal"},
        {RUN_TIME_BUDGET, RUN_ITERATIONS, "the number follows from the time"},
        {RUN_TIME_BUDGET, RUN_PROCESSES, "the number follows from the time"},
        {RUN_TIME_BUDGET, RUN_QUICK, "each sets the numbers of iterations and processes"},
        {RUN_TIME_BUDGET, RUN_PRECISE, "each sets the numbers of iterations and processes"},
        {RUN_QUICK, RUN_PRECISE, "each sets the numbers of iterations and processes"},
    };
    for (size_t i = 0; i < COUNT_OF(contradictions); i++)
        if (values[contradictions[i].one].given && values[contradictions[i].other].given)
            return error_set(error, STATUS_USAGE, "Leave one of them out.",
                             "--%s and --%s contradict each other: %s",
                             run_option_rows[contradictions[i].one].name,
                             run_option_rows[contradictions[i].other].name, contradictions[i].reason);
    if (values[RUN_FINISH].given && !values[RUN_RESUME].given)
        return error_set(error, STATUS_USAGE, "Give --resume, too.",
                         "--finish stores what an interrupted run has measured");
    return STATUS_OK;
}

// `all` means those that have the touch.
static enum status check_touch(const struct option_value *allocators, struct plan_request *request,
                               bool *ret_left_out, struct error *error)
{
    const enum touch touch = (enum touch)plan_request_value(request, AXIS_touch);
    struct axis_values *chosen = &request->axes[AXIS_strategy];
    bool all = allocators->chosen == choices_all(&strategy_choices);
    const char *refused = NULL;
    for (uint32_t i = 0; i < STRATEGY_COUNT; i++) {
        if (!axis_values_has(chosen, i) || strategy_has_touch(&strategies[i], touch))
            continue;
        if (!all)
            refused = strategies[i].name;
        axis_values_set(chosen, i, !all);
        *ret_left_out = all;
    }
    if (!refused)
        return STATUS_OK;
    return error_set(error, STATUS_USAGE, "Leave out the allocators in Rust, or --touch.",
                     "--touch cannot be '%s' for %s, which has code for the touch word alone",
                     touches[touch].name, refused);
}

// The number that is not given follows the one that is, where a process would have no trial.
static void set_numbers(const struct option_value *values, struct plan_request *request)
{
    bool quick = values[RUN_QUICK].given, precise = values[RUN_PRECISE].given;
    bool iterations_given = values[RUN_ITERATIONS].given, processes_given = values[RUN_PROCESSES].given;
    request->iterations = (uint32_t)values[RUN_ITERATIONS].number;
    request->processes = (uint32_t)values[RUN_PROCESSES].number;
    if (quick && !iterations_given)
        request->iterations = QUICK_ITERATIONS;
    if (quick && !processes_given)
        request->processes = QUICK_PROCESSES;
    if (precise && !processes_given)
        request->processes = PRECISE_PROCESSES;
    if (precise && !iterations_given)
        request->iterations = request->processes * PRECISE_TRIALS;
    if (!quick && !precise && !iterations_given && !processes_given && !values[RUN_TIME_BUDGET].given)
        request->spare_processes = STANDARD_SPARE_PROCESSES;
    if (request->processes > request->iterations && !processes_given)
        request->processes = request->iterations;
    if (request->processes > request->iterations && !iterations_given)
        request->iterations = request->processes;
}

// In a quick run a census would take a third of the time.
static uint32_t measurements_asked_for(const struct option_value *values, const struct plan_request *request)
{
    uint32_t kinds = 0;
    for (int kind = 0; kind < MEASUREMENT_COUNT; kind++)
        if (measurement_kinds[kind].asked == MEASUREMENT_ASKED_UNLESS_QUICK && !run_request_is_quick(request))
            kinds |= MEASUREMENT_BIT(kind);
    for (int option = RUN_KINDS; option < RUN_KINDS_END; option++)
        if (values[option].given)
            kinds |= MEASUREMENT_BIT(kind_of_option((enum run_option)option));
    return kinds;
}

enum status run_options_from(const struct invocation *invocation, struct run_options *ret_options,
                             struct error *error)
{
    const struct option_value *values = invocation->values;
    enum status status = check_platform(invocation, error);
    if (status == STATUS_OK)
        status = check_combination(values, error);
    if (status != STATUS_OK)
        return status;
    struct run_options options = {
        .files = {.platform = invocation->arguments[0],
                  .output_directory = values[RUN_OUTPUT_DIR].text,
                  .resume = values[RUN_RESUME].given,
                  .finish = values[RUN_FINISH].given,
                  .force = values[RUN_FORCE].given},
        .resume_or_start = values[RUN_RESUME_OR_START].given,
        .dry_run = values[RUN_DRY_RUN].given,
        .quiet = values[RUN_QUIET].given,
        .worker_timeout_seconds = (uint32_t)values[RUN_WORKER_TIMEOUT].number,
        .precise = values[RUN_PRECISE].given,
        .cpu_kind =
            values[RUN_CPU_KIND].given ? choice_index(&cpu_kind_choices, values[RUN_CPU_KIND].text) : -1,
        .time_budget_seconds = values[RUN_TIME_BUDGET].given ? values[RUN_TIME_BUDGET].decimal : 0,
    };
    plan_request_init(&options.request);
    options.request.seed = values[RUN_SEED].number;
    set_numbers(values, &options.request);
    options.request.litter_mebibytes = (uint32_t)values[RUN_LITTER].number;
    options.request.footprint_bytes = values[RUN_FOOTPRINT_BYTES].number;
    options.request.measurements = measurements_asked_for(values, &options.request);
    for (int a = 0; a < AXIS_COUNT && status == STATUS_OK; a++)
        if (a != AXIS_heap)
            status = axis_option_apply((enum axis_id)a, &values[a], &options.request, error);
    if (values[RUN_AXIS_pattern].chosen == choices_all(&pattern_choices)) // of those that are possible
        plan_fit_patterns(&options.request);
    if (status == STATUS_OK)
        status = check_touch(&values[RUN_AXIS_strategy], &options.request, &options.rust_left_out, error);
    if (status == STATUS_OK)
        status = heap_options_apply(&values[RUN_AXIS_heap], &values[RUN_HEAP], &options.request, error);
    if (status == STATUS_OK)
        *ret_options = options;
    return status;
}

bool run_request_is_quick(const struct plan_request *request)
{
    return request->iterations <= QUICK_ITERATIONS || request->processes <= QUICK_PROCESSES;
}

static bool differs(enum run_option option, const struct plan_request *one, const struct plan_request *other)
{
    if ((int)option < AXIS_COUNT && option != RUN_AXIS_heap)
        return !axis_values_equal(&one->axes[option], &other->axes[option]);
    if (option >= RUN_KINDS && option < RUN_KINDS_END)
        return ((one->measurements ^ other->measurements) & MEASUREMENT_BIT(kind_of_option(option))) != 0;
    switch (option) {
    case RUN_AXIS_heap:
    case RUN_HEAP:
        return one->heap_count != other->heap_count ||
               memcmp(one->heaps, other->heaps, sizeof one->heaps) != 0;
    case RUN_ITERATIONS:
        return one->iterations != other->iterations;
    case RUN_PROCESSES:
        return one->processes != other->processes;
    case RUN_SEED:
        return one->seed != other->seed;
    case RUN_LITTER:
        return one->litter_mebibytes != other->litter_mebibytes;
    case RUN_FOOTPRINT_BYTES:
        return one->footprint_bytes != other->footprint_bytes;
    case RUN_QUICK:
    case RUN_PRECISE:
        return one->iterations != other->iterations || one->processes != other->processes;
    default:
        return false;
    }
}

enum status run_options_check_resumed(const struct invocation *invocation, const struct plan_request *wanted,
                                      const struct plan_request *journaled, struct error *error)
{
    CLEANUP(text_release) struct text options = {0};
    for (int i = 0; i < RUN_OPTION_COUNT; i++)
        if (invocation->values[i].given && differs((enum run_option)i, wanted, journaled))
            text_append_format(&options, "%s--%s", options.length ? ", " : "", run_option_rows[i].name);
    if (!options.length)
        return text_check(&options, error);
    return error_set(
        error, STATUS_USAGE,
        "Leave them out to continue it unchanged, or start again with --force and without --resume.",
        "the interrupted run was started with other values of %s", text_string(&options));
}
