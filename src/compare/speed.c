// How fast the machine was in each replicate of both runs, as the anchor shows it.
//
// The anchor of one cell says it badly: its own time changes by several percent from process to process,
// with the places that its memory happens to get. The median over the anchors of a replicate
// does not. Each anchor is taken relative to what it shows in both runs together, the geometric mean
// of the two medians: it is the same for both, so it cancels in every comparison of them.
//
// What is left between the anchors of both runs once they are divided is the runs' own: compare_anchors().
#include <math.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "compare/private.h"
#include "statistics/statistics.h"

enum { MIN_ANCHORS = 15 }; // that a speed is the median of, where a run has so many

struct reading {
    double number; // of the replicate
    double slowness;
};

struct readings {
    struct reading *items;
    size_t count;
};

static bool is_usable(const struct dataset_cell *cell)
{
    return cell && cell->process_count > 0;
}

// The anchors' cells of one condition, in both runs.
struct anchor_pair {
    const struct dataset_cell *cells[RUN_COUNT];
};

static size_t pair_anchors(const struct dataset runs[RUN_COUNT], struct anchor_pair *ret_pairs)
{
    size_t count = 0;
    for (size_t i = 0; i < runs[RUN_A].count; i++) {
        const struct dataset_cell *a = &runs[RUN_A].cells[i];
        if (!is_anchor(a))
            continue;
        const struct dataset_cell *b = dataset_find(&runs[RUN_B], a->name);
        if (is_usable(a) && is_usable(b))
            ret_pairs[count++] = (struct anchor_pair){{a, b}};
    }
    return count;
}

static size_t max_processes(const struct anchor_pair *pairs, size_t pair_count)
{
    size_t most = 0;
    for (size_t i = 0; i < pair_count; i++)
        for (int side = 0; side < RUN_COUNT; side++)
            if (pairs[i].cells[side]->process_count > most)
                most = pairs[i].cells[side]->process_count;
    return most;
}

static int order_readings(const void *left, const void *right)
{
    const struct reading *a = left, *b = right;
    return (a->number > b->number) - (a->number < b->number);
}

// Of one run's anchors. What is usual in a block is the geometric mean of both runs' medians.
static enum status take_readings(const struct anchor_pair *pairs, size_t pair_count, enum metric metric,
                                 enum run_side side, struct readings *ret_readings, struct error *error)
{
    size_t room = 0;
    for (size_t i = 0; i < pair_count; i++)
        room += pairs[i].cells[side]->process_count;
    struct reading *readings = calloc(room + 1, sizeof *readings);
    if (!readings)
        return error_set_no_memory(error);
    size_t count = 0;
    for (size_t i = 0; i < pair_count; i++) {
        const struct dataset_cell *cell = pairs[i].cells[side];
        double usual = sqrt(dataset_ns_per_object(pairs[i].cells[RUN_A], metric) *
                            dataset_ns_per_object(pairs[i].cells[RUN_B], metric));
        double divisor = usual * dataset_objects(cell, metric);
        for (size_t k = 0; k < cell->process_count; k++)
            readings[count++] = (struct reading){cell->process_numbers[k],
                                                 cell->metrics[metric].process_medians[k] / divisor};
    }
    qsort(readings, count, sizeof *readings, order_readings);
    *ret_readings = (struct readings){readings, count};
    return STATUS_OK;
}

// The first reading that is of another replicate than the one at `i`.
static size_t end_of_replicate(const struct readings *readings, size_t i)
{
    size_t end = i + 1;
    while (end < readings->count && readings->items[end].number == readings->items[i].number)
        end++;
    return end;
}

static size_t begin_of_replicate(const struct readings *readings, size_t i)
{
    while (i > 0 && readings->items[i - 1].number == readings->items[i].number)
        i--;
    return i;
}

// From the replicate in [begin, end), takes in the neighbours on both sides until there are enough readings.
static void widen(const struct readings *readings, size_t *begin, size_t *end)
{
    while (*end - *begin < MIN_ANCHORS && *end - *begin < readings->count) {
        if (*begin > 0)
            *begin = begin_of_replicate(readings, *begin - 1);
        if (*end < readings->count)
            *end = end_of_replicate(readings, *end);
    }
}

static enum status compute_slowness(const struct readings *readings, struct machine_speed *ret_speed,
                                    struct error *error)
{
    CLEANUP(free_pointer) double *values = calloc(2 * readings->count + 1, sizeof *values);
    ret_speed->numbers = calloc(readings->count + 1, sizeof *ret_speed->numbers);
    ret_speed->slowness = calloc(readings->count + 1, sizeof *ret_speed->slowness);
    if (!values || !ret_speed->numbers || !ret_speed->slowness)
        return error_set_no_memory(error);
    for (size_t i = 0; i < readings->count; i = end_of_replicate(readings, i)) {
        size_t begin = i, end = end_of_replicate(readings, i);
        widen(readings, &begin, &end);
        for (size_t k = begin; k < end; k++)
            values[k - begin] = readings->items[k].slowness;
        ret_speed->numbers[ret_speed->count] = readings->items[i].number;
        ret_speed->slowness[ret_speed->count++] =
            statistics_median(values, end - begin, values + readings->count);
    }
    return STATUS_OK;
}

void machine_speed_release(struct machine_speed *speed)
{
    free(speed->numbers);
    free(speed->slowness);
    *speed = (struct machine_speed){0};
}

enum status machine_speed_measure(const struct dataset runs[RUN_COUNT], enum metric metric,
                                  struct machine_speed ret_speeds[RUN_COUNT], struct error *error)
{
    CLEANUP(free_pointer) struct anchor_pair *pairs = calloc(runs[RUN_A].count + 1, sizeof *pairs);
    if (!pairs)
        return error_set_no_memory(error);
    size_t pair_count = pair_anchors(runs, pairs);
    enum status status = STATUS_OK;
    for (int side = 0; side < RUN_COUNT && status == STATUS_OK; side++) {
        struct readings readings = {0};
        status = take_readings(pairs, pair_count, metric, (enum run_side)side, &readings, error);
        if (status == STATUS_OK)
            status = compute_slowness(&readings, &ret_speeds[side], error);
        free(readings.items);
    }
    return status;
}

size_t machine_speed_divide(const struct dataset_cell *cell, enum metric metric,
                            const struct machine_speed *speed, double *ret_values)
{
    double objects = dataset_objects(cell, metric);
    size_t count = 0;
    for (size_t i = 0, k = 0; i < cell->process_count; i++) {
        while (k < speed->count && speed->numbers[k] < cell->process_numbers[i])
            k++;
        if (k < speed->count && speed->numbers[k] == cell->process_numbers[i])
            ret_values[count++] = cell->metrics[metric].process_medians[i] / objects / speed->slowness[k];
    }
    return count;
}

// Of one block's anchor, B / A. `scratch` has room for the processes of both.
static enum status anchor_cell(const struct anchor_pair *pair, enum metric metric,
                               const struct machine_speed speeds[RUN_COUNT], double *scratch,
                               struct null_cell *ret_cell, struct error *error)
{
    struct sample samples[RUN_COUNT];
    struct estimate ratio;
    for (int side = 0; side < RUN_COUNT; side++) {
        size_t count = machine_speed_divide(pair->cells[side], metric, &speeds[side], scratch);
        samples[side] = (struct sample){scratch, count};
        scratch += count;
    }
    enum status status = statistics_unpaired_ratio(&samples[RUN_B], &samples[RUN_A], 0.95, &ratio, error);
    if (status == STATUS_OK)
        *ret_cell = (struct null_cell){
            .ratio = ratio.value,
            .reach = fmax(statistics_distance_from_one(ratio.interval.low),
                          statistics_distance_from_one(ratio.interval.high)),
        };
    return status;
}

enum status compare_anchors(const struct dataset runs[RUN_COUNT],
                            const struct machine_speed speeds[RUN_COUNT], struct comparison *comparison,
                            struct error *error)
{
    CLEANUP(free_pointer) struct anchor_pair *pairs = calloc(runs[RUN_A].count + 1, sizeof *pairs);
    if (!pairs)
        return error_set_no_memory(error);
    size_t pair_count = pair_anchors(runs, pairs), cell_count = 0;
    size_t most = max_processes(pairs, pair_count);
    CLEANUP(free_pointer) double *scratch = calloc(pair_count + 2 * most + 1, sizeof *scratch);
    CLEANUP(free_pointer) struct null_cell *cells = calloc(pair_count + 1, sizeof *cells);
    if (!scratch || !cells)
        return error_set_no_memory(error);
    enum status status = STATUS_OK;
    for (size_t i = 0; i < pair_count && status == STATUS_OK; i++) {
        status = anchor_cell(&pairs[i], comparison->metric, speeds, scratch, &cells[cell_count], error);
        cell_count += !isnan(cells[cell_count].ratio) && !isnan(cells[cell_count].reach);
    }
    if (status != STATUS_OK)
        return status;
    comparison->anchor_cells = pair_count;
    if (cell_count > 0)
        comparison->anchor_p95 = statistics_null_cells_p95(cells, cell_count, scratch);
    comparison->anchor_threshold = statistics_null_threshold(cells, cell_count, scratch);
    raise_threshold(comparison, comparison->anchor_threshold, THRESHOLD_ANCHORS);
    return STATUS_OK;
}
