// In three passes, because Holm's correction needs all p values before there is any verdict: evidence per
// cell, then the family, then verdicts.
#include "compare/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "compare/private.h"
#include "strategies/strategies.h"

static const double interval_confidence = 0.90;

void compare_options_init(struct compare_options *options)
{
    *options = (struct compare_options){.threshold = NAN, .resamples = BOOTSTRAP_RESAMPLES, .seed = 1};
}

void comparison_release(struct comparison *comparison)
{
    if (!comparison)
        return;
    free(comparison->cells);
    free(comparison->differences);
    *comparison = (struct comparison){0};
}

bool is_anchor(const struct cell_values *cell)
{
    return strcmp(cell->name.allocator, ANCHOR_LABEL) == 0;
}

static bool is_control(const struct cell_values *cell)
{
    for (int i = 0; i < STRATEGY_COUNT; i++)
        if (strategies[i].role == STRATEGY_ROLE_CONTROL &&
            label_is_of(cell->name.allocator, strategies[i].name))
            return true;
    return false;
}

// --- Evidence of one cell ---

// What is compared of one cell: the runs' values, and room for them divided by what the anchors say.
struct contest {
    const struct cell_values *cells[RUN_COUNT]; // NULL: not measured
    const struct machine_speed *speeds;         // of both runs; NULL: nothing is divided
    double *values[RUN_COUNT];
    size_t counts[RUN_COUNT];
    double *scratch; // for both runs
};

void give_reason(struct compared_cell *compared, enum compare_reason reason, enum run_side side)
{
    compared->verdict = VERDICT_INCONCLUSIVE;
    compared->reason = reason;
    compared->reason_side = side;
}

// The first thing, if any, that leaves nothing to test: REASON_NONE otherwise.
static enum compare_reason obstacle(const struct contest *contest, enum run_side side, bool replicated)
{
    const struct cell_values *cell = contest->cells[side];
    if (!cell)
        return REASON_MISSING;
    if (cell->failure)
        return REASON_FAILED;
    if (!replicated)
        return REASON_ONE_PROCESS;
    if (cell_is_disturbed(cell))
        return REASON_DISTURBED;
    if (contest->speeds && contest->speeds[side].count == 0)
        return REASON_ANCHOR;
    return REASON_NONE;
}

// Fills values[side]: a process's value, divided by how slow the machine was in its replicate, if that is
// known.
static void take_values(struct contest *contest, enum run_side side)
{
    const struct cell_values *cell = contest->cells[side];
    contest->counts[side] = 0;
    if (cell && contest->speeds) {
        contest->counts[side] = machine_speed_divide(cell, &contest->speeds[side], contest->values[side]);
    } else if (cell) {
        contest->counts[side] = cell->process_count;
        memcpy(contest->values[side], cell->values, cell->process_count * sizeof *cell->values);
    }
}

static enum status test_contest(const struct contest *contest, struct resampling resampling,
                                struct compared_cell *compared, struct error *error)
{
    const struct sample a = {contest->values[RUN_A], contest->counts[RUN_A]};
    const struct sample b = {contest->values[RUN_B], contest->counts[RUN_B]};
    if (a.count < BOOTSTRAP_LEAST_PROCESSES || b.count < BOOTSTRAP_LEAST_PROCESSES) {
        bool both = a.count < BOOTSTRAP_LEAST_PROCESSES && b.count < BOOTSTRAP_LEAST_PROCESSES;
        give_reason(compared, REASON_FEW_PROCESSES,
                    both                                  ? RUN_COUNT
                    : a.count < BOOTSTRAP_LEAST_PROCESSES ? RUN_A
                                                          : RUN_B);
        compared->processes_needed = BOOTSTRAP_LEAST_PROCESSES;
        return STATUS_OK;
    }
    compared->p_value = statistics_mann_whitney(&a, &b, contest->scratch).p_value;
    return statistics_unpaired_ratio(&b, &a, interval_confidence, resampling, &compared->ratio, error);
}

static enum status gather_evidence(struct contest *contest, const struct run_values runs[RUN_COUNT],
                                   struct resampling resampling, struct compared_cell *compared,
                                   struct error *error)
{
    for (int side = 0; side < RUN_COUNT; side++) {
        const struct cell_values *cell = contest->cells[side];
        if (!cell)
            continue;
        compared->processes[side] = cell->process_count;
        compared->kernel_events[side] = cell->kernel_events;
        compared->median_ns[side] = statistics_median(cell->values, cell->process_count, contest->scratch);
    }
    compared->ratio.value = compared->median_ns[RUN_B] / compared->median_ns[RUN_A];
    enum compare_reason in_a = obstacle(contest, RUN_A, runs[RUN_A].replicated);
    enum compare_reason in_b = obstacle(contest, RUN_B, runs[RUN_B].replicated);
    if (in_a != REASON_NONE || in_b != REASON_NONE) {
        bool is_b = in_a == REASON_NONE || in_b == REASON_MISSING; // no other mend helps a missing cell
        give_reason(compared, is_b ? in_b : in_a, in_a == in_b ? RUN_COUNT : is_b ? RUN_B : RUN_A);
        return STATUS_OK;
    }
    compared->divided_by_anchor = contest->speeds != NULL;
    for (int side = 0; side < RUN_COUNT; side++)
        take_values(contest, (enum run_side)side);
    compared->least_values =
        contest->counts[RUN_A] < contest->counts[RUN_B] ? contest->counts[RUN_A] : contest->counts[RUN_B];
    return test_contest(contest, resampling, compared, error);
}

// --- All cells ---

struct cell_pair {
    const struct cell_values *cells[RUN_COUNT]; // NULL: not measured in that run
};

// What the runs measured, controls left out, in order.
static size_t pair_cells(const struct run_values runs[RUN_COUNT], struct cell_pair *ret_pairs)
{
    size_t count = 0;
    for (size_t i = 0, k = 0; i < runs[RUN_A].count || k < runs[RUN_B].count;) {
        const struct cell_values *a = i < runs[RUN_A].count ? &runs[RUN_A].cells[i] : NULL;
        const struct cell_values *b = k < runs[RUN_B].count ? &runs[RUN_B].cells[k] : NULL;
        int order = !a ? 1 : !b ? -1 : cell_name_order(a->name, b->name);
        if (order <= 0)
            i++;
        if (order >= 0)
            k++;
        if (is_control(order <= 0 ? a : b))
            continue;
        ret_pairs[count].cells[RUN_A] = order <= 0 ? a : NULL;
        ret_pairs[count++].cells[RUN_B] = order >= 0 ? b : NULL;
    }
    return count;
}

static bool has_anchor(const struct run_values *run)
{
    for (size_t i = 0; i < run->count; i++)
        if (is_anchor(&run->cells[i]))
            return true;
    return false;
}

static void release_speeds(struct machine_speed (*speeds)[RUN_COUNT])
{
    for (int side = 0; side < RUN_COUNT; side++)
        machine_speed_release(&(*speeds)[side]);
}

// Also what follows for the threshold.
static enum status measure_speeds(const struct run_values runs[RUN_COUNT], double asked_threshold,
                                  struct machine_speed ret_speeds[RUN_COUNT], struct comparison *comparison,
                                  struct error *error)
{
    enum status status = machine_speed_measure(runs, ret_speeds, error);
    if (status == STATUS_OK)
        status = compare_anchors(runs, ret_speeds, comparison, error);
    if (status == STATUS_OK && isnan(asked_threshold) && comparison->anchor_p95 > comparison->threshold) {
        comparison->threshold = comparison->anchor_p95;
        comparison->threshold_from_anchors = true;
        comparison->threshold_from_control = false;
    }
    return status;
}

static enum status compare_cells(const struct run_values runs[RUN_COUNT],
                                 const struct compare_options *options, struct comparison *comparison,
                                 struct error *error)
{
    size_t room = runs[RUN_A].count + runs[RUN_B].count + 1;
    size_t most[RUN_COUNT] = {run_values_most_processes(&runs[RUN_A]),
                              run_values_most_processes(&runs[RUN_B])};
    CLEANUP(free_pointer) struct cell_pair *pairs = calloc(room, sizeof *pairs);
    CLEANUP(free_pointer) double *values = calloc(2 * (most[RUN_A] + most[RUN_B]) + 1, sizeof *values);
    CLEANUP(release_speeds) struct machine_speed speeds[RUN_COUNT] = {{0}, {0}};
    comparison->cells = calloc(room, sizeof *comparison->cells);
    if (!pairs || !values || !comparison->cells)
        return error_set_no_memory(error);
    for (int side = 0; side < RUN_COUNT; side++)
        comparison->anchor_missing[side] = !has_anchor(&runs[side]);
    const bool divided = !comparison->anchor_missing[RUN_A] && !comparison->anchor_missing[RUN_B];
    enum status measured =
        divided ? measure_speeds(runs, options->threshold, speeds, comparison, error) : STATUS_OK;
    if (measured != STATUS_OK)
        return measured;
    comparison->count = pair_cells(runs, pairs);

    for (size_t i = 0; i < comparison->count; i++) {
        struct contest contest = {
            .cells = {pairs[i].cells[RUN_A], pairs[i].cells[RUN_B]},
            .speeds = divided ? speeds : NULL,
            .values = {values, values + most[RUN_A]},
            .scratch = values + most[RUN_A] + most[RUN_B],
        };
        const struct cell_values *cell =
            pairs[i].cells[RUN_A] ? pairs[i].cells[RUN_A] : pairs[i].cells[RUN_B];
        struct compared_cell *compared = &comparison->cells[i];
        *compared = (struct compared_cell){
            .allocator = cell->name.allocator,
            .pattern = cell->name.pattern,
            .size_bytes = cell->name.size_bytes,
            .live_objects = cell->name.live_objects,
            .median_ns = {NAN, NAN},
            .kernel_events = {NAN, NAN},
            .ratio = {.value = NAN, .interval = {.low = NAN, .high = NAN, .coverage = NAN}},
            .p_value = NAN,
            .adjusted_p = NAN,
            .reason_side = RUN_COUNT,
        };
        struct resampling resampling = {options->resamples, random_derive_seed(options->seed, i)};
        enum status status = gather_evidence(&contest, runs, resampling, compared, error);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

enum status comparison_adjust_p_values(struct comparison *comparison, struct error *error)
{
    CLEANUP(free_pointer) double *room = calloc(3 * comparison->count + 1, sizeof *room);
    if (!room)
        return error_set_no_memory(error);
    double *adjusted = room + comparison->count;
    for (size_t i = 0; i < comparison->count; i++) {
        room[i] = comparison->cells[i].p_value;
        if (!isnan(room[i]))
            comparison->tested++;
    }
    statistics_holm(room, comparison->count, adjusted + comparison->count, adjusted);
    for (size_t i = 0; i < comparison->count; i++)
        comparison->cells[i].adjusted_p = adjusted[i];
    return STATUS_OK;
}

// The least number of processes a run with which the rank test can be significant at all: complete separation
// has p = 2 / (2n choose n).
static size_t least_for_significance(size_t family, double significance)
{
    double p_value = 1;
    size_t n = 1;
    for (; p_value * (double)family > significance && n < 1000; n++)
        p_value *= (double)(n + 1) / (double)(2 * (2 * n + 1));
    return n;
}

void comparison_decide(const struct comparison *comparison, struct compared_cell *cell, size_t values,
                       size_t least)
{
    const struct evidence evidence = {
        .ratio = cell->ratio.value,
        .interval = cell->ratio.interval,
        .adjusted_p = cell->adjusted_p,
        .significance = comparison->significance,
        .family = comparison->tested,
        .threshold = comparison->threshold,
        .processes = values,
    };
    cell->verdict = statistics_verdict(&evidence);
    if (cell->verdict != VERDICT_INCONCLUSIVE)
        return;
    cell->processes_needed = statistics_processes_needed(&evidence);
    cell->reason = cell->processes_needed > 0 ? REASON_MORE_PROCESSES : REASON_ON_THRESHOLD;
    bool is_large = fabs(log(cell->ratio.value)) > log1p(comparison->threshold);
    if (is_large && cell->processes_needed > 0 && cell->processes_needed < least)
        cell->processes_needed = least;
}

static void decide_all(struct comparison *comparison)
{
    for (size_t i = 0; i < comparison->count; i++) {
        struct compared_cell *cell = &comparison->cells[i];
        if (cell->reason == REASON_NONE)
            comparison_decide(comparison, cell, cell->least_values,
                              least_for_significance(comparison->tested, comparison->significance));
        doubt_kernel_bound(comparison, cell);
        cell->undowngraded = cell->verdict;
        if (comparison->downgraded && cell->verdict != VERDICT_INCONCLUSIVE)
            give_reason(cell, REASON_NULL_CONTROL,
                        comparison->controls[RUN_A].differing == 0   ? RUN_B
                        : comparison->controls[RUN_B].differing == 0 ? RUN_A
                                                                     : RUN_COUNT);
        comparison->verdict_counts[cell->verdict]++;
    }
}

enum status compare_runs(const struct run_values runs[RUN_COUNT], const struct compare_options *options,
                         struct comparison *ret_comparison, struct error *error)
{
    CLEANUP(comparison_release) struct comparison comparison = {.significance = COMPARE_SIGNIFICANCE};
    enum status status = compare_facts(runs, &comparison, error);
    if (status == STATUS_OK)
        status = compare_controls(runs, options->threshold, &comparison, error);
    comparison.forced = options->force && !comparison.comparable;
    read_other_load(runs, &comparison);
    if (status == STATUS_OK && (comparison.comparable || comparison.forced)) {
        status = compare_cells(runs, options, &comparison, error);
        if (status == STATUS_OK)
            status = comparison_adjust_p_values(&comparison, error);
        if (status == STATUS_OK)
            decide_all(&comparison);
    }
    if (status != STATUS_OK)
        return status;
    *ret_comparison = comparison;
    comparison = (struct comparison){0};
    return STATUS_OK;
}

enum compare_outcome comparison_outcome(const struct comparison *comparison)
{
    if (!comparison->comparable && !comparison->forced)
        return COMPARE_NOT_COMPARABLE;
    if (comparison->verdict_counts[VERDICT_SLOWER] > 0)
        return COMPARE_REGRESSION;
    if (comparison->verdict_counts[VERDICT_INCONCLUSIVE] > 0 || comparison->count == 0)
        return COMPARE_INCONCLUSIVE;
    return COMPARE_NO_REGRESSION;
}
