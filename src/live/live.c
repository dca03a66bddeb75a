#include "live/live.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "gate/gate.h"

static const double interval_confidence = 0.90;
static const double usual_threshold = 0.01;

uint32_t live_least_blocks(size_t family, double significance)
{
    double p_value = 1;
    uint32_t blocks = 1;
    for (; p_value * (double)family > significance && blocks < MOST_PROCESSES / 2; blocks++)
        p_value /= 2;
    uint32_t for_interval = (uint32_t)statistics_median_interval_needs(interval_confidence);
    return blocks < for_interval ? for_interval : blocks;
}

// --- From records to effects ---

// The median of the process's trials in ns per object, each by the repetition that stands for it. NaN when
// the process failed. Adds to the cell's counts of trials.
static double process_value(const struct live_measurement *measurement, const struct process_record *record,
                            double *scratch, struct cell_values *counts)
{
    uint32_t live = measurement->plan->processes[record->plan_order].cell.live_objects;
    size_t count = 0;
    if (record->outcome != OUTCOME_OK)
        return NAN;
    for (size_t i = 0; i < record->trial_count; i++) {
        const struct trial *trial = &record->trials[i];
        if (!gate_trial_stands(record, i, &measurement->limits))
            continue;
        counts->trials++;
        counts->clean_trials += gate_trial_is_clean(trial, &measurement->limits);
        double ns = measurement->metric == COMPARE_LATENCY ? (double)trial->latency_ns * plan_batches(live)
                                                           : (double)trial->total_ns;
        scratch[count++] = ns / (double)trial->objects;
    }
    return statistics_median(scratch, count, scratch + count);
}

// What a cell's blocks gave, while it is put together.
struct cell_blocks {
    struct cell_values sides[RUN_COUNT]; // `values` are owned; `failure` is not
    double *effects;                     // owned
    size_t count;
};

static void release_blocks(struct cell_blocks *blocks, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(blocks[i].sides[RUN_A].values);
        free(blocks[i].sides[RUN_B].values);
        free(blocks[i].effects);
    }
    free(blocks);
}

static enum status add_block(const struct live_measurement *measurement, const struct process_record *records,
                             double *scratch, struct cell_blocks *cell, struct error *error)
{
    const struct planned_process *first = &measurement->plan->processes[records->plan_order];
    size_t most = measurement->plan->request.processes;
    struct abba_block block = {.b_first = first->cell.heap == RUN_B};
    bool complete = true;
    for (int side = 0; side < RUN_COUNT; side++)
        if (!cell->sides[side].values)
            cell->sides[side].values = calloc(most, sizeof(double));
    if (!cell->effects)
        cell->effects = calloc(most, sizeof(double));
    if (!cell->effects || !cell->sides[RUN_A].values || !cell->sides[RUN_B].values)
        return error_set_no_memory(error);
    for (int i = 0; i < ABBA_PROCESSES; i++) {
        struct cell_values *side = &cell->sides[first[i].cell.heap];
        double value = process_value(measurement, &records[i], scratch, side);
        block.values[i] = value;
        complete = complete && value > 0;
        if (value > 0)
            side->values[side->process_count++] = value;
        else if (!side->failure)
            side->failure = (char *)records[i].reason;
    }
    if (complete)
        cell->effects[cell->count++] = statistics_abba_effect(&block);
    return STATUS_OK;
}

// --- From effects to evidence ---

static void give_reason(struct compared_cell *cell, enum compare_reason reason, bool in_a, bool in_b)
{
    cell->verdict = VERDICT_INCONCLUSIVE;
    cell->reason = reason;
    cell->reason_side = in_a && in_b ? RUN_COUNT : in_a ? RUN_A : RUN_B;
}

static void weigh(const struct cell_blocks *blocks, uint64_t seed, double *scratch,
                  struct compared_cell *cell)
{
    const struct cell_values *a = &blocks->sides[RUN_A], *b = &blocks->sides[RUN_B];
    for (int side = 0; side < RUN_COUNT; side++) {
        const struct cell_values *values = &blocks->sides[side];
        cell->processes[side] = values->process_count;
        cell->median_ns[side] = statistics_median(values->values, values->process_count, scratch);
    }
    struct estimate effect =
        statistics_median_estimate(blocks->effects, blocks->count, interval_confidence, scratch);
    cell->ratio = effect;
    cell->ratio.value = exp(effect.value);
    cell->ratio.interval.low = exp(effect.interval.low);
    cell->ratio.interval.high = exp(effect.interval.high);
    if (a->failure || b->failure)
        give_reason(cell, REASON_FAILED, a->failure, b->failure);
    else if (cell_is_disturbed(a) || cell_is_disturbed(b))
        give_reason(cell, REASON_DISTURBED, cell_is_disturbed(a), cell_is_disturbed(b));
    else if (!effect.interval.exists)
        give_reason(cell, REASON_FEW_PROCESSES, true, true);
    else
        cell->p_value = statistics_sign_flip_test(blocks->effects, blocks->count, seed).p_value;
    if (cell->reason != REASON_NONE) // an interval would say more than is known
        cell->ratio.interval = (struct interval){.low = NAN, .high = NAN, .coverage = NAN};
    if (cell->reason == REASON_FEW_PROCESSES)
        cell->processes_needed = 2 * statistics_median_interval_needs(interval_confidence);
}

static void decide(const struct comparison *comparison, size_t block_count, struct compared_cell *cell)
{
    if (cell->reason != REASON_NONE)
        return;
    size_t least = live_least_blocks(comparison->tested, comparison->significance);
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
        cell->undowngraded = cell->verdict;
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
        uint32_t side = measurement->plan->processes[record->plan_order].cell.heap;
        good[side] = good[side] || record->outcome == OUTCOME_OK;
        if (!reasons[side] && record->outcome != OUTCOME_OK)
            reasons[side] = record->reason;
    }
    for (int side = 0; side < RUN_COUNT; side++)
        if (!good[side])
            return error_set(error, STATUS_ENVIRONMENT, "Mend the variant: nothing can be said about it.",
                             "no process of variant %c gave a result: %s", "AB"[side],
                             reasons[side] ? reasons[side] : "none was started");
    return STATUS_OK;
}

static enum status gather(const struct live_measurement *measurement, struct cell_blocks *cells,
                          struct error *error)
{
    size_t most = 0;
    for (size_t i = 0; i < measurement->count; i++)
        if (measurement->processes[i].trial_count > most)
            most = measurement->processes[i].trial_count;
    CLEANUP(free_pointer) double *scratch = calloc(2 * most + 1, sizeof *scratch);
    if (!scratch)
        return error_set_no_memory(error);
    enum status status = STATUS_OK;
    for (size_t i = 0; i + ABBA_PROCESSES <= measurement->count && status == STATUS_OK; i += ABBA_PROCESSES) {
        const struct process_record *records = &measurement->processes[i];
        struct cell cell = measurement->plan->processes[records->plan_order].cell;
        cell.heap = 0;
        status = add_block(measurement, records, scratch,
                           &cells[plan_cell_slot(&measurement->plan->request, &cell)], error);
    }
    return status;
}

static enum status compare_cells(const struct live_measurement *measurement, const struct cell_blocks *blocks,
                                 uint64_t seed, struct comparison *comparison, struct error *error)
{
    const struct plan_request *request = &measurement->plan->request;
    CLEANUP(free_pointer) double *scratch = calloc((size_t)request->processes + 1, sizeof *scratch);
    comparison->cells = calloc(plan_cell_slots(request), sizeof *comparison->cells);
    if (!scratch || !comparison->cells)
        return error_set_no_memory(error);
    for (int s = 0; s < STRATEGY_COUNT; s++)
        for (int p = 0; p < PATTERN_COUNT; p++)
            for (int z = 0; z < SIZE_COUNT; z++) {
                const struct cell cell = {.strategy = (enum strategy_id)s,
                                          .pattern = (enum pattern_id)p,
                                          .size_bytes = object_sizes[z],
                                          .live_objects = request->live_objects[0]};
                size_t slot = plan_cell_slot(request, &cell);
                if (!blocks[slot].effects)
                    continue;
                struct compared_cell *compared = &comparison->cells[comparison->count++];
                *compared = (struct compared_cell){
                    .allocator = strategies[s].name,
                    .pattern = patterns[p].name,
                    .size_bytes = object_sizes[z],
                    .live_objects = request->live_objects[0],
                    .kernel_events = {NAN, NAN}, // whatever the kernel does, it does to both
                    .p_value = NAN,
                    .adjusted_p = NAN,
                    .reason_side = RUN_COUNT,
                };
                weigh(&blocks[slot], random_derive_seed(seed, slot), scratch, compared);
            }
    return STATUS_OK;
}

enum status live_evaluate(const struct live_measurement *measurement, const struct compare_options *options,
                          struct comparison *ret_comparison, struct error *error)
{
    size_t slots = plan_cell_slots(&measurement->plan->request);
    CLEANUP(comparison_release)
    struct comparison comparison = {
        .threshold = isnan(options->threshold) ? usual_threshold : options->threshold,
        .significance = LIVE_SIGNIFICANCE,
        .anchor_missing = {true, true},
        .other_cpus = {NAN, NAN},
        .comparable = true,
        .live = true,
    };
    enum status status = check_variants(measurement, error);
    if (status != STATUS_OK)
        return status;
    struct cell_blocks *blocks = calloc(slots, sizeof *blocks);
    if (!blocks)
        return error_set_no_memory(error);
    status = gather(measurement, blocks, error);
    if (status == STATUS_OK)
        status = compare_cells(measurement, blocks, options->seed, &comparison, error);
    if (status == STATUS_OK)
        status = decide_all(&comparison, error);
    release_blocks(blocks, slots);
    if (status != STATUS_OK)
        return status;
    *ret_comparison = comparison;
    comparison = (struct comparison){0};
    return STATUS_OK;
}
