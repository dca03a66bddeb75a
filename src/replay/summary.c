#include "replay/summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

const char *const replay_metric_names[REPLAY_METRIC_COUNT] = {
    "event_ns", "harness_ns", "start_ns", "footprint", "mean_footprint", "overhead", "faults"};

static const double shown_confidence = 0.95, judged_confidence = 0.90;

// Values of the time: a row for each command and place among its heaps (the twin last), a column per block.
struct grid {
    double *values;
    double *numerators, *denominators, *logs, *scratch; // of a block each; one allocation
    size_t rows, blocks, rows_of_command, first_command;
};

static void grid_release(struct grid *grid)
{
    free(grid->values);
    free(grid->numerators);
}

static size_t metric_of(const struct program_data *data, enum replay_metric wanted)
{
    size_t m = 0;
    while (m < data->metric_count && strcmp(data->metrics[m].name, replay_metric_names[wanted]) != 0)
        m++;
    return m;
}

static enum status grid_make(const struct program_results *results, size_t first, size_t count,
                             struct grid *grid, struct error *error)
{
    const struct program_data *data = results->items[0].data;
    const size_t metric = metric_of(data, REPLAY_EVENT_NS);
    grid->first_command = first;
    grid->rows_of_command = results->items[0].heap_count;
    grid->rows = count * grid->rows_of_command;
    grid->blocks = results->items[0].blocks;
    grid->values = malloc((grid->rows * grid->blocks + 1) * sizeof *grid->values);
    grid->numerators = malloc((4 * grid->blocks + 1) * sizeof *grid->numerators);
    if (!grid->values || !grid->numerators)
        return error_set_no_memory(error);
    grid->denominators = grid->numerators + grid->blocks;
    grid->logs = grid->denominators + grid->blocks;
    grid->scratch = grid->logs + grid->blocks;
    for (size_t i = 0; i < grid->rows * grid->blocks; i++)
        grid->values[i] = NAN;
    for (size_t i = 0; i < data->count && metric < data->metric_count; i++) {
        const struct program_process *process = &data->processes[i];
        const size_t place = process->planned.twin ? grid->rows_of_command - 1 : process->planned.heap;
        const size_t command = process->planned.subject - first; // of others it is too large
        if (command >= count)
            continue;
        const size_t row = command * grid->rows_of_command + place;
        if (process->outcome == PROGRAM_OK && process->planned.block < grid->blocks)
            grid->values[row * grid->blocks + process->planned.block] = process->values[metric];
    }
    return STATUS_OK;
}

// Fills numerators, denominators and logs of the blocks in which both rows have a value.
static size_t pair(struct grid *grid, size_t row, size_t reference)
{
    size_t count = 0;
    for (size_t block = 0; block < grid->blocks; block++) {
        const double value = grid->values[row * grid->blocks + block];
        const double base = grid->values[reference * grid->blocks + block];
        if (!(value > 0) || !(base > 0))
            continue;
        grid->numerators[count] = value;
        grid->denominators[count] = base;
        grid->logs[count++] = log(value / base);
    }
    return count;
}

// What the same strategy on the system's heap shows against itself, over all strategies.
static double threshold_of(struct grid *grid, size_t commands)
{
    struct null_cell twins[PROGRAM_MAX_SUBJECTS];
    double scratch[PROGRAM_MAX_SUBJECTS];
    size_t count = 0;
    for (size_t i = 0; i < commands; i++) {
        const size_t row = i * grid->rows_of_command;
        const size_t pairs = pair(grid, row + grid->rows_of_command - 1, row);
        if (pairs >= NULL_CELL_MIN_PROCESSES)
            twins[count++] = statistics_null_cell(grid->logs, pairs, grid->scratch);
    }
    const double shown = statistics_null_threshold(twins, count, scratch);
    return shown > PROGRAM_THRESHOLD ? shown : PROGRAM_THRESHOLD;
}

static void judge(const struct replay_summary *summary, struct grid *grid, struct replay_cell *cell,
                  size_t row, size_t family)
{
    const size_t pairs = pair(grid, row, 0);
    const struct evidence evidence = {
        .ratio = cell->ratio.value,
        .interval = statistics_paired_ratio(grid->numerators, grid->denominators, pairs, judged_confidence,
                                            grid->scratch)
                        .interval,
        .adjusted_p = cell->adjusted_p,
        .significance = PROGRAM_SIGNIFICANCE,
        .family = family,
        .threshold = summary->threshold,
        .processes = pairs,
    };
    cell->verdict = statistics_verdict(&evidence);
}

static bool is_tested(const struct replay_summary *summary, size_t i)
{
    return i > 0 && summary->cells[i].result->state == PROGRAM_MEASURED;
}

static size_t row_of(const struct replay_summary *summary, size_t cell)
{
    return cell / summary->heap_count * (summary->heap_count + 1) + cell % summary->heap_count;
}

static enum status judge_cells(struct replay_summary *summary, struct grid *grid, struct error *error)
{
    CLEANUP(free_pointer) double *p_values = malloc((3 * summary->count + 1) * sizeof *p_values);
    size_t family = 0;
    if (!p_values)
        return error_set_no_memory(error);
    double *adjusted = p_values + summary->count, *scratch = adjusted + summary->count;
    for (size_t i = 0; i < summary->count; i++)
        family += is_tested(summary, i);
    for (size_t i = 0; i < summary->count; i++) {
        const size_t pairs = is_tested(summary, i) ? pair(grid, row_of(summary, i), 0) : 0;
        summary->cells[i].ratio = statistics_paired_ratio(grid->numerators, grid->denominators, pairs,
                                                          shown_confidence, grid->scratch);
        p_values[i] = NAN;
        if (pairs >= PROGRAM_MIN_PAIRS)
            p_values[i] =
                statistics_paired_test(grid->logs, pairs, family, PROGRAM_SIGNIFICANCE, grid->scratch)
                    .p_value;
    }
    statistics_holm(p_values, summary->count, scratch, adjusted);
    for (size_t i = 0; i < summary->count; i++) {
        summary->cells[i].adjusted_p = adjusted[i];
        summary->cells[i].verdict = VERDICT_INCONCLUSIVE;
        if (is_tested(summary, i))
            judge(summary, grid, &summary->cells[i], row_of(summary, i), family);
    }
    return STATUS_OK;
}

static void find_best(struct replay_summary *summary, struct grid *grid)
{
    double least = 1, least_of_box = 1;
    for (size_t i = 1; i < summary->count; i++) {
        const struct replay_cell *cell = &summary->cells[i];
        if (cell->verdict != VERDICT_FASTER)
            continue;
        if (cell->ratio.value < least) {
            least = cell->ratio.value;
            summary->best = i;
        }
        if (i < summary->heap_count && cell->ratio.value < least_of_box) {
            least_of_box = cell->ratio.value;
            summary->simplest = i;
        }
    }
    const size_t pairs = pair(grid, row_of(summary, summary->simplest), row_of(summary, summary->best));
    summary->regret =
        statistics_paired_ratio(grid->numerators, grid->denominators, pairs, shown_confidence, grid->scratch);
}

static void fill_cells(const struct program_results *results, const char *const *names,
                       struct replay_summary *summary)
{
    const struct program_data *data = results->items[0].data;
    for (size_t i = 0; i < summary->count; i++) {
        struct replay_cell *cell = &summary->cells[i];
        const size_t command = i / summary->heap_count;
        cell->strategy = names[command];
        cell->result = &results->items[summary->first_command + command].heaps[i % summary->heap_count];
        for (int m = 0; m < REPLAY_METRIC_COUNT; m++) {
            const size_t metric = metric_of(data, (enum replay_metric)m);
            cell->medians[m] =
                metric < data->metric_count ? cell->result->values[metric].median : (double)NAN;
        }
        cell->footprint_ratio = cell->medians[REPLAY_FOOTPRINT] / summary->cells[0].medians[REPLAY_FOOTPRINT];
    }
}

enum status replay_summarize(const struct program_results *results, size_t first, size_t count,
                             const char *const *names, struct replay_summary *ret_summary,
                             struct error *error)
{
    CLEANUP(grid_release) struct grid grid = {0};
    struct replay_summary summary = {.heap_count = results->items[0].heap_count - 1,
                                     .first_command = first,
                                     .blocks = results->items[0].blocks};
    summary.count = count * summary.heap_count;
    summary.cells = calloc(summary.count + 1, sizeof *summary.cells);
    if (!summary.cells)
        return error_set_no_memory(error);
    enum status status = grid_make(results, first, count, &grid, error);
    if (status == STATUS_OK) {
        fill_cells(results, names, &summary);
        summary.threshold = threshold_of(&grid, count);
        status = judge_cells(&summary, &grid, error);
    }
    if (status != STATUS_OK) {
        replay_summary_release(&summary);
        return status;
    }
    find_best(&summary, &grid);
    *ret_summary = summary;
    return STATUS_OK;
}

enum status replay_compare_cells(const struct program_results *results, const struct replay_summary *summary,
                                 size_t cell, size_t reference, struct estimate *ret_ratio,
                                 struct error *error)
{
    CLEANUP(grid_release) struct grid grid = {0};
    enum status status =
        grid_make(results, summary->first_command, summary->count / summary->heap_count, &grid, error);
    if (status != STATUS_OK)
        return status;
    const size_t pairs = pair(&grid, row_of(summary, cell), row_of(summary, reference));
    *ret_ratio =
        statistics_paired_ratio(grid.numerators, grid.denominators, pairs, shown_confidence, grid.scratch);
    return STATUS_OK;
}

void replay_summary_release(struct replay_summary *summary)
{
    free(summary->cells);
    *summary = (struct replay_summary){0};
}

// ---- JSON ----

void replay_write_estimate(struct json *json, const char *key, const struct estimate *estimate)
{
    const double ends[] = {estimate->interval.low, estimate->interval.high};
    json_open(json, key, '{');
    json_real(json, "value", estimate->value);
    if (estimate->interval.exists)
        json_reals(json, "interval", ends, 2);
    else
        json_null(json, "interval");
    json_unsigned(json, "pairs", estimate->count);
    json_close(json, '}');
}

static void write_cell(struct json *json, const struct replay_summary *summary, size_t i)
{
    const struct replay_cell *cell = &summary->cells[i];
    json_open(json, NULL, '{');
    json_text(json, "strategy", cell->strategy);
    json_text(json, "heap", cell->result->heap->name);
    json_text(json, "state", program_state_name(cell->result->state));
    json_text(json, "failure", cell->result->failure ? cell->result->failure->cause : NULL);
    for (int m = 0; m < REPLAY_METRIC_COUNT; m++)
        json_real(json, replay_metric_names[m], cell->medians[m]);
    replay_write_estimate(json, "ratio", &cell->ratio);
    json_real(json, "adjusted_p", cell->adjusted_p);
    json_text(json, "verdict", is_tested(summary, i) ? verdict_name(cell->verdict) : NULL);
    json_real(json, "footprint_ratio", cell->footprint_ratio);
    json_close(json, '}');
}

void replay_summary_write_json(struct json *json, const struct replay_summary *summary)
{
    json_unsigned(json, "blocks", summary->blocks);
    json_real(json, "threshold", summary->threshold);
    json_open(json, "cells", '[');
    for (size_t i = 0; i < summary->count; i++)
        write_cell(json, summary, i);
    json_close(json, ']');
    json_unsigned(json, "best", summary->best);
    json_unsigned(json, "simplest", summary->simplest);
    replay_write_estimate(json, "regret", &summary->regret);
}
