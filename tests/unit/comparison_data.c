#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "comparison_data.h"

#include "base/cleanup.h"
#include "base/random.h"
#include "strategies/strategies.h"

enum { LIVE_OBJECTS = 100, OBJECTS_PER_TRIAL = 100000 };

struct run_recipe quiet_run(uint64_t seed)
{
    return (struct run_recipe){.seed = seed,
                               .processes = 20,
                               .sizes = 4,
                               .shape = SHAPE_NORMAL,
                               .noise = 0.1,
                               .machine = 1,
                               .slow_state = 1,
                               .box_slowdown = 1,
                               .slab_slowdown = 1,
                               .twin_slowdown = 1};
}

// ---- cells ----

struct dataset_cell *add_cell(struct dataset *dataset, struct cell_name name, size_t processes)
{
    struct dataset_cell *cells = realloc(dataset->cells, (dataset->count + 1) * sizeof *cells);
    double *room = calloc((2 + METRIC_COUNT) * processes + 1, sizeof *room);
    assert_non_null(cells);
    assert_non_null(room);
    dataset->cells = cells;
    struct dataset_cell *cell = &cells[dataset->count++];
    *cell = (struct dataset_cell){
        .name = name,
        .outcome = strdup("ok"),
        .trials = 5 * processes,
        .objects_per_trial = OBJECTS_PER_TRIAL,
        .process_count = processes,
        .process_numbers = room,
        .process_probes = room + (1 + METRIC_COUNT) * processes,
        .page_faults = NAN,
        .heap_calls = NAN,
        .map_calls = NAN,
    };
    cell->name.allocator = strdup(name.allocator);
    cell->name.pattern = strdup(name.pattern);
    for (size_t m = 0; m < METRIC_COUNT; m++)
        cell->metrics[m].process_medians = room + (1 + m) * processes;
    for (size_t i = 0; i < processes; i++)
        room[i] = (double)i;
    for (size_t i = 0; i < processes; i++)
        cell->process_probes[i] = NAN;
    return cell;
}

static int order_cells(const void *left, const void *right)
{
    return cell_name_order(((const struct dataset_cell *)left)->name,
                           ((const struct dataset_cell *)right)->name);
}

void sort_cells(struct dataset *dataset)
{
    qsort(dataset->cells, dataset->count, sizeof *dataset->cells, order_cells);
}

struct dataset_cell *cell_of(struct dataset *run, const char *allocator, const char *pattern,
                             uint64_t size_bytes)
{
    const struct dataset_cell *found = dataset_find(run, cell_name_standard(allocator, pattern, size_bytes));
    assert_non_null(found);
    return &run->cells[found - run->cells];
}

void rename_cell(struct dataset_cell *cell, const char *allocator)
{
    free((void *)(uintptr_t)cell->name.allocator);
    cell->name.allocator = strdup(allocator);
    assert_non_null(cell->name.allocator);
}

void scale_cell(struct dataset_cell *cell, double factor)
{
    for (int m = 0; m < METRIC_COUNT; m++)
        for (size_t i = 0; i < cell->process_count; i++)
            cell->metrics[m].process_medians[i] *= factor;
}

void fail_cell(struct dataset_cell *cell)
{
    free(cell->outcome);
    cell->outcome = strdup("crashed");
    cell->trials = cell->disturbed_trials = cell->process_count = 0;
    for (int m = 0; m < METRIC_COUNT; m++)
        cell->metrics[m].median = NAN;
}

bool is_anchor_cell(const struct dataset_cell *cell)
{
    return strcmp(cell->name.allocator, strategies[STRATEGY_anchor].name) == 0;
}

// ---- runs ----

// One allocator's time per object, and its part of the recipe.
struct subject {
    const char *allocator;
    double base_ns;
    double slowdown;
    bool control;
    double follows; // the power of the machine's speed that its time is proportional to, where that is uneven
};

enum { SUBJECTS = 5, PATTERNS = 4, MAX_SIZES = 16 };
static const char *const pattern_names[PATTERNS] = {"immediate", "lifo", "fifo", "random"};

// How slow the machine was for a process of a condition, a pattern and size, in a replicate.
struct moment {
    size_t replicate, condition, subject;
};

static size_t index_of(const struct run_recipe *recipe, struct moment moment)
{
    return (moment.replicate * PATTERNS * recipe->sizes + moment.condition) * SUBJECTS + moment.subject;
}

// Goes through the processes in the order in which they run. With two speeds the machine keeps each for some
// tens of processes, which is a few seconds: the slow one for 70 on average, the fast one for 30.
static double *draw_speeds(const struct run_recipe *recipe)
{
    struct random random;
    random_seed(&random, random_derive_seed(recipe->seed, 1));
    size_t conditions = PATTERNS * recipe->sizes;
    double *speeds = calloc(recipe->processes * conditions * SUBJECTS, sizeof *speeds);
    assert_non_null(speeds);
    bool slow = random_unit(&random) < 0.7;
    for (size_t replicate = 0; replicate < recipe->processes; replicate++) {
        size_t condition_order[PATTERNS * MAX_SIZES];
        for (size_t g = 0; g < conditions; g++)
            condition_order[g] = g;
        random_shuffle(&random, condition_order, conditions, sizeof *condition_order);
        for (size_t g = 0; g < conditions; g++) {
            size_t subject_order[SUBJECTS] = {0, 1, 2, 3, 4};
            random_shuffle(&random, subject_order, SUBJECTS, sizeof *subject_order);
            for (size_t s = 0; s < SUBJECTS; s++) {
                const struct moment moment = {replicate, condition_order[g], subject_order[s]};
                speeds[index_of(recipe, moment)] = slow ? recipe->slow_state : 1;
                if (random_unit(&random) < (slow ? 1.0 / 70 : 1.0 / 30))
                    slow = !slow;
            }
        }
    }
    return speeds;
}

static double draw_probe(const struct run_recipe *recipe, struct random *random, double speed)
{
    double jitter = 1 + 0.02 * (random_unit(random) - 0.5);
    switch (recipe->probes) {
    case PROBES_FOLLOW:
        return 4000 * speed * jitter;
    case PROBES_UNRELATED:
        return 4000 * (random_unit(random) < 0.7 ? 2 : 1) * jitter;
    case PROBES_NONE:
        break;
    }
    return NAN;
}

static void fill_cell(const struct run_recipe *recipe, const struct subject *subject, struct random *random,
                      const double *speeds, struct moment moment, struct dataset_cell *cell)
{
    double centre = shape_median(recipe->shape);
    cell->control = subject->control;
    for (size_t i = 0; i < recipe->processes; i++) {
        moment.replicate = i;
        double noise = 1 + recipe->noise * (shape_draw(recipe->shape, random) / centre - 1);
        double drift = 1 + recipe->drift * (double)i / (double)recipe->processes;
        double ns = subject->base_ns * subject->slowdown * noise * drift * recipe->machine *
                    pow(speeds[index_of(recipe, moment)], recipe->unevenly_slow ? subject->follows : 1);
        for (int m = 0; m < METRIC_COUNT; m++)
            cell->metrics[m].process_medians[i] = ns * dataset_objects(cell, (enum metric)m);
    }
    for (int m = 0; m < METRIC_COUNT; m++) // every trial of a process takes as long
        cell->metrics[m].median =
            dataset_ns_per_object(cell, (enum metric)m) * dataset_objects(cell, (enum metric)m);
}

static void fill_probes(const struct run_recipe *recipe, struct random *random, const double *speeds,
                        struct moment moment, struct dataset_cell *cell)
{
    for (size_t i = 0; i < recipe->processes; i++) {
        moment.replicate = i;
        cell->process_probes[i] = draw_probe(recipe, random, speeds[index_of(recipe, moment)]);
    }
}

struct dataset make_run(const struct run_recipe *recipe)
{
    const struct subject subjects[SUBJECTS] = {
        {"box", 20, recipe->box_slowdown, false, 1},
        {"slab_cold", 15, 1, false, 0.8},
        {"slab_warm", 10, recipe->slab_slowdown, false, 1.2},
        {strategies[STRATEGY_box_twin].name, 20, recipe->twin_slowdown, true, 1},
        {strategies[STRATEGY_anchor].name, 5, 1, true, 0.4},
    };
    assert_true(recipe->sizes <= MAX_SIZES);
    struct random random, probe_random; // so that times are the same, whatever the probes
    random_seed(&random, recipe->seed);
    random_seed(&probe_random, random_derive_seed(recipe->seed, 2));
    struct dataset run = {.benchmark_file = strdup("made"), .platform = strdup("made"), .replicated = true};
    facts_set(&run.facts, "cpu.model", "a processor");
    facts_set(&run.facts, "kernel.release", "6.1");
    facts_set(&run.facts, "libc.version", "2.36");
    facts_set(&run.facts, "build.compiler", "gcc 12");
    facts_set(&run.facts, "build.flags", "-O3");
    CLEANUP(free_pointer) double *speeds = draw_speeds(recipe);
    for (size_t s = 0; s < SUBJECTS; s++)
        for (size_t p = 0; p < PATTERNS; p++)
            for (size_t size = 1; size <= recipe->sizes; size++) {
                const struct cell_name name =
                    cell_name_standard(subjects[s].allocator, pattern_names[p], 8 * size);
                if (subjects[s].control && recipe->no_controls)
                    continue;
                const struct moment moment = {.condition = p * recipe->sizes + size - 1, .subject = s};
                struct dataset_cell *cell = add_cell(&run, name, recipe->processes);
                fill_cell(recipe, &subjects[s], &random, speeds, moment, cell);
                fill_probes(recipe, &probe_random, speeds, moment, cell);
            }
    sort_cells(&run);
    return run;
}

void release_made_runs(struct dataset (*runs)[RUN_COUNT])
{
    dataset_release(&(*runs)[RUN_A]);
    dataset_release(&(*runs)[RUN_B]);
}

// ---- comparisons ----

struct comparison compare_made(const struct dataset runs[RUN_COUNT], const struct compare_options *options)
{
    struct comparison comparison = {0};
    assert_int_equal(compare_runs(runs, options, &comparison, NULL), STATUS_OK);
    return comparison;
}

struct comparison compare_usual(const struct dataset runs[RUN_COUNT])
{
    struct compare_options options;
    compare_options_init(&options);
    return compare_made(runs, &options);
}

const struct compared_cell *find_compared(const struct comparison *comparison, const char *allocator,
                                          const char *pattern, uint64_t size_bytes)
{
    for (size_t i = 0; i < comparison->count; i++) {
        const struct compared_cell *cell = &comparison->cells[i];
        if (strcmp(cell->name.allocator, allocator) == 0 && strcmp(cell->name.pattern, pattern) == 0 &&
            cell->name.size_bytes == size_bytes)
            return cell;
    }
    fail_msg("there is no cell %s %s %u", allocator, pattern, (unsigned)size_bytes);
    return NULL;
}
