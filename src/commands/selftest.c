// The runs' files go to a directory of their own, removed at the end unless they are to be kept.
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "command_line/command.h"
#include "commands/private.h"
#include "commands/progress.h"
#include "results/run_files.h"
#include "selftest/selftest.h"
#include "timing/clock.h"

enum {
    OPTION_quick,
    OPTION_precise,
    OPTION_parts,
    OPTION_rounds,
    OPTION_processes,
    OPTION_trials,
    OPTION_strategy,
    OPTION_pattern,
    OPTION_size_bytes,
    OPTION_seed,
    OPTION_json,
    OPTION_output_dir,
    OPTION_keep_runs,
    OPTION_quiet,
};

enum {
    QUICK_ROUNDS = 1,
    QUICK_COVERAGE_REPETITIONS = 300,
    COVERAGE_REPETITIONS = 10000,
};

static const struct argument_row arguments[] = {
    {"PLATFORM", "the name of this machine, as in run; by default its host name"}};

static bool can_be_made(size_t index)
{
    return selftest_part_name(index) != NULL;
}

static const struct choices part_choices = {"part", SELFTEST_PART_COUNT, selftest_part_name, can_be_made,
                                            NULL};

static const struct option_row options[] = {
    [OPTION_quick] = {.name = "quick",
                      .type = OPTION_FLAG,
                      .help = "every part and every cell in about a minute, with short trials in 6 "
                              "processes: a check that everything works, not of the machine; written to "
                              "DIR/selftest-quick_PLATFORM.json, which analyze does not show"},
    [OPTION_precise] = {.name = "precise",
                        .type = OPTION_FLAG,
                        .help = "40 processes of 10 trials, as run --precise; takes hours"},
    [OPTION_parts] = {.name = "parts",
                      .type = OPTION_LIST,
                      .value_name = "LIST",
                      .choices = &part_choices,
                      .help = "parts to run; identical code is measured as well for all but program and "
                              "coverage; with fewer than all, the result goes to "
                              "DIR/selftest-parts_PLATFORM.json, which analyze does not show"},
    [OPTION_rounds] = {.name = "rounds",
                       .type = OPTION_NUMBER,
                       .value_name = "N",
                       .minimum = 1,
                       .maximum = 1000,
                       .default_text = "3",
                       .help = "rounds of two runs of identical code and two with planted slowdowns"},
    [OPTION_processes] = {.name = "processes",
                          .type = OPTION_NUMBER,
                          .value_name = "N",
                          .minimum = 6,
                          .maximum = MAX_PROCESSES,
                          .default_text = "14",
                          .help = "processes of each cell in a run"},
    [OPTION_trials] = {.name = "trials",
                       .type = OPTION_NUMBER,
                       .value_name = "N",
                       .minimum = 1,
                       .maximum = 100,
                       .default_text = "1",
                       .help = "trials of each process"},
#define AXIS(id, place, type, words, standard, least, greatest, option, former, title, help)                 \
    GRID_OPTION_ROW(OPTION_, id, place, option, former, help)
#include "axes/axes.def"
#undef AXIS
    [OPTION_seed] = {.name = "seed",
                     .type = OPTION_NUMBER,
                     .value_name = "N",
                     .maximum = UINT64_MAX,
                     .default_text = "1",
                     .help = "seed of the plans and the simulation"},
    [OPTION_json] = {.name = "json", .type = OPTION_FLAG, .help = "print JSON instead of the table"},
    [OPTION_output_dir] = {.name = "output-dir",
                           .type = OPTION_PATH,
                           .value_name = "DIR",
                           .default_text = "results",
                           .help = "directory of selftest_PLATFORM.json"},
    [OPTION_keep_runs] = {.name = "keep-runs",
                          .type = OPTION_PATH,
                          .value_name = "DIR",
                          .help = "keep the result files of its runs in this directory"},
    [OPTION_quiet] = {.name = "quiet", .type = OPTION_FLAG, .help = "show no progress"},
};

// ---- what is requested ----

static enum status options_from(const struct option_value *values, struct selftest_options *ret_wanted,
                                struct error *error)
{
    bool quick = values[OPTION_quick].given, precise = values[OPTION_precise].given;
    struct selftest_options wanted = {
        .rounds =
            quick && !values[OPTION_rounds].given ? QUICK_ROUNDS : (uint32_t)values[OPTION_rounds].number,
        .parts = values[OPTION_parts].chosen,
        .thin = quick,
        .batches = quick ? SELFTEST_MIN_BATCHES : 0,
        .coverage_repetitions = quick ? QUICK_COVERAGE_REPETITIONS : COVERAGE_REPETITIONS,
    };
    struct plan_request *request = &wanted.request;
    plan_request_init(request);
    enum status status = axis_option_apply(AXIS_strategy, &values[OPTION_strategy], request, error);
    if (status == STATUS_OK)
        status = axis_option_apply(AXIS_pattern, &values[OPTION_pattern], request, error);
    if (status == STATUS_OK)
        status = axis_option_apply(AXIS_size_bytes, &values[OPTION_size_bytes], request, error);
    axis_values_add(&request->axes[AXIS_strategy], STRATEGY_box); // the null control is its twin
    request->seed = values[OPTION_seed].number;
    uint32_t trials = (uint32_t)values[OPTION_trials].number;
    request->processes = (uint32_t)values[OPTION_processes].number;
    if (quick && !values[OPTION_processes].given)
        request->processes = UNPAIRED_MIN_PROCESSES;
    if (precise && !values[OPTION_processes].given)
        request->processes = PRECISE_PROCESSES;
    if (precise && !values[OPTION_trials].given)
        trials = PRECISE_TRIALS;
    request->iterations = request->processes * trials;
    *ret_wanted = wanted;
    return status;
}

// The host's name where it is fit for a platform's.
static enum status name_platform(const struct invocation *invocation, char *ret_name, size_t capacity,
                                 struct error *error)
{
    if (invocation->argument_count > 0) {
        snprintf(ret_name, capacity, "%s", invocation->arguments[0]);
        return platform_check(invocation->arguments[0], error);
    }
    ret_name[capacity - 1] = '\0';
    if (gethostname(ret_name, capacity - 1) != 0 || platform_check(ret_name, NULL) != STATUS_OK)
        snprintf(ret_name, capacity, "local");
    return STATUS_OK;
}

// ---- where its runs go ----

static enum status make_runs_directory(const char *kept, struct text *ret_path, struct error *error)
{
    if (kept) {
        text_append(ret_path, kept);
        enum status status = text_check(ret_path, error);
        return status == STATUS_OK ? output_directory_check(kept, 64 << 20, error) : status;
    }
    const char *temporary = getenv("TMPDIR");
    text_append_format(ret_path, "%s/memalloc-bench-selftest-XXXXXX",
                       temporary && *temporary ? temporary : "/tmp");
    enum status status = text_check(ret_path, error);
    if (status == STATUS_OK && !mkdtemp(ret_path->bytes))
        return error_set_errno(error, STATUS_ENVIRONMENT, errno,
                               "Set TMPDIR, or name a directory with --keep-runs.",
                               "cannot make the directory %s", text_string(ret_path));
    return status;
}

static void remove_runs_directory(const char *path)
{
    DIR *directory = opendir(path);
    if (!directory)
        return;
    for (struct dirent *entry; (entry = readdir(directory));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            unlinkat(dirfd(directory), entry->d_name, 0);
    closedir(directory);
    rmdir(path);
}

// ---- what is shown meanwhile ----

struct show {
    struct progress progress;
    bool quiet;
    double length; // of all runs, see selftest_length()
    uint64_t start_ns;
};

static void show_step(void *context, const char *what, size_t done_runs, size_t all_runs)
{
    struct show *show = context;
    if (show->quiet)
        return;
    progress_clear(&show->progress);
    progress_init(&show->progress, STDERR_FILENO);
    if (!what)
        return;
    CLEANUP(text_release) struct text line = {0};
    text_append_format(&line, "[%zu/%zu] %s", done_runs + (done_runs < all_runs), all_runs, what);
    if (done_runs > 0 && done_runs < all_runs) {
        double elapsed = (double)(clock_monotonic_raw_ns() - show->start_ns) * 1e-9;
        text_append(&line, "; about ");
        duration_append(&line, elapsed / (double)done_runs * (show->length - (double)done_runs));
        text_append(&line, " left");
    }
    fprintf(stderr, "%s\n", text_string(&line));
}

static void show_progress(void *context, const struct runner_progress *now)
{
    struct show *show = context;
    if (!show->quiet)
        progress_show(&show->progress, now);
}

static enum status say_how_long(const struct selftest_options *wanted, bool quick, struct error *error)
{
    double seconds = 0;
    enum status status = guess_seconds(&wanted->request, &seconds, error);
    if (status != STATUS_OK)
        return status;
    CLEANUP(text_release) struct text duration = {0};
    duration_append(&duration, seconds * selftest_length(wanted));
    const size_t runs = selftest_run_count(wanted);
    const char *ending = runs == 1 ? "" : "s";
    if (quick)
        fprintf(stderr, "%zu run%s, about a minute on a quiet machine.\n", runs, ending);
    else
        fprintf(stderr, "%zu run%s: about %s, as a rough guess before anything was measured.\n", runs, ending,
                text_string(&duration));
    return STATUS_OK;
}

// ---- the command ----

// What says nothing of the whole machine leaves the result that does as it is.
static const char *kind_of(const struct selftest *selftest, bool quick)
{
    bool whole = selftest->parts == SELFTEST_ALL_PARTS;
    return quick ? (whole ? "-quick" : "-quick-parts") : (whole ? "" : "-parts");
}

static enum status store(struct invocation *invocation, const struct selftest *selftest, const char *platform,
                         struct error *error)
{
    const struct option_value *values = invocation->values;
    CLEANUP(text_release) struct text json = {0}, path = {0};
    text_append_format(&path, "%s/selftest%s_%s.json", values[OPTION_output_dir].text,
                       kind_of(selftest, values[OPTION_quick].given), platform);
    enum status status = text_check(&path, error);
    if (status == STATUS_OK)
        status = selftest_json_append(&json, selftest, platform, values[OPTION_quick].given, error);
    if (status == STATUS_OK)
        status = file_write(text_string(&path), json.bytes, json.length, error);
    if (status != STATUS_OK)
        return status;
    if (values[OPTION_json].given) {
        text_append_bytes(&invocation->output, json.bytes, json.length);
    } else {
        selftest_text_append(&invocation->output, selftest, platform);
        text_append_format(&invocation->output, "\nWritten: %s\n", text_string(&path));
    }
    invocation->exit_code = selftest_all_met(selftest) ? 0 : 1;
    return STATUS_OK;
}

static enum status measure(struct invocation *invocation, struct selftest_options *wanted,
                           struct selftest *ret_selftest, struct error *error)
{
    const struct option_value *values = invocation->values;
    CLEANUP(text_release) struct text worker = {0}, directory = {0};
    struct show show = {
        .quiet = values[OPTION_quiet].given,
        .length = selftest_length(wanted),
        .start_ns = clock_monotonic_raw_ns(),
    };
    progress_init(&show.progress, STDERR_FILENO);
    enum status status = output_directory_check(values[OPTION_output_dir].text, 1 << 20, error);
    if (status == STATUS_OK)
        status = runner_find_worker(TOUCH_word, &worker, error);
    if (status == STATUS_OK && !show.quiet)
        status = say_how_long(wanted, values[OPTION_quick].given, error);
    const char *kept = values[OPTION_keep_runs].given ? values[OPTION_keep_runs].text : NULL;
    if (status == STATUS_OK)
        status = make_runs_directory(kept, &directory, error);
    if (status != STATUS_OK)
        return status;
    wanted->worker_path = text_string(&worker);
    wanted->directory = text_string(&directory);
    wanted->step = show_step;
    wanted->progress = show_progress;
    wanted->context = &show;
    status = selftest_run(wanted, ret_selftest, error);
    if (!kept)
        remove_runs_directory(text_string(&directory));
    return status;
}

static enum status execute(struct invocation *invocation, struct error *error)
{
    const struct option_value *values = invocation->values;
    if (values[OPTION_quick].given && values[OPTION_precise].given)
        return error_set(error, STATUS_USAGE, "Leave one of them out.",
                         "--quick and --precise contradict each other");
    char platform[66];
    CLEANUP(selftest_release) struct selftest selftest = {0};
    struct selftest_options wanted;
    enum status status = options_from(values, &wanted, error);
    if (status == STATUS_OK)
        status = name_platform(invocation, platform, sizeof platform, error);
    if (status == STATUS_OK)
        status = measure(invocation, &wanted, &selftest, error);
    return status == STATUS_OK ? store(invocation, &selftest, platform, error) : status;
}

const struct command command_selftest = {
    .name = "selftest",
    .summary = "validate the measurement on this machine",
    .description =
        "Validates the measurement. Runs of identical code must show no difference. Planted slowdowns "
        "of 0.5 to 10 %, and additional instructions in box, must be found. The order of the plan "
        "must not matter. A noisy neighbour, which the self-test starts itself, must be noticed. "
        "Beside neighbours on every CPU, large differences must still be decided. A heap on which a "
        "program has 5 % more work must be found, and identical ones must not differ. The intervals are "
        "checked in simulation. Everything goes through the real workers, files and comparisons. The "
        "result is printed beside its aims and stored as DIR/selftest_PLATFORM.json, which analyze "
        "shows.\n\n"
        "The exit code is 0 if every aim is met, 1 if one is missed, and 3 if something could not be "
        "measured.",
    .arguments = arguments,
    .min_arguments = 0,
    .max_arguments = 1,
    .options = options,
    .option_count = COUNT_OF(options),
    .execute = execute,
};
