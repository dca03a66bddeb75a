#include "cli/run_options.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/heap_options.h"
#include "cli/parse.h"
#include "cli/vocabulary.h"

enum { QUICK_ITERATIONS = 2, QUICK_PROCESSES = 2 };

const struct argument_row run_arguments[1] = {
    {"PLATFORM", "the name of this machine: letters, digits, '.', '_' and '-', at most 64"}};

const struct option_row run_option_rows[RUN_OPTION_COUNT] = {
    [RUN_ALLOCATORS] = {.name = "allocators",
                        .type = OPTION_LIST,
                        .value_name = "LIST",
                        .choices = &allocator_choices,
                        .help = "what to compare"},
    [RUN_PATTERNS] = {.name = "patterns",
                      .type = OPTION_LIST,
                      .value_name = "LIST",
                      .choices = &pattern_choices,
                      .help = "the orders of allocation and deallocation"},
    [RUN_SIZES] = {.name = "sizes",
                   .type = OPTION_LIST,
                   .value_name = "LIST",
                   .choices = &size_choices,
                   .help = "bytes of an object"},
    [RUN_HEAPS] = {.name = "heaps",
                   .type = OPTION_LIST,
                   .value_name = "LIST",
                   .choices = &heap_choices,
                   .help = "the mallocs underneath; those that are not here fail with the reason"},
    [RUN_HEAP] = {.name = "heap",
                  .type = OPTION_TEXTS,
                  .value_name = "NAME=LIBRARY",
                  .help = "one more heap under a name of yours, may be repeated: NAME=/path/library.so, or "
                          "NAME=system,TUNABLES for the C library's with GLIBC_TUNABLES"},
    [RUN_ITERATIONS] = {.name = "iterations",
                        .type = OPTION_NUMBER,
                        .value_name = "N",
                        .minimum = 1,
                        .maximum = MOST_ITERATIONS,
                        .default_text = "100",
                        .help = "trials of each allocator, pattern and size"},
    [RUN_PROCESSES] = {.name = "processes",
                       .type = OPTION_NUMBER,
                       .value_name = "N",
                       .minimum = 1,
                       .maximum = MOST_PROCESSES,
                       .default_text = "20",
                       .help = "fresh processes that share these trials"},
    [RUN_SEED] = {.name = "seed",
                  .type = OPTION_NUMBER,
                  .value_name = "N",
                  .maximum = UINT64_MAX,
                  .default_text = "1",
                  .help = "of the order and the random pattern; the same seed gives the same plan"},
    [RUN_TOUCH] = {.name = "touch",
                   .type = OPTION_CHOICE,
                   .value_name = "WORD",
                   .choices = &touch_choices,
                   .default_text = "word",
                   .help = "what is written into an object and read back"},
    [RUN_BATCH] = {.name = "batch",
                   .type = OPTION_NAMES,
                   .value_name = "LIST",
                   .default_text = "100",
                   .help = "numbers of objects that live at once; 100 is always among them"},
    [RUN_TRAVERSE] = {.name = "traverse",
                      .type = OPTION_FLAG,
                      .help = "also time the reading of the live objects, on a fresh and on an aged heap"},
    [RUN_OUTPUT_DIR] = {.name = "output-dir",
                        .type = OPTION_PATH,
                        .value_name = "DIR",
                        .default_text = "results",
                        .help = "where the files go; it is created when missing"},
    [RUN_QUICK] = {.name = "quick",
                   .type = OPTION_FLAG,
                   .help = "2 iterations in 2 processes, for a first look in seconds; "
                           "numbers that are given win"},
    [RUN_PRECISE] = {.name = "precise",
                     .type = OPTION_FLAG,
                     .help =
                         "10 iterations in each of 40 processes, for small differences; says beforehand how "
                         "long it takes; numbers that are given win"},
    [RUN_TIME_BUDGET] = {.name = "time-budget",
                         .type = OPTION_DURATION,
                         .value_name = "TIME",
                         .minimum = 1,
                         .maximum = 604800,
                         .help = "as many processes and iterations as fit, such as 2m; never fewer than 14 "
                                 "processes"},
    [RUN_DRY_RUN] = {.name = "dry-run", .type = OPTION_FLAG, .help = "print the plan, measure nothing"},
    [RUN_RESUME] = {.name = "resume", .type = OPTION_FLAG, .help = "go on with an interrupted run"},
    [RUN_QUIET] = {.name = "quiet", .type = OPTION_FLAG, .help = "print nothing but errors"},
    [RUN_FORCE] = {.name = "force",
                   .type = OPTION_FLAG,
                   .help = "replace results that exist; without --resume, forget an interrupted run"},
    [RUN_WORKER_TIMEOUT] = {.name = "worker-timeout",
                            .type = OPTION_NUMBER,
                            .value_name = "SECONDS",
                            .minimum = 1,
                            .maximum = 86400,
                            .default_text = "120",
                            .help = "a process that takes longer is ended and its cell fails"},
};

static enum status check_platform(const char *platform, struct error *error)
{
    enum status status = platform_check(platform, error);
    if (status != STATUS_OK || !command_find(platform))
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
    return STATUS_OK;
}

// The strategies in Rust have code for the touch `word` alone. `all` means those that can be had.
static enum status check_touch(const struct option_value *allocators, struct plan_request *request,
                               bool *ret_left_out, struct error *error)
{
    bool all = allocators->chosen == choices_all(&allocator_choices);
    const char *refused = NULL;
    for (size_t i = 0; i < STRATEGY_COUNT && request->touch != TOUCH_word; i++) {
        if (!request->strategies[i] || !strategy_is_rust(&strategies[i]))
            continue;
        if (!all)
            refused = strategies[i].name;
        request->strategies[i] = !all;
        *ret_left_out = all;
    }
    if (!refused)
        return STATUS_OK;
    return error_set(error, STATUS_USAGE, "Leave out the allocators in Rust, or --touch.",
                     "--touch cannot be '%s' for %s, which has code for the touch word alone",
                     touches[request->touch].name, refused);
}

// What cannot be chosen (controls, the harness) stays as the standard request has it.
static void set_flags(bool *flags, const struct choices *choices, uint64_t chosen)
{
    for (size_t i = 0; i < choices->count; i++)
        if (choices->name(i))
            flags[i] = chosen >> i & 1;
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
    if (request->processes > request->iterations && !processes_given)
        request->processes = request->iterations;
    if (request->processes > request->iterations && !iterations_given)
        request->iterations = request->processes;
}

static int compare_numbers(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

static enum status parse_live_objects(const char *word, uint32_t *ret_number, struct error *error)
{
    uint32_t number = 0;
    const char *digit = word;
    for (; *digit >= '0' && *digit <= '9' && number <= MOST_LIVE_OBJECTS; digit++)
        number = number * 10 + (uint32_t)(*digit - '0');
    if (*digit || number < 1 || number > MOST_LIVE_OBJECTS) {
        char remedy[80];
        snprintf(remedy, sizeof remedy, "Give whole numbers from 1 to %d.", MOST_LIVE_OBJECTS);
        return error_set(error, STATUS_USAGE, remedy, "--batch cannot be '%s'", show_word(word).text);
    }
    *ret_number = number;
    return STATUS_OK;
}

// Ascending, each once.
static enum status set_live_objects(const struct string_list *words, struct plan_request *request,
                                    struct error *error)
{
    uint32_t numbers[MOST_LIVE_COUNTS] = {0};
    size_t count = 0;
    bool has_standard = false;
    for (size_t i = 0; i < words->count; i++) {
        if (i == MOST_LIVE_COUNTS)
            return error_set(error, STATUS_USAGE, "Measure the others in a run of their own.",
                             "--batch has more than %d numbers", MOST_LIVE_COUNTS);
        enum status status = parse_live_objects(words->items[i], &numbers[count], error);
        if (status != STATUS_OK)
            return status;
        has_standard |= numbers[count++] == BATCH_SIZE;
    }
    if (!has_standard)
        return error_set(error, STATUS_USAGE,
                         "Add it: the benchmark file has the rows of 100 live objects alone.",
                         "--batch is without %d", BATCH_SIZE);
    qsort(numbers, count, sizeof *numbers, compare_numbers);
    request->live_count = 0;
    for (size_t i = 0; i < count; i++)
        if (i == 0 || numbers[i] != numbers[i - 1])
            request->live_objects[request->live_count++] = numbers[i];
    return STATUS_OK;
}

enum status run_options_from(const struct invocation *invocation, struct run_options *ret_options,
                             struct error *error)
{
    const struct option_value *values = invocation->values;
    enum status status = check_platform(invocation->arguments[0], error);
    if (status == STATUS_OK)
        status = check_combination(values, error);
    if (status != STATUS_OK)
        return status;
    struct run_options options = {
        .platform = invocation->arguments[0],
        .output_directory = values[RUN_OUTPUT_DIR].text,
        .dry_run = values[RUN_DRY_RUN].given,
        .resume = values[RUN_RESUME].given,
        .quiet = values[RUN_QUIET].given,
        .force = values[RUN_FORCE].given,
        .worker_timeout_seconds = (uint32_t)values[RUN_WORKER_TIMEOUT].number,
        .precise = values[RUN_PRECISE].given,
        .time_budget_seconds = values[RUN_TIME_BUDGET].given ? values[RUN_TIME_BUDGET].decimal : 0,
    };
    plan_request_init(&options.request);
    set_flags(options.request.strategies, &allocator_choices, values[RUN_ALLOCATORS].chosen);
    set_flags(options.request.patterns, &pattern_choices, values[RUN_PATTERNS].chosen);
    set_flags(options.request.sizes, &size_choices, values[RUN_SIZES].chosen);
    options.request.seed = values[RUN_SEED].number;
    set_numbers(values, &options.request);
    options.request.traverse = values[RUN_TRAVERSE].given;
    options.request.touch = (enum touch)choice_index(&touch_choices, values[RUN_TOUCH].text);
    status = check_touch(&values[RUN_ALLOCATORS], &options.request, &options.rust_left_out, error);
    if (status == STATUS_OK)
        status = set_live_objects(&values[RUN_BATCH].names, &options.request, error);
    if (status == STATUS_OK)
        status = heap_options_apply(&values[RUN_HEAPS], &values[RUN_HEAP], &options.request, error);
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
    switch (option) {
    case RUN_ALLOCATORS:
        return memcmp(one->strategies, other->strategies, sizeof one->strategies) != 0;
    case RUN_PATTERNS:
        return memcmp(one->patterns, other->patterns, sizeof one->patterns) != 0;
    case RUN_SIZES:
        return memcmp(one->sizes, other->sizes, sizeof one->sizes) != 0;
    case RUN_HEAPS:
    case RUN_HEAP:
        return one->heap_count != other->heap_count ||
               memcmp(one->heaps, other->heaps, sizeof one->heaps) != 0;
    case RUN_ITERATIONS:
        return one->iterations != other->iterations;
    case RUN_PROCESSES:
        return one->processes != other->processes;
    case RUN_SEED:
        return one->seed != other->seed;
    case RUN_TOUCH:
        return one->touch != other->touch;
    case RUN_BATCH:
        return one->live_count != other->live_count ||
               memcmp(one->live_objects, other->live_objects, one->live_count * sizeof *one->live_objects) !=
                   0;
    case RUN_TRAVERSE:
        return one->traverse != other->traverse;
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
    return error_set(error, STATUS_USAGE,
                     "Leave them out to go on as it was, or start anew with --force and without --resume.",
                     "the interrupted run was started with other values of %s", text_string(&options));
}
