// What `program` says of heaps whose difference is known. The made-up program works for a number of steps
// before each of its allocations; the made-up heap, preloaded as any, does 5 % of these steps more in its
// malloc, one after the other as the program does. Beside it are heaps that are the system's under other
// names. Each run goes through plan, launcher, witness, journal, file and verdicts, with a seed of its own.
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/random.h"
#include "environment/environment.h"
#include "launch/launch.h"
#include "made_up/made_up.h"
#include "program/measure.h"
#include "selftest/private.h"
#include "timing/clock.h"

enum {
    QUICK_RUNS = 2,
    ROUNDS = 20000, // of the program: some 50 ms
    QUICK_ROUNDS = 2000,
    WARMUPS = 1,
    NAME_BYTES = 32,
};

static const char program_name[] = "memalloc-bench-made-up-program";
static const char heap_name[] = "memalloc-bench-made-up-heap.so";

// What all runs have in common.
struct series {
    const struct selftest_options *options;
    struct launch_tools tools;
    char program[1024];
    struct plan_heap heaps[SELFTEST_PROGRAM_IDENTICAL + 2];
    uint32_t runs, blocks;
    size_t done; // processes of earlier runs
    uint64_t start_ns;
};

// ---- what is asked for ----

static enum status begin(const struct selftest_options *options, struct series *series, struct error *error)
{
    *series = (struct series){.options = options,
                              .runs = options->thin ? QUICK_RUNS : SELFTEST_PROGRAM_RUNS,
                              .blocks = options->request.processes,
                              .start_ns = clock_monotonic_raw_ns()};
    if (!options->thin && series->blocks < SELFTEST_PROGRAM_PROCESSES)
        series->blocks = SELFTEST_PROGRAM_PROCESSES;
    struct plan_heap *slow = &series->heaps[SELFTEST_PROGRAM_IDENTICAL + 1];
    snprintf(series->heaps[0].name, sizeof series->heaps[0].name, "%s", heaps[0].name);
    for (uint32_t i = 1; i <= SELFTEST_PROGRAM_IDENTICAL; i++)
        snprintf(series->heaps[i].name, sizeof series->heaps[i].name, "identical-%u", i);
    snprintf(slow->name, sizeof slow->name, "slow");
    enum status status = launch_find_tools(&series->tools, error);
    if (status == STATUS_OK)
        status = launch_find_file(program_name, X_OK, series->program, sizeof series->program, error);
    if (status == STATUS_OK)
        status = launch_find_file(heap_name, R_OK, slow->library, sizeof slow->library, error);
    return status;
}

static enum status make_request(const struct series *series, uint32_t run,
                                struct program_request *ret_request, struct error *error)
{
    struct program_request *request = ret_request;
    char name[NAME_BYTES], rounds[16];
    snprintf(name, sizeof name, "run%02u", run + 1);
    snprintf(rounds, sizeof rounds, "%d", series->options->thin ? QUICK_ROUNDS : ROUNDS);
    request->platform = strdup("selftest");
    request->name = strdup(name);
    if (!request->platform || !request->name)
        return error_set_no_memory(error);
    memcpy(request->heaps, series->heaps, sizeof series->heaps);
    request->heap_count = COUNT_OF(series->heaps);
    request->blocks = series->blocks;
    request->warmups = WARMUPS;
    request->seed = random_derive_seed(series->options->request.seed, run);
    request->output = LAUNCH_OUTPUT_PIPE;
    request->check_output = true;
    request->command_count = 1;
    enum status status = string_list_add(&request->commands[0].words, series->program, error);
    return status == STATUS_OK ? string_list_add(&request->commands[0].words, rounds, error) : status;
}

// ---- one run ----

// The progress of all runs together.
static void show(void *context, const struct program_progress *now)
{
    const struct series *series = context;
    const double elapsed = (double)(clock_monotonic_raw_ns() - series->start_ns) * 1e-9;
    const size_t done = series->done + now->done, total = series->runs * now->total;
    const struct runner_progress progress = {
        .done = done,
        .total = total,
        .failed = now->failed,
        .elapsed_seconds = elapsed,
        .remaining_seconds = done > 0 ? elapsed / (double)done * (double)(total - done) : -1,
    };
    if (series->options->progress && !now->is_warmup)
        series->options->progress(series->options->context, &progress);
}

static enum status measure(struct series *series, uint32_t run, struct program_data *data,
                           struct error *error)
{
    CLEANUP(program_request_release) struct program_request request = {0};
    CLEANUP(program_subjects_release) struct program_subjects subjects = {0};
    CLEANUP(text_release) struct text journal = {0};
    text_append_format(&journal, "%s/program_run%02u.journal", series->options->directory, run + 1);
    const struct program_measure_options options = {
        .tools = &series->tools, .journal_path = text_string(&journal), .progress = show, .context = series};
    enum status status = text_check(&journal, error);
    if (status == STATUS_OK)
        status = make_request(series, run, &request, error);
    if (status == STATUS_OK)
        status = program_subjects_build(&request, &subjects, error);
    if (status == STATUS_OK)
        status = program_data_begin(&request, &subjects, data, error);
    if (status != STATUS_OK)
        return status;
    environment_read(&data->facts);
    status = program_measure(&request, &subjects, &options, data, error);
    series->done += data->count;
    program_check_work(data);
    if (status == STATUS_OK)
        status = facts_check(&data->facts, error);
    return status == STATUS_OK ? program_discard_journal(options.journal_path, error) : status;
}

// Through its file, as `analyze` reads it.
static enum status make_run(struct series *series, uint32_t run, struct program_data *ret_data,
                            struct error *error)
{
    CLEANUP(program_data_release) struct program_data measured = {0};
    CLEANUP(text_release) struct text path = {0};
    enum status status = measure(series, run, &measured, error);
    if (status != STATUS_OK)
        return status;
    program_file_path(&path, series->options->directory, measured.name);
    status = text_check(&path, error);
    if (status == STATUS_OK)
        status = program_file_write(text_string(&path), &measured, error);
    return status == STATUS_OK ? program_file_read(text_string(&path), ret_data, error) : status;
}

// ---- verdicts against the truth ----

static void add_to(struct selftest_share *share, bool counts)
{
    share->count += counts;
    share->of++;
}

static bool is_different(const struct program_value *value)
{
    return value->verdict == VERDICT_FASTER || value->verdict == VERDICT_SLOWER;
}

void selftest_judge_program(const struct program_result *result, struct selftest_program *program,
                            struct selftest_values *effects)
{
    const size_t slow = result->heap_count - 2; // the twin is behind it
    const struct program_value *time = &result->heaps[slow].values[LAUNCH_METRIC_CPU];
    bool any = false;
    add_to(&program->found, time->verdict == VERDICT_SLOWER);
    program->wrong += time->verdict == VERDICT_FASTER;
    selftest_values_add(effects, time->ratio.value - 1);
    for (size_t metric = 0; metric < result->data->metric_count; metric++) {
        any = any || (result->has_twin[metric] && result->twins[metric].differs);
        for (size_t row = 1; row < slow; row++) {
            const struct program_value *value = &result->heaps[row].values[metric];
            if (isnan(value->adjusted_p))
                continue;
            add_to(&program->verdicts, is_different(value));
            any = any || is_different(value);
        }
    }
    add_to(&program->families, any);
}

// The made-up heap must have served, and the program must have ended well: otherwise nothing is known.
static enum status check_run(const struct program_result *result, struct error *error)
{
    for (size_t row = 0; row < result->heap_count; row++) {
        const struct program_heap_result *heap = &result->heaps[row];
        const char *why = heap->failure          ? heap->failure->cause
                          : *heap->heap->problem ? heap->heap->problem
                                                 : program_state_name(heap->state);
        if (heap->state != PROGRAM_MEASURED)
            return error_set(error, STATUS_ENVIRONMENT, "Run the self-test again, or leave the part out.",
                             "the self-test's own program could not be measured on the heap %s: %s",
                             heap->heap->name, why);
    }
    return STATUS_OK;
}

static enum status judge_run(const struct program_data *data, struct selftest_program *program,
                             struct selftest_values *effects, struct error *error)
{
    CLEANUP(program_results_release) struct program_results results = {0};
    enum status status = program_analyze(data, &results, error);
    if (status == STATUS_OK)
        status = check_run(&results.items[0], error);
    if (status == STATUS_OK)
        selftest_judge_program(&results.items[0], program, effects);
    return status;
}

enum status selftest_run_program(const struct selftest_options *options, struct selftest_program *ret_program,
                                 struct error *error)
{
    CLEANUP(selftest_values_release) struct selftest_values effects = {0};
    struct series series;
    enum status status = begin(options, &series, error);
    struct selftest_program program = {.runs = series.runs,
                                       .processes = series.blocks,
                                       .identical = SELFTEST_PROGRAM_IDENTICAL,
                                       .effect = (double)MADE_UP_MORE_STEPS / MADE_UP_STEPS};
    for (uint32_t run = 0; run < series.runs && status == STATUS_OK; run++) {
        CLEANUP(program_data_release) struct program_data data = {0};
        status = make_run(&series, run, &data, error);
        if (status == STATUS_OK)
            status = judge_run(&data, &program, &effects, error);
    }
    program.recovered = selftest_values_quantile(&effects, 0.5);
    if (status == STATUS_OK && effects.failed)
        status = error_set_no_memory(error);
    if (status != STATUS_OK)
        return status;
    selftest_share_finish(&program.found);
    selftest_share_finish(&program.families);
    selftest_share_finish(&program.verdicts);
    *ret_program = program;
    return STATUS_OK;
}
