#include "compare/live.h"

#include <math.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "compare/private.h"
#include "results/results.h"

static const double interval_confidence = 0.90;

uint32_t live_min_blocks(size_t family, double significance)
{
    double p_value = 1;
    uint32_t blocks = 1;
    for (; p_value * (double)family > significance && blocks < MAX_PROCESSES / 2; blocks++)
        p_value /= 2;
    uint32_t for_interval = (uint32_t)statistics_median_interval_needs(interval_confidence);
    return blocks < for_interval ? for_interval : blocks;
}

// --- From values to effects ---

// Of each block in which all four processes have a value: log B - log A. A block is two processes of either
// variant, with the numbers 2b and 2b + 1. Returns how many; `ret_effects` has room for half of the
// processes.
static size_t block_effects(const struct cell_pair *pair, enum metric metric, double *ret_effects)
{
    const struct dataset_cell *a = pair->cells[RUN_A], *b = pair->cells[RUN_B];
    size_t count = 0;
    for (size_t i = 0, k = 0; i + 1 < a->process_count && k + 1 < b->process_count;) {
        double block_a = floor(a->process_numbers[i] / 2), block_b = floor(b->process_numbers[k] / 2);
        bool whole_a = floor(a->process_numbers[i + 1] / 2) == block_a;
        bool whole_b = floor(b->process_numbers[k + 1] / 2) == block_b;
        if (!whole_a || block_a < block_b) {
            i += whole_a ? 2 : 1;
        } else if (!whole_b || block_b < block_a) {
            k += whole_b ? 2 : 1;
        } else {
            const double *of_a = a->metrics[metric].process_medians + i;
            const double *of_b = b->metrics[metric].process_medians + k;
            const struct abba_block block = {.values = {of_a[0], of_b[0], of_b[1], of_a[1]}};
            ret_effects[count++] = statistics_abba_effect(&block);
            i += 2;
            k += 2;
        }
    }
    return count;
}

// --- From effects to evidence ---

// `effects` and `scratch` have room for all processes.
static void weigh(const struct cell_pair *pair, enum metric metric, uint64_t seed, double *effects,
                  double *scratch, struct compared_cell *cell)
{
    bool failed[RUN_COUNT] = {false, false};
    for (int side = 0; side < RUN_COUNT; side++) {
        const struct dataset_cell *values = pair->cells[side];
        failed[side] = !values || values->trials == 0;
        if (failed[side])
            continue;
        cell->processes[side] = values->process_count;
        cell->median_ns[side] = dataset_ns_per_object(values, metric);
        cell->disturbed[side] = (double)values->disturbed_trials / (double)values->trials;
    }
    if (failed[RUN_A] || failed[RUN_B]) {
        bool both = failed[RUN_A] && failed[RUN_B];
        give_reason(cell, REASON_FAILED, both ? RUN_COUNT : failed[RUN_A] ? RUN_A : RUN_B);
        return;
    }
    size_t count = block_effects(pair, metric, effects);
    struct estimate effect = statistics_median_estimate(effects, count, interval_confidence, scratch);
    cell->ratio = effect;
    cell->ratio.value = exp(effect.value);
    cell->ratio.interval.low = exp(effect.interval.low);
    cell->ratio.interval.high = exp(effect.interval.high);
    if (effect.interval.exists) {
        cell->p_value = statistics_sign_flip_test(effects, count, seed).p_value;
        return;
    }
    give_reason(cell, REASON_FEW_PROCESSES, RUN_COUNT);
    cell->processes_needed = 2 * statistics_median_interval_needs(interval_confidence);
}

static void decide(const struct comparison *comparison, size_t block_count, struct compared_cell *cell)
{
    if (cell->reason != REASON_NONE)
        return;
    size_t least = live_min_blocks(comparison->tested, comparison->significance);
    comparison_decide(comparison, cell, block_count, least);
    cell->processes_needed *= 2; // of a variant in each block
}

static enum status decide_all(struct comparison *comparison, struct error *error)
{
    enum status status = comparison_adjust_p_values(comparison, error);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < comparison->count; i++) {
        struct compared_cell *cell = &comparison->cells[i];
        decide(comparison, cell->ratio.count, cell);
        comparison->verdict_counts[cell->verdict]++;
    }
    return STATUS_OK;
}

// --- All cells ---

static enum status check_variants(const struct live_measurement *measurement, struct error *error)
{
    const char *reasons[RUN_COUNT] = {NULL, NULL};
    bool good[RUN_COUNT] = {false, false};
    for (size_t i = 0; i < measurement->count; i++) {
        const struct process_record *record = &measurement->processes[i];
        uint32_t side = measurement->plan->processes[record->plan_order].side;
        good[side] = good[side] || record->outcome == OUTCOME_OK;
        if (!reasons[side] && record->outcome != OUTCOME_OK)
            reasons[side] = record->reason;
    }
    for (int side = 0; side < RUN_COUNT; side++)
        if (!good[side])
            return error_set(error, STATUS_ENVIRONMENT, "Fix the variant: it cannot be compared.",
                             "no process of variant %c gave a result: %s", "AB"[side],
                             reasons[side] ? reasons[side] : "none was started");
    return STATUS_OK;
}

// The processes of one variant, as a run of their own.
static enum status read_side(const struct live_measurement *measurement, uint32_t side,
                             struct dataset *ret_run, struct error *error)
{
    CLEANUP(free_pointer)
    struct process_record *processes = calloc(measurement->count + 1, sizeof *processes);
    if (!processes)
        return error_set_no_memory(error);
    const struct facts no_facts = {0};
    struct results results = {
        .platform = "live",
        .plan = measurement->plan,
        .processes = processes,
        .limits = measurement->limits,
        .facts = &no_facts,
    };
    for (size_t i = 0; i < measurement->count; i++)
        if (measurement->plan->processes[measurement->processes[i].plan_order].side == side)
            processes[results.process_count++] = measurement->processes[i];
    return dataset_from_results(&results, ret_run, error);
}

static enum status compare_cells(const struct dataset runs[RUN_COUNT],
                                 const struct live_measurement *measurement, uint64_t seed,
                                 struct comparison *comparison, struct error *error)
{
    const uint32_t processes = measurement->plan->request.processes;
    CLEANUP(free_pointer) double *room = calloc(2 * ((size_t)processes + 1), sizeof *room);
    CLEANUP(free_pointer)
    struct cell_pair *pairs = calloc(runs[RUN_A].count + runs[RUN_B].count + 1, sizeof *pairs);
    if (!room || !pairs)
        return error_set_no_memory(error);
    comparison->count = pair_cells(runs, pairs);
    comparison->cells = calloc(comparison->count + 1, sizeof *comparison->cells);
    if (!comparison->cells)
        return error_set_no_memory(error);
    for (size_t i = 0; i < comparison->count; i++) {
        const struct dataset_cell *a = pairs[i].cells[RUN_A], *b = pairs[i].cells[RUN_B];
        comparison->cells[i] = compared_cell_of(a ? a->name : b->name);
        weigh(&pairs[i], measurement->metric, random_derive_seed(seed, i + 1), room, room + processes + 1,
              &comparison->cells[i]);
    }
    return STATUS_OK;
}

enum status live_evaluate(const struct live_measurement *measurement, const struct live_options *options,
                          struct dataset ret_runs[RUN_COUNT], struct comparison *ret_comparison,
                          struct error *error)
{
    CLEANUP(comparison_release)
    struct comparison comparison = {
        .metric = measurement->metric,
        .threshold = options->threshold,
        .significance = LIVE_SIGNIFICANCE,
        .anchor_missing = {true, true},
        .other_cpus = {NAN, NAN},
        .comparable = true,
        .live = true,
    };
    enum status status = check_variants(measurement, error);
    for (uint32_t side = 0; side < RUN_COUNT && status == STATUS_OK; side++) {
        status = read_side(measurement, side, &ret_runs[side], error);
        comparison.disturbed[side] = disturbed_share(&ret_runs[side]);
    }
    if (status == STATUS_OK)
        status = compare_cells(ret_runs, measurement, options->seed, &comparison, error);
    if (status == STATUS_OK)
        status = decide_all(&comparison, error);
    if (status != STATUS_OK)
        return status;
    *ret_comparison = comparison;
    comparison = (struct comparison){0};
    return STATUS_OK;
}
