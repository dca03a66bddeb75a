// Every estimate is the model's time, multiplied by a ratio "seen / model" that comes from the nearest thing
// seen. The model carries the shape (start of a process, trials, size), the ratio the machine and the
// allocator.
#include "plan/estimate.h"

#include <math.h>
#include <stdbool.h>

// The model's numbers are those of a 2-core virtual machine of 2023, rounded.
static const double process_start_seconds = 2e-3; // start, first batch, empty pattern, journal
static const double object_ns = 25;
static const double object_ns_per_byte = 0.1;
static const double half_life_share = 0.15; // of the time so far: what lies further back counts half
static const double doubt_share = 0.02;     // of the time so far
static const double most_deviation = 4;     // of one process from what was expected of it
static const double warm_up_trials = 0.1;   // warm-up batches, as a part of a trial

static double model_seconds(const struct cell *cell, double trials)
{
    double object_seconds = (object_ns + object_ns_per_byte * cell->size_bytes) * 1e-9;
    double trial_seconds = object_seconds * BATCH_SIZE * INNER_LOOP;
    return process_start_seconds + (trials + warm_up_trials) * trial_seconds;
}

// Index of the cell's allocator.
static int allocator_of(const struct cell *cell)
{
    return (int)cell->strategy * MOST_HEAPS + (int)cell->heap;
}

// Seen / model of the cell; 0 when it was not seen.
static double seen_ratio(const struct duration_estimate *estimate, int allocator, int pattern, int size)
{
    const struct estimate_cell *seen = &estimate->cells[allocator][pattern][size];
    if (!seen->process_count)
        return 0;
    struct cell cell = {.size_bytes = object_sizes[size]};
    return seen->seconds / seen->process_count / model_seconds(&cell, seen->trials / seen->process_count);
}

// How much the machine's speed differs lately from what it was on the whole: above 1 when it is slower.
static double drift(const struct duration_estimate *estimate)
{
    double doubt = doubt_share * estimate->seconds; // pulls towards 1 while little was seen
    if (!(estimate->recent_expected_seconds > 0))
        return 1;
    return (estimate->recent_seconds + doubt) / (estimate->recent_expected_seconds + doubt);
}

// Compares with what was expected from the cell's own past. A single process that hangs says nothing of the
// machine's speed, so what it counts is limited.
static void follow_drift(struct duration_estimate *estimate, double expected, double seconds)
{
    double least = expected / most_deviation, most = expected * most_deviation;
    double counted = seconds < least ? least : seconds > most ? most : seconds;
    double kept = exp2(-counted / (half_life_share * (estimate->seconds + counted)));
    estimate->recent_seconds = estimate->recent_seconds * kept + counted;
    estimate->recent_expected_seconds = estimate->recent_expected_seconds * kept + expected;
}

void estimate_add(struct duration_estimate *estimate, const struct planned_process *process, double seconds)
{
    const struct cell *cell = &process->cell;
    int size = size_index(cell->size_bytes);
    if (size < 0 || !(seconds > 0) || !isfinite(seconds))
        return;
    double ratio = seen_ratio(estimate, allocator_of(cell), (int)cell->pattern, size);
    if (ratio > 0)
        follow_drift(estimate, ratio * model_seconds(cell, process->trial_count), seconds);
    estimate->seconds += seconds;
    struct estimate_cell *seen = &estimate->cells[allocator_of(cell)][cell->pattern][size];
    seen->process_count++;
    seen->seconds += seconds;
    seen->trials += process->trial_count;
}

// What the nearest size seen in one direction says of a cell that was not seen.
struct neighbour {
    double ratio;   // seen / model, 0 when there is no such size
    int distance;   // in sizes of the grid
    int supporters; // other patterns that tell how the cost changes from that size to the cell's
};

// The cost jumps where objects become so large that the system is asked for pages, so the neighbour's ratio
// is carried over with the change (the geometric mean) of the patterns that were seen at both sizes.
static struct neighbour find_neighbour(const struct duration_estimate *estimate, const struct cell *cell,
                                       int size, int direction)
{
    int allocator = allocator_of(cell);
    int at = size + direction;
    while (at >= 0 && at < SIZE_COUNT && seen_ratio(estimate, allocator, (int)cell->pattern, at) == 0)
        at += direction;
    if (at < 0 || at >= SIZE_COUNT)
        return (struct neighbour){0};
    struct neighbour neighbour = {.distance = direction * (at - size)};
    double change = 0;
    for (int p = 0; p < PATTERN_COUNT; p++) {
        double there = seen_ratio(estimate, allocator, p, at),
               here = seen_ratio(estimate, allocator, p, size);
        if (there > 0 && here > 0) {
            change += log(here / there);
            neighbour.supporters++;
        }
    }
    neighbour.ratio = seen_ratio(estimate, allocator, (int)cell->pattern, at) *
                      exp(neighbour.supporters ? change / neighbour.supporters : 0);
    return neighbour;
}

// Interpolates the logarithm of the ratio between the nearest sizes seen on both sides; 0 when there is none.
// A side that other patterns support wins over one that they don't.
static double neighbours_ratio(const struct duration_estimate *estimate, const struct cell *cell, int size)
{
    struct neighbour below = find_neighbour(estimate, cell, size, -1);
    struct neighbour above = find_neighbour(estimate, cell, size, 1);
    if (below.ratio == 0 || above.ratio == 0)
        return below.ratio + above.ratio;
    if (!below.supporters != !above.supporters)
        return below.supporters ? below.ratio : above.ratio;
    double weight = (double)below.distance / (below.distance + above.distance);
    return exp((1 - weight) * log(below.ratio) + weight * log(above.ratio));
}

// What stands for cells of allocators of which nothing near was seen: asked of all that was seen, so that it
// is not found out anew for each of them. 0: not yet asked for, or nothing was seen.
struct fallbacks {
    double of_group[PATTERN_COUNT][SIZE_COUNT];
    double of_all;
};

struct mean {
    double sum;
    int count;
};

static void add_group(const struct duration_estimate *estimate, int pattern, int size, struct mean *mean)
{
    for (int a = 0; a < ESTIMATE_ALLOCATORS; a++) {
        double ratio = seen_ratio(estimate, a, pattern, size);
        mean->sum += ratio;
        mean->count += ratio > 0;
    }
}

// The mean ratio of all allocators; 0 when nothing was seen.
static double overall_ratio(const struct duration_estimate *estimate, struct fallbacks *fallbacks)
{
    if (fallbacks->of_all > 0)
        return fallbacks->of_all;
    struct mean mean = {0};
    for (int p = 0; p < PATTERN_COUNT; p++)
        for (int z = 0; z < SIZE_COUNT; z++)
            add_group(estimate, p, z, &mean);
    fallbacks->of_all = mean.count ? mean.sum / mean.count : 0;
    return fallbacks->of_all;
}

// The mean ratio of the other allocators in the same pattern and size, or of all that was seen; 0 when
// nothing was.
static double others_ratio(const struct duration_estimate *estimate, int pattern, int size,
                           struct fallbacks *fallbacks)
{
    double *known = &fallbacks->of_group[pattern][size];
    if (*known > 0 || !(estimate->seconds > 0))
        return *known;
    struct mean mean = {0};
    add_group(estimate, pattern, size, &mean);
    *known = mean.count ? mean.sum / mean.count : overall_ratio(estimate, fallbacks);
    return *known;
}

// Seen / model of what the nearest things seen say; 1 when nothing was seen.
static double best_ratio(const struct duration_estimate *estimate, const struct cell *cell, int size,
                         struct fallbacks *fallbacks)
{
    double ratio = seen_ratio(estimate, allocator_of(cell), (int)cell->pattern, size);
    if (ratio == 0)
        ratio = neighbours_ratio(estimate, cell, size);
    if (ratio == 0)
        ratio = others_ratio(estimate, (int)cell->pattern, size, fallbacks);
    return ratio == 0 ? 1 : ratio;
}

static double sum_seconds(const struct duration_estimate *estimate, const struct planned_process *processes,
                          size_t count)
{
    double ratios[ESTIMATE_ALLOCATORS][PATTERN_COUNT][SIZE_COUNT] = {0}; // 0: not yet asked for
    struct fallbacks fallbacks = {0};
    double seconds = 0;
    for (size_t i = 0; i < count; i++) {
        const struct cell *cell = &processes[i].cell;
        double model = model_seconds(cell, processes[i].trial_count);
        int size = size_index(cell->size_bytes);
        if (size < 0) {
            seconds += model;
            continue;
        }
        double *ratio = &ratios[allocator_of(cell)][cell->pattern][size];
        if (*ratio == 0)
            *ratio = best_ratio(estimate, cell, size, &fallbacks);
        seconds += model * *ratio;
    }
    return seconds;
}

double estimate_process_seconds(const struct duration_estimate *estimate,
                                const struct planned_process *process)
{
    return sum_seconds(estimate, process, 1);
}

double estimate_seconds(const struct duration_estimate *estimate, const struct planned_process *processes,
                        size_t count)
{
    return sum_seconds(estimate, processes, count) * drift(estimate);
}
