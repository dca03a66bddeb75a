// Which of equal nodes is slow; the method and its reasons are in analysis/nodes.h.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/nodes.h"
#include "analysis/private.h"
#include "base/cleanup.h"

static const double confidence = 0.95, significance = 0.05;
static const double mad_efficiency = 0.37, mad_to_sigma = 1.4826;
static const double cell_cap = 0.2231435513142097; // log 1.25: how far one cell can move the mean over cells
static const double far_sigmas = 2;                // a cell differs that is farther out than most nodes are
static const double least_sigma = 0.0005;          // nodes that are the same to 0.05 % are no rarity

// Logarithms of the nodes' medians, cell by cell, and of the medians of their equals.
struct table {
    double *logs;   // by cell, then by node; NaN where a node has no times
    double *equals; // likewise: the median over the other nodes
    double *sigmas; // by cell: the spread of the nodes
    double *scratch, *sorted;
    size_t nodes, cells;
};

static void release_table(struct table *table)
{
    free(table->logs);
}

// The median of sorted values without the one at `left_out`.
static double median_without(const double *sorted, size_t count, size_t left_out)
{
    size_t rest = count - 1, high = rest / 2, low = (rest - 1) / 2;
    double a = sorted[low < left_out ? low : low + 1], b = sorted[high < left_out ? high : high + 1];
    return (a + b) / 2;
}

// Where a value is among sorted ones.
static size_t place_of(const double *sorted, size_t count, double value)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (sorted[middle] < value)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

// By the median absolute deviation; the factor for few values is that of Croux & Rousseeuw, COMPSTAT 1992.
// The values are changed.
static double spread_of(double *values, size_t count, double middle, double *scratch)
{
    for (size_t i = 0; i < count; i++)
        values[i] = fabs(values[i] - middle);
    double sigma = mad_to_sigma * statistics_median(values, count, scratch);
    return fmax(sigma * (double)count / ((double)count - 0.8), least_sigma);
}

static void fill_equals(struct table *table, size_t cell)
{
    const double *logs = table->logs + cell * table->nodes;
    double *equals = table->equals + cell * table->nodes;
    size_t count = 0;
    for (size_t n = 0; n < table->nodes; n++)
        if (!isnan(logs[n]))
            table->sorted[count++] = logs[n];
    statistics_sort(table->sorted, count);
    for (size_t n = 0; n < table->nodes; n++)
        equals[n] = isnan(logs[n]) || count < NODES_MIN
                        ? NAN
                        : median_without(table->sorted, count, place_of(table->sorted, count, logs[n]));
    double middle = statistics_quantile_sorted(table->sorted, count, 0.5);
    table->sigmas[cell] = spread_of(table->sorted, count, middle, table->scratch);
}

static size_t most_processes(const struct node_group *group, const struct dataset *const *datasets)
{
    size_t most = group->count > group->cell_count ? group->count : group->cell_count;
    for (size_t n = 0; n < group->count; n++)
        for (size_t i = 0; i < datasets[n]->count; i++)
            most = datasets[n]->cells[i].process_count > most ? datasets[n]->cells[i].process_count : most;
    return most;
}

double node_median(const struct dataset_cell *cell, enum metric metric, double *scratch)
{
    const struct cell_metric *times = &cell->metrics[metric];
    if (cell->process_count > 0)
        return statistics_median(times->process_medians, cell->process_count, scratch);
    return times->median > 0 ? times->median : NAN;
}

static enum status fill_table(const struct node_group *group, const struct dataset *const *datasets,
                              struct table *table, struct error *error)
{
    size_t room = group->count * group->cell_count, most = most_processes(group, datasets);
    *table = (struct table){.nodes = group->count, .cells = group->cell_count};
    table->logs = calloc(2 * room + 2 * most + group->cell_count + 1, sizeof *table->logs);
    if (!table->logs)
        return error_set_no_memory(error);
    table->equals = table->logs + room;
    table->scratch = table->equals + room;
    table->sorted = table->scratch + most;
    table->sigmas = table->sorted + most;
    for (size_t n = 0; n < group->count; n++)
        for (size_t c = 0, next = 0; c < group->cell_count; c++) {
            const struct dataset_cell *cell = dataset_find_near(datasets[n], group->cells[c]->name, next);
            table->logs[c * group->count + n] =
                cell ? log(node_median(cell, METRIC_TOTAL, table->scratch)) : NAN;
            next = cell ? (size_t)(cell - datasets[n]->cells) + 1 : next;
        }
    for (size_t c = 0; c < group->cell_count; c++)
        fill_equals(table, c);
    return STATUS_OK;
}

static double distance(const struct table *table, size_t cell, size_t node)
{
    return table->logs[cell * table->nodes + node] - table->equals[cell * table->nodes + node];
}

// ---- the test ----

enum { NUMBERS = 2 }; // of a node: the median over its cells, and the mean

static void summarise(struct table *table, size_t node, double *ret_numbers, size_t *ret_cells)
{
    size_t count = 0;
    double sum = 0;
    for (size_t c = 0; c < table->cells; c++) {
        double value = distance(table, c, node);
        if (isnan(value))
            continue;
        sum += fmax(-cell_cap, fmin(cell_cap, value));
        table->sorted[count++] = value;
    }
    statistics_sort(table->sorted, count);
    ret_numbers[0] = statistics_quantile_sorted(table->sorted, count, 0.5);
    ret_numbers[1] = count > 0 ? sum / (double)count : NAN;
    *ret_cells = count;
}

static double student_p(double t, double freedom)
{
    return statistics_beta_probability(freedom / (freedom + t * t), freedom / 2, 0.5);
}

// `values` has one of each node at every `stride`; likewise the p values.
static void test_number(struct table *table, const double *values, size_t stride, double *ret_p)
{
    size_t count = 0;
    if (!table->sorted)
        return; // a table without nodes
    for (size_t n = 0; n < table->nodes; n++)
        if (!isnan(values[n * stride]))
            table->sorted[count++] = values[n * stride];
    double middle = statistics_median(table->sorted, count, table->scratch);
    double sigma = spread_of(table->sorted, count, middle, table->scratch);
    double freedom = mad_efficiency * ((double)count - 1);
    for (size_t n = 0; n < table->nodes; n++)
        ret_p[n * stride] = student_p((values[n * stride] - middle) / sigma, freedom);
}

// ---- one node ----

static const double *value_of_process(const struct dataset_cell *cell, double number)
{
    size_t at = place_of(cell->process_numbers, cell->process_count, number);
    return at < cell->process_count && cell->process_numbers[at] == number
               ? &cell->metrics[METRIC_TOTAL].process_medians[at]
               : NULL;
}

// The cells of a node that differ.
struct differing {
    const struct dataset_cell **cells;
    double *equals;
    size_t count;
};

// The median over these cells of the distance of one process; without a number, of the node.
static double median_distance(const struct differing *differing, const double *number, struct table *table)
{
    size_t count = 0;
    for (size_t c = 0; c < differing->count; c++) {
        const struct dataset_cell *cell = differing->cells[c];
        const double *value = number ? value_of_process(cell, *number) : &cell->metrics[METRIC_TOTAL].median;
        if (value)
            table->sorted[count++] = log(*value) - differing->equals[c];
    }
    return statistics_median(table->sorted, count, table->scratch);
}

// Over the processes that the first of these cells has. Processes are the unit, since each has all its cells
// at about one time. Where they are not known there is a value without an interval.
static struct estimate estimate_differing(const struct differing *differing, double *values,
                                          struct table *table)
{
    size_t processes = 0;
    const struct dataset_cell *first = differing->count > 0 ? differing->cells[0] : NULL;
    for (size_t p = 0; first && p < first->process_count; p++)
        values[processes++] = median_distance(differing, &first->process_numbers[p], table);
    if (first && processes == 0)
        values[processes++] = median_distance(differing, NULL, table);
    struct estimate ratio = statistics_median_estimate(values, processes, confidence, table->scratch);
    ratio.value = exp(ratio.value);
    ratio.interval.low = exp(ratio.interval.low);
    ratio.interval.high = exp(ratio.interval.high);
    return ratio;
}

static void judge_node(const struct node_group *group, const struct dataset *dataset, size_t index,
                       double threshold, struct table *table, struct differing *differing, double *values)
{
    struct analysis_node *node = &group->nodes[index];
    double sign = node->ratio >= 1 ? 1 : -1;
    differing->count = 0;
    for (size_t c = 0; c < table->cells; c++) {
        const struct dataset_cell *cell = dataset_find(dataset, group->cells[c]->name);
        double equals = table->equals[c * table->nodes + index];
        if (isnan(equals) || !cell || !(sign * distance(table, c, index) > far_sigmas * table->sigmas[c]))
            continue;
        differing->equals[differing->count] = equals;
        differing->cells[differing->count++] = cell;
    }
    node->differing_cells = differing->count;
    node->differing_ratio = estimate_differing(differing, values, table);
    const struct interval *interval = &node->differing_ratio.interval;
    double size = sign * log(node->differing_ratio.value);
    bool own = !interval->exists || (sign > 0 ? interval->low > 1 : interval->high < 1);
    if (node->adjusted_p <= significance && own && size > log1p(threshold))
        node->verdict = sign > 0 ? NODE_SLOWER : NODE_FASTER;
}

static int compare_nodes(const void *left, const void *right)
{
    const struct analysis_node *a = left, *b = right;
    if ((a->verdict == NODE_EQUAL) != (b->verdict == NODE_EQUAL))
        return a->verdict == NODE_EQUAL ? 1 : -1;
    double far_a = isnan(a->ratio) ? -1 : fabs(log(a->ratio)),
           far_b = isnan(b->ratio) ? -1 : fabs(log(b->ratio));
    if (far_a != far_b)
        return far_a > far_b ? -1 : 1;
    return strcmp(a->platform, b->platform);
}

// Sorts the nodes; the first keep their numbers of every cell.
static enum status keep_cells(struct node_group *group, const struct table *table, struct error *error)
{
    for (size_t n = 0; n < group->count; n++) {
        double *ratios = calloc(table->cells + 1, sizeof *ratios);
        if (!ratios)
            return error_set_no_memory(error);
        for (size_t c = 0; c < table->cells; c++)
            ratios[c] = exp(distance(table, c, n));
        group->nodes[n].cell_ratios = ratios;
    }
    qsort(group->nodes, group->count, sizeof *group->nodes, compare_nodes);
    for (size_t n = NODES_SHOWN; n < group->count; n++) {
        free(group->nodes[n].cell_ratios);
        group->nodes[n].cell_ratios = NULL;
    }
    return STATUS_OK;
}

static enum status judge_all(struct node_group *group, const struct dataset *const *datasets,
                             double threshold, struct table *table, struct error *error)
{
    size_t count = group->count * NUMBERS, most = most_processes(group, datasets);
    CLEANUP(free_pointer) double *room = calloc(4 * count + most + table->cells + 1, sizeof *room);
    CLEANUP(free_pointer) const struct dataset_cell **cells = calloc(table->cells + 1, sizeof *cells);
    if (!room || !cells)
        return error_set_no_memory(error);
    double *numbers = room, *p = numbers + count, *adjusted = p + count, *scratch = adjusted + count;
    struct differing differing = {.cells = cells, .equals = scratch + count};
    double *values = differing.equals + table->cells;
    for (size_t n = 0; n < group->count; n++) {
        summarise(table, n, numbers + n * NUMBERS, &group->nodes[n].cells);
        group->nodes[n].ratio = exp(numbers[n * NUMBERS]);
    }
    for (size_t i = 0; i < NUMBERS; i++)
        test_number(table, numbers + i, NUMBERS, p + i);
    statistics_holm(p, count, scratch, adjusted);
    for (size_t n = 0; n < group->count; n++) {
        group->nodes[n].adjusted_p = fmin(adjusted[n * NUMBERS], adjusted[n * NUMBERS + 1]);
        judge_node(group, datasets[n], n, threshold, table, &differing, values);
    }
    return STATUS_OK;
}

enum status nodes_judge(struct node_group *group, const struct dataset *const *datasets, double threshold,
                        struct error *error)
{
    CLEANUP(release_table) struct table table = {0};
    enum status status = fill_table(group, datasets, &table, error);
    if (status == STATUS_OK)
        status = judge_all(group, datasets, threshold, &table, error);
    return status == STATUS_OK ? keep_cells(group, &table, error) : status;
}
