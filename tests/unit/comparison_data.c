#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "comparison_data.h"

#include "base/cleanup.h"

struct run_recipe quiet_run(uint64_t seed)
{
    return (struct run_recipe){.seed = seed,
                               .processes = 20,
                               .sizes = 4,
                               .shape = SHAPE_NORMAL,
                               .noise = 0.1,
                               .machine = 1,
                               .box_slowdown = 1,
                               .slab_slowdown = 1,
                               .twin_slowdown = 1};
}

// One allocator's time per object, and its part of the recipe.
struct subject {
    const char *allocator;
    double base_ns;
    double slowdown;
    bool control;
};

static void fill_cell(const struct run_recipe *recipe, const struct subject *subject, struct random *random,
                      struct cell_values *cell)
{
    double centre = shape_median(recipe->shape);
    for (size_t i = 0; i < recipe->processes; i++) {
        double noise = 1 + recipe->noise * (shape_draw(recipe->shape, random) / centre - 1);
        double drift = 1 + recipe->drift * (double)i / (double)recipe->processes;
        cell->values[i] = subject->base_ns * subject->slowdown * noise * drift * recipe->machine;
    }
    cell->trials = cell->clean_trials = 5 * recipe->processes;
}

struct run_values make_run(const struct run_recipe *recipe)
{
    static const char *const pattern_names[] = {"immediate", "lifo", "fifo", "random"};
    const struct subject subjects[] = {
        {"box", 20, recipe->box_slowdown, false},
        {"slab_cold", 15, 1, false},
        {"slab_warm", 10, recipe->slab_slowdown, false},
        {TWIN_LABEL, 20, recipe->twin_slowdown, true},
        {ANCHOR_LABEL, 5, 1, true},
    };
    struct random random;
    random_seed(&random, recipe->seed);
    struct run_values run = {.file = strdup("made"), .platform = strdup("made"), .replicated = true};
    facts_set(&run.facts, "cpu.model", "a processor");
    facts_set(&run.facts, "kernel.release", "6.1");
    facts_set(&run.facts, "libc.version", "2.36");
    facts_set(&run.facts, "build.compiler", "gcc 12");
    facts_set(&run.facts, "build.flags", "-O3");
    for (size_t s = 0; s < COUNT_OF(subjects); s++)
        for (size_t p = 0; p < COUNT_OF(pattern_names); p++)
            for (size_t size = 1; size <= recipe->sizes; size++) {
                struct cell_values *cell = NULL;
                const struct cell_name name = {subjects[s].allocator, pattern_names[p], 8 * size, 100};
                if (subjects[s].control && recipe->no_controls)
                    continue;
                assert_int_equal(run_values_add(&run, name, &cell, NULL), STATUS_OK);
                assert_int_equal(cell_values_resize(cell, recipe->processes, NULL), STATUS_OK);
                fill_cell(recipe, &subjects[s], &random, cell);
            }
    run_values_sort(&run);
    return run;
}

void release_made_runs(struct run_values (*runs)[RUN_COUNT])
{
    run_values_release(&(*runs)[RUN_A]);
    run_values_release(&(*runs)[RUN_B]);
}

struct compare_options usual_options(void)
{
    struct compare_options options;
    compare_options_init(&options);
    options.resamples = 2000;
    return options;
}

struct comparison compare_made(const struct run_values runs[RUN_COUNT], const struct compare_options *options)
{
    struct comparison comparison = {0};
    assert_int_equal(compare_runs(runs, options, &comparison, NULL), STATUS_OK);
    return comparison;
}

const struct compared_cell *find_compared(const struct comparison *comparison, const char *allocator,
                                          const char *pattern, uint64_t size_bytes)
{
    for (size_t i = 0; i < comparison->count; i++) {
        const struct compared_cell *cell = &comparison->cells[i];
        if (strcmp(cell->allocator, allocator) == 0 && strcmp(cell->pattern, pattern) == 0 &&
            cell->size_bytes == size_bytes)
            return cell;
    }
    fail_msg("there is no cell %s %s %u", allocator, pattern, (unsigned)size_bytes);
    return NULL;
}
