// Every estimate is the model's time, multiplied by a ratio "seen / model" that comes from the nearest thing
// seen. The model carries the shape (start of a process, trials, size), the ratio the machine and the
// allocator.
#include "plan/estimate.h"

#include <math.h>
#include <stdbool.h>

// The model's numbers are those of 2-core virtual machines of 2023, rounded.
static const double process_start_seconds = 2e-3; // start, first batch, empty pattern, journal
static const double object_ns = 10;
static const double paged_object_ns_per_byte[PATTERN_COUNT] = {
    [PATTERN_lifo] = 0.85, [PATTERN_fifo] = 0.25, [PATTERN_random] = 0.07};
static const double warm_up_trials = 0.1; // warm-up batches, as a part of a trial

enum { PAGED_FROM_BYTES = 1536 };

// Flips of a machine between two speeds take seconds, and are to be averaged; what lasts for a minute is the
// machine's speed now.
static const double half_life_seconds = 60; // what lies further back counts half
static const double half_life_share = 0.2;  // of the time so far, in addition
static const double doubt_seconds = 60;     // pull the machine's speed towards what it was on the whole
static const double max_deviation = 4;      // of one process from what was expected of it

// Whether glibc would go to the system and back with every batch of the cell.
static bool is_paged(const struct cell *cell)
{
    return cell->size_bytes >= PAGED_FROM_BYTES &&
           (cell->strategy == STRATEGY_box || cell->strategy == STRATEGY_box_twin ||
            cell->strategy == STRATEGY_rust_box || cell->strategy == STRATEGY_bufpool_cold);
}

// Of processes of one cell that have so many trials together.
static double model_seconds(const struct cell *cell, double processes, double trials)
{
    double per_byte = is_paged(cell) ? paged_object_ns_per_byte[cell->pattern] : 0;
    double object_seconds = (object_ns + per_byte * cell->size_bytes) * 1e-9;
    double trial_seconds = object_seconds * BATCH_SIZE * INNER_LOOP;
    return processes * process_start_seconds + (trials + processes * warm_up_trials) * trial_seconds;
}

// Index of the cell's allocator.
static int allocator_of(const struct cell *cell)
{
    return (int)cell->strategy * MAX_HEAPS + (int)cell->heap;
}

static struct cell cell_at(int allocator, int pattern, int size)
{
    return (struct cell){.strategy = (enum strategy_id)(allocator / MAX_HEAPS),
                         .heap = (uint32_t)(allocator % MAX_HEAPS),
                         .pattern = (enum pattern_id)pattern,
                         .size_bytes = object_sizes[size]};
}

// Seen / model of the cell; 0 when it was not seen.
static double seen_ratio(const struct duration_estimate *estimate, int allocator, int pattern, int size)
{
    const struct estimate_cell *seen = &estimate->cells[allocator][pattern][size];
    if (!seen->process_count)
        return 0;
    struct cell cell = cell_at(allocator, pattern, size);
    return seen->seconds / model_seconds(&cell, seen->process_count, seen->trials);
}

// How much the machine's speed differs lately from what it was on the whole: above 1 when it is slower.
static double drift(const struct duration_estimate *estimate)
{
    return (estimate->recent_seconds + doubt_seconds) / (estimate->recent_expected_seconds + doubt_seconds);
}

// Compares with what was expected from the cell's own past. A single process that hangs says nothing of the
// machine's speed, so what it counts is limited.
static void follow_drift(struct duration_estimate *estimate, double expected, double seconds)
{
    double least = expected / max_deviation, most = expected * max_deviation;
    double counted = seconds < least ? least : seconds > most ? most : seconds;
    double kept = exp2(-counted / (half_life_seconds + half_life_share * estimate->seconds));
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
        follow_drift(estimate, ratio * model_seconds(cell, 1, process->trial_count), seconds);
    estimate->seconds += seconds;
    struct estimate_cell *seen = &estimate->cells[allocator_of(cell)][cell->pattern][size];
    seen->process_count++;
    seen->seconds += seconds;
    seen->trials += process->trial_count;
}

void estimate_add_trials(struct duration_estimate *estimate, const struct planned_process *process,
                         double trial_seconds)
{
    if (process->trial_count > 0)
        estimate_add(estimate, process,
                     process_start_seconds + trial_seconds * (1 + warm_up_trials / process->trial_count));
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
    double of_condition[PATTERN_COUNT][SIZE_COUNT];
    double of_all;
};

struct mean {
    double sum;
    int count;
};

static void add_condition(const struct duration_estimate *estimate, int pattern, int size, struct mean *mean)
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
            add_condition(estimate, p, z, &mean);
    fallbacks->of_all = mean.count ? mean.sum / mean.count : 0;
    return fallbacks->of_all;
}

// The mean ratio of the other allocators in the same pattern and size, or of all that was seen; 0 when
// nothing was.
static double others_ratio(const struct duration_estimate *estimate, int pattern, int size,
                           struct fallbacks *fallbacks)
{
    double *known = &fallbacks->of_condition[pattern][size];
    if (*known > 0 || !(estimate->seconds > 0))
        return *known;
    struct mean mean = {0};
    add_condition(estimate, pattern, size, &mean);
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

void estimate_work_add(struct estimate_work *work, const struct planned_process *process)
{
    const struct cell *cell = &process->cell;
    int size = size_index(cell->size_bytes);
    if (size < 0) {
        work->other_seconds += model_seconds(cell, 1, process->trial_count);
        return;
    }
    work->cells[allocator_of(cell)][cell->pattern][size].process_count++;
    work->cells[allocator_of(cell)][cell->pattern][size].trials += process->trial_count;
}

void estimate_work_remove(struct estimate_work *work, const struct planned_process *process)
{
    const struct cell *cell = &process->cell;
    int size = size_index(cell->size_bytes);
    if (size < 0) {
        work->other_seconds -= model_seconds(cell, 1, process->trial_count);
        return;
    }
    work->cells[allocator_of(cell)][cell->pattern][size].process_count--;
    work->cells[allocator_of(cell)][cell->pattern][size].trials -= process->trial_count;
}

struct expected_time estimate_work_seconds(const struct duration_estimate *estimate,
                                           const struct estimate_work *work)
{
    struct fallbacks fallbacks = {0};
    double seen = 0, unseen = 0;
    for (int a = 0; a < ESTIMATE_ALLOCATORS; a++)
        for (int p = 0; p < PATTERN_COUNT; p++)
            for (int z = 0; z < SIZE_COUNT; z++) {
                uint32_t processes = work->cells[a][p][z].process_count;
                if (processes == 0)
                    continue;
                const struct cell cell = cell_at(a, p, z);
                double seconds = model_seconds(&cell, processes, work->cells[a][p][z].trials) *
                                 best_ratio(estimate, &cell, z, &fallbacks);
                *(estimate->cells[a][p][z].process_count ? &seen : &unseen) += seconds;
            }
    unseen += work->other_seconds;
    return (struct expected_time){.seconds = (seen + unseen) * drift(estimate),
                                  .unseen_seconds = unseen * drift(estimate)};
}

double estimate_process_seconds(const struct duration_estimate *estimate,
                                const struct planned_process *process)
{
    struct fallbacks fallbacks = {0};
    const struct cell *cell = &process->cell;
    int size = size_index(cell->size_bytes);
    double model = model_seconds(cell, 1, process->trial_count);
    return size < 0 ? model : model * best_ratio(estimate, cell, size, &fallbacks);
}

double estimate_seconds(const struct duration_estimate *estimate, const struct planned_process *processes,
                        size_t count)
{
    struct estimate_work work = {0};
    for (size_t i = 0; i < count; i++)
        estimate_work_add(&work, &processes[i]);
    return estimate_work_seconds(estimate, &work).seconds;
}
