// box_twin is the code of box under another name. What a run shows between them is what the instrument makes
// of nothing: the size from which a difference counts. It is made of the same values as every verdict,
// disturbed ones too.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "dataset/dataset.h"
#include "strategies/strategies.h"

static const double min_distance = 0.01;

// The cell of box on the twin's heap, or NULL.
static enum status find_original(const struct dataset *dataset, const struct dataset_cell *twin,
                                 const struct dataset_cell **ret_box, struct error *error)
{
    CLEANUP(text_release) struct text label = {0};
    text_append(&label, strategies[STRATEGY_box].name);
    text_append(&label, twin->name.allocator + strlen(strategies[STRATEGY_box_twin].name));
    enum status status = text_check(&label, error);
    if (status == STATUS_OK)
        *ret_box = dataset_find(dataset, cell_name_with(twin->name, text_string(&label)));
    return status;
}

// The cells of the null control while they are collected.
struct null_cells {
    struct null_cell *items;
    const struct dataset_cell **twins;
    double *room; // four times as much as the processes of any cell
    size_t count;
};

static void null_cells_release(struct null_cells *cells)
{
    free(cells->items);
    free(cells->twins);
    free(cells->room);
}

static enum status make_room(const struct dataset *dataset, struct null_cells *cells, struct error *error)
{
    size_t most = 0;
    for (size_t i = 0; i < dataset->count; i++)
        if (dataset->cells[i].process_count > most)
            most = dataset->cells[i].process_count;
    cells->items = calloc(dataset->count + 1, sizeof *cells->items);
    cells->twins = calloc(dataset->count + 1, sizeof *cells->twins);
    cells->room = calloc(4 * most + 1, sizeof *cells->room);
    return cells->items && cells->twins && cells->room ? STATUS_OK : error_set_no_memory(error);
}

static void add_cell(const struct dataset_cell *twin, const struct dataset_cell *box, enum metric metric,
                     struct null_cells *cells, struct null_control *control)
{
    size_t most = twin->process_count < box->process_count ? twin->process_count : box->process_count;
    double *times = cells->room, *of_box = times + most, *logs = of_box + most, *scratch = logs + most;
    size_t count = dataset_pair(twin, box, metric, times, of_box);
    if (count == 0)
        return;
    control->measured++;
    if (count > control->max_processes)
        control->max_processes = count;
    if (count < NULL_CELL_MIN_PROCESSES)
        return;
    for (size_t i = 0; i < count; i++)
        logs[i] = log(times[i] / of_box[i]);
    cells->twins[cells->count] = twin;
    cells->items[cells->count++] = statistics_null_cell(logs, count, scratch);
}

static void sum_up(const struct null_cells *cells, double *scratch, struct null_control *control)
{
    statistics_judge_null_cells(cells->items, cells->count, min_distance, scratch);
    control->cells = cells->count;
    control->p95 = statistics_null_cells_p95(cells->items, cells->count, scratch);
    control->threshold = statistics_null_threshold(cells->items, cells->count, scratch);
    for (size_t i = 0; i < cells->count; i++) {
        control->differing += cells->items[i].differs;
        if (i > 0 && statistics_distance_from_one(cells->items[i].ratio) <=
                         statistics_distance_from_one(control->widest_ratio))
            continue;
        control->widest = cells->twins[i]->name;
        control->widest_ratio = cells->items[i].ratio;
    }
}

enum status null_control_judge(const struct dataset *dataset, enum metric metric,
                               struct null_control *ret_control, double *ret_p_values, struct error *error)
{
    CLEANUP(null_cells_release) struct null_cells cells = {0};
    struct null_control control = {.widest_ratio = 1};
    enum status status = make_room(dataset, &cells, error);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < dataset->count && status == STATUS_OK; i++) {
        const struct dataset_cell *twin = &dataset->cells[i], *box = NULL;
        if (label_parse(twin->name.allocator).strategy == &strategies[STRATEGY_box_twin])
            status = find_original(dataset, twin, &box, error);
        if (status == STATUS_OK && box)
            add_cell(twin, box, metric, &cells, &control);
    }
    if (status != STATUS_OK)
        return status;
    CLEANUP(free_pointer) double *scratch = calloc(3 * cells.count + 1, sizeof *scratch);
    if (!scratch)
        return error_set_no_memory(error);
    if (cells.count > 0)
        sum_up(&cells, scratch, &control);
    for (size_t i = 0; i < cells.count && ret_p_values; i++)
        ret_p_values[i] = cells.items[i].p_value;
    *ret_control = control;
    return STATUS_OK;
}
