// How fast the machine was while one process ran, as its throughput probes say. On a machine that changes its
// speed every few seconds the processes of a cell differ by that much, and so do the medians of two runs that
// met its fast and its slow times in different shares.
//
// How far a cell follows its probes is measured: the slope of the logarithm of its values on the logarithm of
// the probes is the weighted median of the slopes between any two processes of a run, and the weight is how
// far apart their probes are. This slope makes the sum of the distances between corrected values the smallest
// (Jaeckel's dispersion with Wilcoxon's scores), so it goes with the rank test and the ratio that follow. A
// cell whose processes all met the same speed shows no slope: there the usual one of all cells counts. Each
// process is then brought to the speed of the median probe of both runs.
//
// No pair has a process of each run, and no change of the code moves a probe: so a difference of the code
// stays. Anchors and twins are corrected in the same way.
#include <math.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "compare/private.h"
#include "statistics/statistics.h"

enum { MAX_PARTNERS = 40 }; // of a process, so that pairs grow with the processes and not with their square

// A probe that took more than twice as long as the median was interrupted: so slow is no machine.
static const double max_slowness = 2;

// By how much the probes of a machine of one speed differ: so little says nothing about a slope.
static const double usual_distance = 0.02;

// Of the cells, that get slower with their probes where the probes say how fast the machine is. It is a half
// where they say nothing.
static const double min_share = 0.75;

// Of the processes of each run.
static const double min_share_with_probe = 0.9;

void levelled_runs_release(struct levelled_runs *levelled)
{
    for (int side = 0; side < RUN_COUNT; side++)
        free(levelled->runs[side].cells);
    free(levelled->values);
    free(levelled->slopes);
    *levelled = (struct levelled_runs){0};
}

// ---- the speed of a process ----

// From probes to logarithms of slowness: 0 is that of the median probe of both runs.
struct speed_scale {
    double median_probe_ns;
};

static bool has_probe(const struct dataset_cell *cell, size_t process)
{
    return cell->process_probes && cell->process_probes[process] > 0;
}

static double slowness(const struct speed_scale *scale, const struct dataset_cell *cell, size_t process)
{
    double ratio = cell->process_probes[process] / scale->median_probe_ns;
    return log(fmin(fmax(ratio, 1 / max_slowness), max_slowness));
}

static size_t count_processes(const struct dataset *run)
{
    size_t count = 0;
    for (size_t i = 0; i < run->count; i++)
        count += run->cells[i].process_count;
    return count;
}

// `scratch` has room for the processes of both runs, twice.
static struct speed_scale measure_scale(const struct dataset runs[RUN_COUNT], double *scratch)
{
    size_t count = 0;
    for (int side = 0; side < RUN_COUNT; side++)
        for (size_t i = 0; i < runs[side].count; i++)
            for (size_t k = 0; k < runs[side].cells[i].process_count; k++)
                if (has_probe(&runs[side].cells[i], k))
                    scratch[count++] = runs[side].cells[i].process_probes[k];
    struct speed_scale scale = {0};
    if (count > 0)
        scale.median_probe_ns = statistics_median(scratch, count, scratch + count);
    return scale;
}

// ---- the slope of a cell ----

struct weighted_slope {
    double slope, weight;
};

struct slopes {
    struct weighted_slope *items;
    size_t count;
    size_t pairs; // also those whose probes are alike, which have no slope
};

static int order_slopes(const void *left, const void *right)
{
    const struct weighted_slope *a = left, *b = right;
    return (a->slope > b->slope) - (a->slope < b->slope);
}

static void add_pairs(const struct speed_scale *scale, const struct dataset_cell *cell, enum metric metric,
                      struct slopes *slopes)
{
    const double *values = cell->metrics[metric].process_medians;
    for (size_t i = 0; i < cell->process_count; i++)
        for (size_t k = i + 1; k < cell->process_count && k <= i + MAX_PARTNERS; k++) {
            if (!has_probe(cell, i) || !has_probe(cell, k))
                continue;
            double distance = slowness(scale, cell, k) - slowness(scale, cell, i);
            slopes->pairs++;
            if (distance != 0)
                slopes->items[slopes->count++] =
                    (struct weighted_slope){log(values[k] / values[i]) / distance, fabs(distance)};
        }
}

static double total_weight(const struct slopes *slopes)
{
    double total = 0;
    for (size_t i = 0; i < slopes->count; i++)
        total += slopes->items[i].weight;
    return total;
}

// 0 where there is none.
static double weighted_median(struct slopes *slopes)
{
    double total = total_weight(slopes), reached = 0;
    qsort(slopes->items, slopes->count, sizeof *slopes->items, order_slopes);
    for (size_t i = 0; i < slopes->count; i++) {
        reached += slopes->items[i].weight;
        if (reached >= total / 2)
            return slopes->items[i].slope;
    }
    return 0;
}

// The cell's slope, which needs probes that differ: as many pairs whose probes differ as those of any machine
// do, and whose slope is `usual_slope`, are added to its own. Its weight is that of its own pairs. `room` has
// room for these and one more.
static struct weighted_slope measure_slope(const struct speed_scale *scale,
                                           const struct dataset_cell *const cells[RUN_COUNT],
                                           enum metric metric, double usual_slope,
                                           struct weighted_slope *room)
{
    struct slopes slopes = {.items = room};
    for (int side = 0; side < RUN_COUNT; side++)
        add_pairs(scale, cells[side], metric, &slopes);
    double weight = total_weight(&slopes);
    slopes.items[slopes.count++] =
        (struct weighted_slope){usual_slope, (double)slopes.pairs * usual_distance};
    return (struct weighted_slope){weighted_median(&slopes), weight};
}

// ---- both runs ----

// Puts the cell's corrected values at `place`. Returns the end of them.
static double *level_cell(const struct speed_scale *scale, double slope, enum metric metric,
                          struct dataset_cell *cell, double *place)
{
    const double *values = cell->metrics[metric].process_medians;
    cell->metrics[metric].process_medians = place;
    for (size_t k = 0; k < cell->process_count; k++)
        place[k] = has_probe(cell, k) ? values[k] / exp(slope * slowness(scale, cell, k)) : values[k];
    return place + cell->process_count;
}

static size_t max_pairs(const struct dataset runs[RUN_COUNT])
{
    size_t most = 0;
    for (int side = 0; side < RUN_COUNT; side++)
        for (size_t i = 0; i < runs[side].count; i++)
            if (runs[side].cells[i].process_count > most)
                most = runs[side].cells[i].process_count;
    return RUN_COUNT * most * (most < MAX_PARTNERS ? most : MAX_PARTNERS);
}

// The cells of both runs that have the name of A's cell `i`. False where B has none.
static bool find_pair(const struct dataset runs[RUN_COUNT], size_t i,
                      const struct dataset_cell *ret_cells[RUN_COUNT])
{
    ret_cells[RUN_A] = &runs[RUN_A].cells[i];
    ret_cells[RUN_B] = dataset_find(&runs[RUN_B], ret_cells[RUN_A]->name);
    return ret_cells[RUN_B] != NULL;
}

// Whether the probes say what cells feel: most follow them. Probes of a machine of one speed, or of something
// else than its speed, would only add their own noise.
static bool are_followed(const struct slopes *slopes)
{
    size_t positive = 0, known = 0;
    for (size_t i = 0; i < slopes->count; i++) {
        positive += slopes->items[i].slope > 0;
        known += slopes->items[i].weight > 0;
    }
    return (double)positive >= min_share * (double)known;
}

// Fills `ret_slopes` of A's cells, which are 0; they stay so where the probes are not followed. A cell
// without slow and fast processes in one run gets the slope that is usual, the weighted median over all
// cells.
static enum status measure_slopes(const struct dataset runs[RUN_COUNT], const struct speed_scale *scale,
                                  enum metric metric, double *ret_slopes, struct error *error)
{
    CLEANUP(free_pointer) struct weighted_slope *room = calloc(max_pairs(runs) + 1, sizeof *room);
    CLEANUP(free_pointer) struct weighted_slope *own = calloc(runs[RUN_A].count + 1, sizeof *own);
    if (!room || !own)
        return error_set_no_memory(error);
    const struct dataset_cell *cells[RUN_COUNT];
    struct slopes all = {.items = own};
    for (size_t i = 0; i < runs[RUN_A].count; i++)
        if (find_pair(runs, i, cells))
            own[all.count++] = measure_slope(scale, cells, metric, 0, room);
    if (!are_followed(&all))
        return STATUS_OK;
    double usual_slope = weighted_median(&all);
    for (size_t i = 0; i < runs[RUN_A].count; i++)
        if (find_pair(runs, i, cells))
            ret_slopes[i] = measure_slope(scale, cells, metric, usual_slope, room).slope;
    return STATUS_OK;
}

// Cells that only one run has keep their values.
static void level_cells(const struct dataset runs[RUN_COUNT], const struct speed_scale *scale,
                        enum metric metric, struct levelled_runs *levelled)
{
    double *place = levelled->values;
    const struct dataset_cell *cells[RUN_COUNT];
    for (size_t i = 0; i < runs[RUN_A].count; i++)
        for (int side = 0; side < RUN_COUNT && find_pair(runs, i, cells); side++) {
            size_t index = (size_t)(cells[side] - runs[side].cells);
            place = level_cell(scale, levelled->slopes[i], metric, &levelled->runs[side].cells[index], place);
        }
}

// Probes of one machine and one build tell its speed. Those of two differ for other reasons, and where only
// one run has them, correcting it alone would part the two.
static bool probes_compare(const struct dataset runs[RUN_COUNT], bool comparable)
{
    for (int side = 0; side < RUN_COUNT && comparable; side++) {
        size_t with_probe = 0;
        for (size_t i = 0; i < runs[side].count; i++)
            for (size_t k = 0; k < runs[side].cells[i].process_count; k++)
                with_probe += has_probe(&runs[side].cells[i], k);
        comparable = (double)with_probe >= min_share_with_probe * (double)count_processes(&runs[side]);
    }
    return comparable;
}

enum status level_runs(const struct dataset runs[RUN_COUNT], enum metric metric, bool comparable,
                       struct levelled_runs *ret_levelled, struct error *error)
{
    size_t processes = count_processes(&runs[RUN_A]) + count_processes(&runs[RUN_B]);
    CLEANUP(levelled_runs_release)
    struct levelled_runs levelled = {.values = calloc(processes + 1, sizeof(double)),
                                     .slopes = calloc(runs[RUN_A].count + 1, sizeof(double))};
    CLEANUP(free_pointer) double *scratch = calloc(2 * processes + 1, sizeof *scratch);
    for (int side = 0; side < RUN_COUNT; side++) {
        levelled.runs[side] = runs[side];
        levelled.runs[side].cells = calloc(runs[side].count + 1, sizeof *runs[side].cells);
    }
    if (!levelled.values || !levelled.slopes || !scratch || !levelled.runs[RUN_A].cells ||
        !levelled.runs[RUN_B].cells)
        return error_set_no_memory(error);
    for (int side = 0; side < RUN_COUNT; side++)
        for (size_t i = 0; i < runs[side].count; i++)
            levelled.runs[side].cells[i] = runs[side].cells[i];
    const struct speed_scale scale = measure_scale(runs, scratch);
    enum status status = STATUS_OK;
    if (probes_compare(runs, comparable))
        status = measure_slopes(runs, &scale, metric, levelled.slopes, error);
    if (status != STATUS_OK)
        return status;
    level_cells(runs, &scale, metric, &levelled);
    *ret_levelled = levelled;
    levelled = (struct levelled_runs){0};
    return STATUS_OK;
}
