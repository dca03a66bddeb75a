// The design: each round runs identical code twice, one run after the other, and then the same with planted
// slowdowns, and once more with instructions planted in box alone; each of these is compared with the second
// run of identical code. Runs of other rounds are not compared with each other, so that every comparison is
// independent of every other. Then the grid in its tables' order and reversed, and a run beside the
// neighbour; these are compared with the last run of identical code, which also says what is true for the run
// beside neighbours on every CPU.
#include <math.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/random.h"
#include "environment/environment.h"
#include "results/results.h"
#include "selftest/private.h"
#include "timing/clock.h"

enum {
    IDENTICAL_RUNS = 2,
    ORDER_RUNS = 2,
    NOISE_RUNS = 2,
    LOUD_RUNS = 1,
    LOUD_LENGTH = 3,
    PROGRAM_RUNS = 1,
    PROGRAM_LENGTH = 6,
    START_TRIALS = 2, // that starting a process takes as long as
    THINNED = 4,
    NAME_BYTES = 32
};

struct campaign {
    const struct selftest_options *options;
    struct selftest *selftest;
    struct selftest_judge judge;
    struct plan plan; // of the run that was made last
    struct run run;   // likewise
};

size_t selftest_run_count(const struct selftest_options *options)
{
    struct plan_request delayed;
    size_t per_round = IDENTICAL_RUNS, afterwards = 0;
    per_round += selftest_has_part(options->parts, SELFTEST_PART_PLANTED);
    per_round += selftest_has_part(options->parts, SELFTEST_PART_INSTRUCTIONS) &&
                 selftest_delay_request(&options->request, &delayed);
    afterwards += selftest_has_part(options->parts, SELFTEST_PART_ORDER) ? ORDER_RUNS : 0;
    afterwards += selftest_has_part(options->parts, SELFTEST_PART_NOISE) ? NOISE_RUNS : 0;
    afterwards += selftest_has_part(options->parts, SELFTEST_PART_LOUD) ? LOUD_RUNS : 0;
    afterwards += selftest_has_part(options->parts, SELFTEST_PART_PROGRAM) ? PROGRAM_RUNS : 0;
    bool has_rounds = selftest_has_part(selftest_parts_needed(options->parts), SELFTEST_PART_IDENTICAL);
    return (has_rounds ? options->rounds * per_round : 0) + afterwards;
}

// A worker shares its CPU with a neighbour, and the run has half again as much to measure as the others.
// Starting a process takes about as long as two trials.
double selftest_length(const struct selftest_options *options)
{
    double runs = (double)selftest_run_count(options);
    if (selftest_has_part(options->parts, SELFTEST_PART_PROGRAM) && !options->thin)
        runs += PROGRAM_LENGTH - PROGRAM_RUNS;
    if (!selftest_has_part(options->parts, SELFTEST_PART_LOUD) || options->thin)
        return runs;
    double asked = options->request.processes, trials = options->request.iterations / asked;
    double more = fmax(SELFTEST_LOUD_PROCESSES, asked) / asked *
                  (START_TRIALS + fmax(SELFTEST_LOUD_TRIALS, trials)) / (START_TRIALS + trials);
    return runs + LOUD_LENGTH * more - LOUD_RUNS;
}

static void announce(const struct campaign *campaign, const char *what)
{
    if (campaign->options->step)
        campaign->options->step(campaign->options->context, what, campaign->selftest->runs,
                                selftest_run_count(campaign->options));
}

static uint32_t batches_of(const struct selftest_options *options)
{
    return options->batches ? options->batches
                            : plan_batches(plan_request_value(&options->request, AXIS_live_objects));
}

// ---- one run ----

struct run_kind {
    const char *name; // of its files
    const char *what; // for a person
    bool planted;     // extra batches, in every cell
    bool delayed;     // instructions, in box alone
    uint32_t round;
    bool beside; // not a comparison over the whole grid: thinned when the options say so
    bool longer; // more trials of fewer sizes: at least SELFTEST_NOISE_TRIALS, and thinned in any case
    bool loud;   // of box's copy, too
    enum selftest_sequence sequence;
};

// Every fourth of the sizes asked for.
static void thin_sizes(struct plan_request *request)
{
    const struct axis_values asked = request->axes[AXIS_size_bytes];
    request->axes[AXIS_size_bytes].count = 0;
    for (uint32_t i = 0; i < asked.count; i += THINNED)
        axis_values_add(&request->axes[AXIS_size_bytes], asked.items[i]);
}

// Trials: of each process.
static void ask_at_least(struct plan_request *request, uint32_t processes, uint32_t trials)
{
    uint32_t asked_trials = request->iterations / request->processes;
    request->processes = request->processes > processes ? request->processes : processes;
    request->iterations = request->processes * (asked_trials > trials ? asked_trials : trials);
}

// Every run has a seed of its own: other orders, other random streams, as two real runs would have.
static enum status prepare_plan(struct campaign *campaign, const struct run_kind *kind, struct error *error)
{
    plan_release(&campaign->plan);
    struct plan_request request = campaign->options->request, small;
    if ((kind->beside && campaign->options->thin) || kind->longer)
        thin_sizes(&request);
    if (kind->longer)
        ask_at_least(&request, 1, SELFTEST_NOISE_TRIALS);
    if (kind->loud)
        selftest_loud_request(&request, &request);
    if (kind->loud && !campaign->options->thin)
        ask_at_least(&request, SELFTEST_LOUD_PROCESSES, SELFTEST_LOUD_TRIALS);
    if (kind->delayed && selftest_delay_request(&request, &small))
        request = small;
    request.seed = random_derive_seed(request.seed, campaign->selftest->runs);
    enum status status = plan_build(&request, &campaign->plan, error);
    if (status != STATUS_OK)
        return status;
    if (kind->loud)
        selftest_loud_plant(&campaign->plan, batches_of(campaign->options));
    if (kind->delayed)
        selftest_delay_plant(&campaign->plan, kind->round);
    if (kind->planted)
        selftest_plant(&campaign->plan, batches_of(campaign->options), kind->round);
    selftest_reorder(&campaign->plan, kind->sequence);
    return STATUS_OK;
}

static enum status measure_and_store(struct campaign *campaign, const char *name, struct error *error)
{
    const struct selftest_options *options = campaign->options;
    CLEANUP(facts_release) struct facts facts = {0};
    environment_read(&facts);
    const struct runner_options runner_options = {
        .worker_path = options->worker_path,
        .batches = options->batches,
        .warmup_batches = options->batches / 10,
        .repeat_disturbed = true,
        .progress = options->progress,
        .progress_context = options->context,
    };
    run_release(&campaign->run);
    enum status status = runner_run(&campaign->plan, &runner_options, &facts, &campaign->run, error);
    if (status == STATUS_OK)
        status = facts_check(&facts, error);
    if (status != STATUS_OK)
        return status;
    const struct results results = {
        .platform = name,
        .plan = &campaign->plan,
        .processes = campaign->run.processes,
        .process_count = campaign->run.count,
        .limits = campaign->run.limits,
        .facts = &facts,
    };
    return results_write(options->directory, &results, error);
}

// Through the files, as `compare` reads them. What `ret_values` held is released.
static enum status make_run(struct campaign *campaign, const struct run_kind *kind,
                            struct dataset *ret_values, struct error *error)
{
    const struct dataset_options everything = {0};
    announce(campaign, kind->what);
    enum status status = prepare_plan(campaign, kind, error);
    if (status == STATUS_OK)
        status = measure_and_store(campaign, kind->name, error);
    if (status != STATUS_OK)
        return status;
    dataset_release(ret_values);
    campaign->selftest->runs++;
    campaign->selftest->started_processes += campaign->run.count;
    for (size_t i = 0; i < campaign->run.count; i++)
        campaign->selftest->failed_processes += campaign->run.processes[i].outcome != OUTCOME_OK;
    return dataset_read_named(kind->name, campaign->options->directory, &everything, ret_values, error);
}

static enum status compare_pair(const struct dataset *a, const struct dataset *b,
                                struct comparison *ret_comparison, struct error *error)
{
    const struct dataset runs[RUN_COUNT] = {*a, *b};
    struct compare_options options;
    compare_options_init(&options);
    enum status status = compare_runs(runs, &options, ret_comparison, error);
    if (status == STATUS_OK && ret_comparison->count == 0)
        return error_set(error, STATUS_ENVIRONMENT, "Run the self-test again.",
                         "the machine or the program changed during the self-test");
    return status;
}

// ---- its parts ----

static enum status run_delayed(struct campaign *campaign, uint32_t round, const struct dataset *undelayed,
                               struct error *error)
{
    CLEANUP(dataset_release) struct dataset delayed = {0};
    CLEANUP(comparison_release) struct comparison comparison = {0};
    struct plan_request request;
    char name[NAME_BYTES];
    if (!selftest_delay_request(&campaign->options->request, &request))
        return STATUS_OK;
    snprintf(name, sizeof name, "round%u-delayed", round + 1);
    const struct run_kind kind = {
        .name = name, .what = "A/B, instructions planted", .delayed = true, .round = round, .beside = true};
    enum status status = make_run(campaign, &kind, &delayed, error);
    if (status == STATUS_OK)
        status = compare_pair(undelayed, &delayed, &comparison, error);
    if (status != STATUS_OK)
        return status;
    return selftest_judge_delays(&campaign->judge, &delayed, &comparison, round, &campaign->selftest->delays,
                                 error);
}

static enum status run_identical(struct campaign *campaign, uint32_t round, struct dataset *last,
                                 struct error *error)
{
    CLEANUP(dataset_release) struct dataset first = {0};
    CLEANUP(comparison_release) struct comparison comparison = {0};
    struct selftest_null *null = &campaign->selftest->null;
    char name[NAME_BYTES];
    snprintf(name, sizeof name, "round%u-a", round + 1);
    enum status status =
        make_run(campaign, &(struct run_kind){.name = name, .what = "A/A, first run"}, &first, error);
    snprintf(name, sizeof name, "round%u-b", round + 1);
    if (status == STATUS_OK)
        status = make_run(campaign, &(struct run_kind){.name = name, .what = "A/A, second run"}, last, error);
    if (status == STATUS_OK)
        status = compare_pair(&first, last, &comparison, error);
    if (status != STATUS_OK)
        return status;
    campaign->selftest->cells = comparison.count;
    selftest_judge_null(&campaign->judge, &comparison, null);
    selftest_judge_control(&comparison.controls[RUN_A], null);
    selftest_judge_control(&comparison.controls[RUN_B], null);
    return STATUS_OK;
}

static enum status run_planted(struct campaign *campaign, uint32_t round, const struct dataset *last,
                               struct error *error)
{
    CLEANUP(dataset_release) struct dataset planted = {0};
    CLEANUP(comparison_release) struct comparison comparison = {0};
    char name[NAME_BYTES];
    snprintf(name, sizeof name, "round%u-slow", round + 1);
    const struct run_kind kind = {
        .name = name, .what = "A/B, slowdowns planted", .planted = true, .round = round};
    enum status status = make_run(campaign, &kind, &planted, error);
    if (status == STATUS_OK)
        status = compare_pair(last, &planted, &comparison, error);
    if (status != STATUS_OK)
        return status;
    selftest_judge_control(&comparison.controls[RUN_B], &campaign->selftest->null);
    selftest_judge_planted(&campaign->judge, &comparison, round, batches_of(campaign->options),
                           campaign->selftest->levels);
    return STATUS_OK;
}

static enum status run_round(struct campaign *campaign, uint32_t round, struct dataset *last,
                             struct error *error)
{
    const uint64_t parts = campaign->options->parts;
    enum status status = run_identical(campaign, round, last, error);
    if (status == STATUS_OK && selftest_has_part(parts, SELFTEST_PART_PLANTED))
        status = run_planted(campaign, round, last, error);
    if (status == STATUS_OK && selftest_has_part(parts, SELFTEST_PART_INSTRUCTIONS))
        status = run_delayed(campaign, round, last, error);
    return status;
}

static enum status run_orders(struct campaign *campaign, const struct dataset *shuffled, struct error *error)
{
    CLEANUP(dataset_release) struct dataset forward = {0}, reversed = {0};
    const struct run_kind kinds[] = {
        {.name = "order-forward", .what = "order, forward", .beside = true, .sequence = SEQUENCE_FORWARD},
        {.name = "order-reversed", .what = "order, reversed", .beside = true, .sequence = SEQUENCE_REVERSED},
    };
    enum status status = make_run(campaign, &kinds[0], &forward, error);
    if (status == STATUS_OK)
        status = make_run(campaign, &kinds[1], &reversed, error);
    const struct dataset *const pairs[][RUN_COUNT] = {
        {&forward, &reversed}, {&forward, shuffled}, {&reversed, shuffled}};
    for (size_t i = 0; i < COUNT_OF(pairs) && status == STATUS_OK; i++) {
        CLEANUP(comparison_release) struct comparison comparison = {0};
        status = compare_pair(pairs[i][RUN_A], pairs[i][RUN_B], &comparison, error);
        if (status == STATUS_OK)
            selftest_judge_order(&comparison, &campaign->selftest->order);
    }
    return status;
}

static enum status make_noisy_run(struct campaign *campaign, const struct run_kind *kind,
                                  struct dataset *ret_values, uint64_t *ret_neighbour_start_ns,
                                  struct error *error)
{
    CLEANUP(neighbour_stop) struct neighbour neighbour = {0};
    enum status status = neighbour_start(&neighbour, error);
    *ret_neighbour_start_ns = neighbour.start_ns;
    return status == STATUS_OK ? make_run(campaign, kind, ret_values, error) : status;
}

// Two runs: one like those of identical code, to be compared with them, and one with enough trials in each
// process to tell the contaminated ones.
static enum status run_beside_neighbour(struct campaign *campaign, const struct dataset *quiet,
                                        struct error *error)
{
    CLEANUP(dataset_release) struct dataset noisy = {0}, longer = {0};
    CLEANUP(comparison_release) struct comparison comparison = {0};
    struct selftest_noise *noise = &campaign->selftest->noise;
    const struct run_kind kinds[] = {
        {.name = "noise", .what = "noise, beside a neighbour", .beside = true},
        {.name = "noise-longer", .what = "noise, more trials", .beside = true, .longer = true},
    };
    uint64_t start_ns;
    enum status status = make_noisy_run(campaign, &kinds[0], &noisy, &start_ns, error);
    if (status == STATUS_OK)
        status = compare_pair(quiet, &noisy, &comparison, error);
    if (status == STATUS_OK)
        status = make_noisy_run(campaign, &kinds[1], &longer, &start_ns, error);
    if (status != STATUS_OK)
        return status;
    selftest_judge_alarms(&comparison, &noise->alarms);
    selftest_share_finish(&noise->alarms);
    return selftest_judge_noise(&campaign->run, start_ns, noise, error);
}

// It takes over the run without neighbours.
static enum status run_beside_crowd(struct campaign *campaign, struct dataset *quiet, struct error *error)
{
    CLEANUP(dataset_release) struct dataset loud = {0};
    CLEANUP(crowd_stop) struct crowd crowd = {0};
    const struct run_kind kind = {
        .name = "loud", .what = "loud, neighbours on every CPU", .beside = true, .loud = true};
    enum status status = crowd_start(&crowd, error);
    if (status == STATUS_OK)
        status = make_run(campaign, &kind, &loud, error);
    if (status == STATUS_OK)
        status = crowd_check(&crowd, error);
    const struct plan_request *made = &campaign->plan.request;
    struct selftest_loud *judged = &campaign->selftest->loud;
    *judged = (struct selftest_loud){.neighbours = crowd.count, .processes = made->processes};
    crowd_stop(&crowd);
    if (status != STATUS_OK)
        return status;
    judged->trials = made->iterations / made->processes;
    return selftest_judge_loud(quiet, &loud, judged, error);
}

static enum status run_program(struct campaign *campaign, struct error *error)
{
    announce(campaign, "program, one heap that works longer");
    enum status status = selftest_run_program(campaign->options, &campaign->selftest->program, error);
    campaign->selftest->runs += PROGRAM_RUNS;
    return status;
}

// What is made of runs of the grid.
static enum status run_grid(struct campaign *campaign, struct error *error)
{
    CLEANUP(dataset_release) struct dataset last = {0};
    const uint64_t parts = campaign->options->parts;
    enum status status = STATUS_OK;
    for (uint32_t round = 0; round < campaign->options->rounds && status == STATUS_OK; round++)
        status = run_round(campaign, round, &last, error);
    if (status == STATUS_OK && selftest_has_part(parts, SELFTEST_PART_ORDER))
        status = run_orders(campaign, &last, error);
    if (status == STATUS_OK && selftest_has_part(parts, SELFTEST_PART_NOISE))
        status = run_beside_neighbour(campaign, &last, error);
    if (status == STATUS_OK && selftest_has_part(parts, SELFTEST_PART_LOUD))
        status = run_beside_crowd(campaign, &last, error);
    return status;
}

static enum status run_all(struct campaign *campaign, struct error *error)
{
    const uint64_t parts = campaign->selftest->parts;
    enum status status = STATUS_OK;
    if (selftest_has_part(parts, SELFTEST_PART_IDENTICAL))
        status = run_grid(campaign, error);
    if (status == STATUS_OK && selftest_has_part(parts, SELFTEST_PART_PROGRAM))
        status = run_program(campaign, error);
    if (status != STATUS_OK || !selftest_has_part(parts, SELFTEST_PART_COVERAGE))
        return status;
    announce(campaign, "coverage, in simulation");
    return selftest_simulate(campaign->options->coverage_repetitions, campaign->options->request.seed,
                             campaign->selftest->coverage, error);
}

static void campaign_release(struct campaign *campaign)
{
    selftest_judge_release(&campaign->judge);
    plan_release(&campaign->plan);
    run_release(&campaign->run);
}

void selftest_release(struct selftest *selftest)
{
    facts_release(&selftest->facts);
}

enum status selftest_run(const struct selftest_options *options, struct selftest *ret_selftest,
                         struct error *error)
{
    CLEANUP(selftest_release)
    struct selftest selftest = {
        .parts = selftest_parts_needed(options->parts),
        .processes = options->request.processes,
        .trials = options->request.iterations / options->request.processes,
        .rounds = options->rounds,
        .batches = batches_of(options),
        .seed = options->request.seed,
    };
    CLEANUP(campaign_release) struct campaign campaign = {.options = options, .selftest = &selftest};
    uint64_t start_ns = clock_monotonic_raw_ns();
    environment_read(&selftest.facts);
    enum status status = facts_check(&selftest.facts, error);
    if (status == STATUS_OK)
        status = run_all(&campaign, error);
    if (status == STATUS_OK)
        status = selftest_judge_finish(&campaign.judge, &selftest, error);
    announce(&campaign, NULL);
    if (status != STATUS_OK)
        return status;
    selftest.seconds = (double)(clock_monotonic_raw_ns() - start_ns) * 1e-9;
    selftest_set_aims(&selftest);
    *ret_selftest = selftest;
    selftest.facts = (struct facts){0};
    return STATUS_OK;
}
