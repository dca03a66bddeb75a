#include "compare/live.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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

// A cell of both variants. NULL: it was not measured.
struct variant_cells {
    const struct dataset_cell *sides[RUN_COUNT];
};

// Of each block in which all four processes have a value: log B - log A. A block is two processes of either
// variant, with the numbers 2b and 2b + 1. Returns how many; `ret_effects` has room for half of the
// processes.
static size_t block_effects(const struct variant_cells *cells, enum metric metric, double *ret_effects)
{
    const struct dataset_cell *a = cells->sides[RUN_A], *b = cells->sides[RUN_B];
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

static void give_live_reason(struct compared_cell *cell, enum compare_reason reason, bool in_a, bool in_b)
{
    cell->verdict = VERDICT_INCONCLUSIVE;
    cell->reason = reason;
    cell->reason_side = in_a && in_b ? RUN_COUNT : in_a ? RUN_A : RUN_B;
}

// `effects` and `scratch` have room for all processes.
static void weigh(const struct variant_cells *cells, enum metric metric, uint64_t seed, double *effects,
                  double *scratch, struct compared_cell *cell)
{
    bool failed[RUN_COUNT] = {false, false};
    for (int side = 0; side < RUN_COUNT; side++) {
        const struct dataset_cell *values = cells->sides[side];
        failed[side] = !values || values->trials == 0;
        if (failed[side])
            continue;
        cell->processes[side] = values->process_count;
        cell->median_ns[side] = dataset_ns_per_object(values, metric);
        cell->disturbed[side] = (double)values->disturbed_trials / (double)values->trials;
    }
    if (failed[RUN_A] || failed[RUN_B]) {
        give_live_reason(cell, REASON_FAILED, failed[RUN_A], failed[RUN_B]);
        return;
    }
    size_t count = block_effects(cells, metric, effects);
    struct estimate effect = statistics_median_estimate(effects, count, interval_confidence, scratch);
    cell->ratio = effect;
    cell->ratio.value = exp(effect.value);
    cell->ratio.interval.low = exp(effect.interval.low);
    cell->ratio.interval.high = exp(effect.interval.high);
    if (effect.interval.exists) {
        cell->p_value = statistics_sign_flip_test(effects, count, seed).p_value;
        return;
    }
    give_live_reason(cell, REASON_FEW_PROCESSES, true, true);
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
        uint32_t side = measurement->plan->processes[record->plan_order].cell.heap;
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

static const char *const variant_names[RUN_COUNT] = {"A", "B"}; // of the plan's heaps

// The variant's cell: its allocator is called as if the variant was a heap.
static const struct dataset_cell *find_cell(const struct dataset *dataset, struct cell_name name,
                                            enum run_side side)
{
    char label[ALLOCATOR_LABEL_BYTES];
    label_format(strategy_find(name.allocator), variant_names[side], label);
    return dataset_find(dataset, cell_name_with(name, label));
}

static enum status compare_cells(const struct live_measurement *measurement, const struct dataset *dataset,
                                 uint64_t seed, struct comparison *comparison, struct error *error)
{
    const struct plan_request *request = &measurement->plan->request;
    CLEANUP(free_pointer) double *room = calloc(2 * ((size_t)request->processes + 1), sizeof *room);
    comparison->cells = calloc(plan_cell_slots(request), sizeof *comparison->cells);
    if (!room || !comparison->cells)
        return error_set_no_memory(error);
    for (int s = 0; s < STRATEGY_COUNT; s++)
        for (int p = 0; p < PATTERN_COUNT; p++)
            for (int z = 0; z < SIZE_COUNT; z++) {
                struct cell_name name =
                    cell_name_standard(strategies[s].name, patterns[p].name, object_sizes[z]);
                for (int a = 0; a < AXIS_COUNT; a++)
                    cell_name_set(&name, (enum axis_id)a, request->axes[a].items[0]);
                struct variant_cells cells = {{NULL, NULL}};
                for (int side = 0; side < RUN_COUNT; side++)
                    cells.sides[side] = find_cell(dataset, name, (enum run_side)side);
                if (!cells.sides[RUN_A] && !cells.sides[RUN_B])
                    continue;
                struct compared_cell *compared = &comparison->cells[comparison->count++];
                *compared = compared_cell_of(name);
                weigh(&cells, measurement->metric, random_derive_seed(seed, comparison->count), room,
                      room + request->processes + 1, compared);
            }
    return STATUS_OK;
}

static void sum_up_disturbances(const struct dataset *dataset, struct comparison *comparison)
{
    for (int side = 0; side < RUN_COUNT; side++) {
        uint64_t trials = 0, disturbed = 0;
        for (size_t i = 0; i < dataset->count; i++) {
            if (strcmp(label_parse(dataset->cells[i].name.allocator).heap, variant_names[side]) != 0)
                continue;
            trials += dataset->cells[i].trials;
            disturbed += dataset->cells[i].disturbed_trials;
        }
        comparison->disturbed[side] = trials > 0 ? (double)disturbed / (double)trials : NAN;
    }
}

static enum status read_values(const struct live_measurement *measurement, struct dataset *ret_dataset,
                               struct error *error)
{
    const struct facts no_facts = {0};
    const struct results results = {
        .platform = "live",
        .plan = measurement->plan,
        .processes = measurement->processes,
        .process_count = measurement->count,
        .limits = measurement->limits,
        .facts = &no_facts,
    };
    return dataset_from_results(&results, ret_dataset, error);
}

enum status live_evaluate(const struct live_measurement *measurement, const struct live_options *options,
                          struct comparison *ret_comparison, struct error *error)
{
    CLEANUP(dataset_release) struct dataset dataset = {0};
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
    if (status == STATUS_OK)
        status = read_values(measurement, &dataset, error);
    if (status == STATUS_OK)
        status = compare_cells(measurement, &dataset, options->seed, &comparison, error);
    if (status == STATUS_OK)
        status = decide_all(&comparison, error);
    if (status != STATUS_OK)
        return status;
    sum_up_disturbances(&dataset, &comparison);
    *ret_comparison = comparison;
    comparison = (struct comparison){0};
    return STATUS_OK;
}
