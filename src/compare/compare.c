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
    *options = (struct compare_options){.threshold = 0.01};
}

void comparison_release(struct comparison *comparison)
{
    if (!comparison)
        return;
    free(comparison->cells);
    free(comparison->memory);
    free(comparison->differences);
    *comparison = (struct comparison){0};
}

// --- Evidence of one cell ---

// What is compared of one cell: the runs' values, and room for them divided by what the anchors say.
struct contest {
    const struct dataset_cell *cells[RUN_COUNT];    // as measured; NULL: not measured
    const struct dataset_cell *levelled[RUN_COUNT]; // see level_runs()
    enum metric metric;
    const struct machine_speed *speeds; // of both runs; NULL: nothing is divided
    size_t family;                      // cells that may be tested
    double *values[RUN_COUNT];
    size_t counts[RUN_COUNT];
    double *scratch; // for both runs
};

// The first thing, if any, that leaves nothing to test: REASON_NONE otherwise.
static enum compare_reason obstacle(const struct contest *contest, enum run_side side, bool replicated)
{
    const struct dataset_cell *cell = contest->cells[side];
    if (!cell)
        return REASON_MISSING;
    if (cell->trials == 0)
        return REASON_FAILED;
    if (!replicated)
        return REASON_ONE_PROCESS;
    if (contest->speeds && contest->speeds[side].count == 0)
        return REASON_ANCHOR;
    return REASON_NONE;
}

// Fills values[side]: a process's value, divided by how slow the machine was in its replicate, if that is
// known.
static void take_values(struct contest *contest, enum run_side side)
{
    const struct dataset_cell *cell = contest->levelled[side];
    if (contest->speeds) {
        contest->counts[side] =
            machine_speed_divide(cell, contest->metric, &contest->speeds[side], contest->values[side]);
        return;
    }
    double objects = dataset_objects(cell, contest->metric);
    contest->counts[side] = cell->process_count;
    for (size_t i = 0; i < cell->process_count; i++)
        contest->values[side][i] = cell->metrics[contest->metric].process_medians[i] / objects;
}

static enum status test_contest(const struct contest *contest, struct compared_cell *compared,
                                struct error *error)
{
    const struct sample a = {contest->values[RUN_A], contest->counts[RUN_A]};
    const struct sample b = {contest->values[RUN_B], contest->counts[RUN_B]};
    bool few_a = a.count < UNPAIRED_MIN_PROCESSES, few_b = b.count < UNPAIRED_MIN_PROCESSES;
    if (few_a || few_b) {
        give_reason(compared, REASON_FEW_PROCESSES, few_a && few_b ? RUN_COUNT : few_a ? RUN_A : RUN_B);
        compared->processes_needed = UNPAIRED_MIN_PROCESSES;
        return STATUS_OK;
    }
    compared->p_value =
        statistics_unpaired_test(&a, &b, contest->family, COMPARE_SIGNIFICANCE, contest->scratch).p_value;
    return statistics_unpaired_ratio(&b, &a, interval_confidence, &compared->ratio, error);
}

static enum status gather_evidence(struct contest *contest, const struct dataset runs[RUN_COUNT],
                                   struct compared_cell *compared, struct error *error)
{
    for (int side = 0; side < RUN_COUNT; side++) {
        const struct dataset_cell *cell = contest->cells[side];
        if (!cell)
            continue;
        // Without details all trials count as one process.
        compared->processes[side] = runs[side].replicated ? cell->process_count : cell->trials > 0;
        compared->kernel_events[side] = cell->page_faults + cell->heap_calls + cell->map_calls;
        compared->median_ns[side] = dataset_ns_per_object(cell, contest->metric);
        if (runs[side].replicated)
            compared->disturbed[side] = (double)cell->disturbed_trials / (double)cell->trials;
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
    compared->min_values =
        contest->counts[RUN_A] < contest->counts[RUN_B] ? contest->counts[RUN_A] : contest->counts[RUN_B];
    return test_contest(contest, compared, error);
}

// --- All cells ---

size_t pair_cells(const struct dataset runs[RUN_COUNT], struct cell_pair *ret_pairs)
{
    size_t count = 0;
    for (size_t i = 0, k = 0; i < runs[RUN_A].count || k < runs[RUN_B].count;) {
        const struct dataset_cell *a = i < runs[RUN_A].count ? &runs[RUN_A].cells[i] : NULL;
        const struct dataset_cell *b = k < runs[RUN_B].count ? &runs[RUN_B].cells[k] : NULL;
        int order = !a ? 1 : !b ? -1 : cell_name_order(a->name, b->name);
        if (order <= 0)
            i++;
        if (order >= 0)
            k++;
        if ((order <= 0 ? a : b)->control)
            continue;
        ret_pairs[count].cells[RUN_A] = order <= 0 ? a : NULL;
        ret_pairs[count++].cells[RUN_B] = order >= 0 ? b : NULL;
    }
    return count;
}

static bool has_anchor(const struct dataset *run)
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
static enum status measure_speeds(const struct dataset runs[RUN_COUNT],
                                  struct machine_speed ret_speeds[RUN_COUNT], struct comparison *comparison,
                                  struct error *error)
{
    enum status status = machine_speed_measure(runs, comparison->metric, ret_speeds, error);
    return status == STATUS_OK ? compare_anchors(runs, ret_speeds, comparison, error) : status;
}

struct compared_cell compared_cell_of(struct cell_name name)
{
    return (struct compared_cell){
        .name = name,
        .median_ns = {NAN, NAN},
        .disturbed = {NAN, NAN},
        .kernel_events = {NAN, NAN},
        .ratio = {.value = NAN, .interval = {.low = NAN, .high = NAN, .coverage = NAN}},
        .p_value = NAN,
        .adjusted_p = NAN,
        .reason_side = RUN_COUNT,
    };
}

static size_t max_processes_of(const struct dataset *run)
{
    size_t most = 0;
    for (size_t i = 0; i < run->count; i++)
        if (run->cells[i].process_count > most)
            most = run->cells[i].process_count;
    return most;
}

static size_t count_testable(const struct cell_pair *pairs, size_t count)
{
    size_t testable = 0;
    for (size_t i = 0; i < count; i++) {
        const struct dataset_cell *a = pairs[i].cells[RUN_A], *b = pairs[i].cells[RUN_B];
        testable += a && b && a->process_count > 0 && b->process_count > 0;
    }
    return testable;
}

double disturbed_share(const struct dataset *run)
{
    uint64_t trials = 0, disturbed = 0;
    for (size_t i = 0; i < run->count && run->replicated; i++) {
        trials += run->cells[i].trials;
        disturbed += run->cells[i].disturbed_trials;
    }
    return trials > 0 ? (double)disturbed / (double)trials : NAN;
}

// The contest's cells once more, levelled.
static void take_levelled(struct contest *contest, const struct dataset runs[RUN_COUNT],
                          const struct levelled_runs *levelled, struct compared_cell *compared)
{
    for (int side = 0; side < RUN_COUNT; side++) {
        const struct dataset_cell *cell = contest->cells[side];
        contest->levelled[side] = cell ? &levelled->runs[side].cells[cell - runs[side].cells] : NULL;
    }
    const struct dataset_cell *a = contest->cells[RUN_A];
    compared->probe_slope = a ? levelled->slopes[a - runs[RUN_A].cells] : 0;
}

static enum status compare_cells(const struct dataset runs[RUN_COUNT], const struct levelled_runs *levelled,
                                 struct comparison *comparison, struct error *error)
{
    size_t room = runs[RUN_A].count + runs[RUN_B].count + 1;
    size_t most[RUN_COUNT] = {max_processes_of(&runs[RUN_A]), max_processes_of(&runs[RUN_B])};
    CLEANUP(free_pointer) struct cell_pair *pairs = calloc(room, sizeof *pairs);
    CLEANUP(free_pointer) double *values = calloc(2 * (most[RUN_A] + most[RUN_B]) + 1, sizeof *values);
    CLEANUP(release_speeds) struct machine_speed speeds[RUN_COUNT] = {{0}, {0}};
    comparison->cells = calloc(room, sizeof *comparison->cells);
    if (!pairs || !values || !comparison->cells)
        return error_set_no_memory(error);
    for (int side = 0; side < RUN_COUNT; side++) {
        comparison->anchor_missing[side] = !has_anchor(&runs[side]);
        comparison->disturbed[side] = disturbed_share(&runs[side]);
    }
    const bool divided = !comparison->anchor_missing[RUN_A] && !comparison->anchor_missing[RUN_B];
    enum status status = divided ? measure_speeds(levelled->runs, speeds, comparison, error) : STATUS_OK;
    comparison->count = pair_cells(runs, pairs);
    struct contest contest = {
        .metric = comparison->metric,
        .speeds = divided ? speeds : NULL,
        .family = count_testable(pairs, comparison->count),
        .values = {values, values + most[RUN_A]},
        .scratch = values + most[RUN_A] + most[RUN_B],
    };
    for (size_t i = 0; i < comparison->count && status == STATUS_OK; i++) {
        const struct cell_pair *pair = &pairs[i];
        contest.cells[RUN_A] = pair->cells[RUN_A];
        contest.cells[RUN_B] = pair->cells[RUN_B];
        comparison->cells[i] =
            compared_cell_of(pair->cells[RUN_A] ? pair->cells[RUN_A]->name : pair->cells[RUN_B]->name);
        take_levelled(&contest, runs, levelled, &comparison->cells[i]);
        status = gather_evidence(&contest, runs, &comparison->cells[i], error);
    }
    return status;
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
            comparison_decide(comparison, cell, cell->min_values, 0);
        doubt_kernel_bound(comparison, cell);
        comparison->verdict_counts[cell->verdict]++;
    }
}

enum status compare_runs(const struct dataset runs[RUN_COUNT], const struct compare_options *options,
                         struct comparison *ret_comparison, struct error *error)
{
    CLEANUP(comparison_release)
    struct comparison comparison = {
        .metric = options->metric, .significance = COMPARE_SIGNIFICANCE, .threshold = options->threshold};
    CLEANUP(levelled_runs_release) struct levelled_runs levelled = {0};
    enum status status = compare_facts(runs, &comparison, error);
    if (status == STATUS_OK)
        status = level_runs(runs, options->metric, comparison.comparable, &levelled, error);
    if (status == STATUS_OK)
        status = compare_controls(levelled.runs, &comparison, error);
    comparison.forced = options->force && !comparison.comparable;
    read_other_load(runs, &comparison);
    if (status == STATUS_OK && (comparison.comparable || comparison.forced)) {
        status = compare_cells(runs, &levelled, &comparison, error);
        if (status == STATUS_OK)
            status = comparison_adjust_p_values(&comparison, error);
        if (status == STATUS_OK)
            decide_all(&comparison);
        if (status == STATUS_OK)
            status = compare_memory(runs, &comparison, error);
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
    if (comparison->verdict_counts[VERDICT_SLOWER] > 0 || comparison->memory_counts[MEMORY_MORE] > 0)
        return COMPARE_REGRESSION;
    if (comparison->verdict_counts[VERDICT_INCONCLUSIVE] > 0 || comparison->count == 0)
        return COMPARE_INCONCLUSIVE;
    return COMPARE_NO_REGRESSION;
}
