// Two runs that never happened, for tests of the comparison: what they would show is known.
#ifndef TESTS_COMPARISON_DATA_H
#define TESTS_COMPARISON_DATA_H

#include "base/cleanup.h"
#include "compare/compare.h"
#include "statistics/statistics.h"

// How to make one run. Every allocator has every pattern and size; box_twin and anchor are made too.
struct run_recipe {
    uint64_t seed;
    size_t processes;
    size_t sizes;        // 8, 16, 24, … bytes
    enum shape shape;    // of the noise between processes
    double noise;        // how much of the shape's spread is taken: 1 all, 0 none
    double drift;        // slowdown from the first to the last replicate, of all that runs in it: 0.2 is 20 %
    double machine;      // factor on everything, the anchor included; 1 for none
    double box_slowdown; // factor on box alone, its twin left as it is; 1 for none
    double slab_slowdown; // factor on slab_warm; 1 for none
    double twin_slowdown; // factor on box_twin; 1 for none
    bool no_controls;     // neither box_twin nor anchor
};

// Quiet, 20 processes, 4 sizes, no effect of anything.
struct run_recipe quiet_run(uint64_t seed);

// The run of a recipe, with the facts of one machine; released by run_values_release. Fails the test without
// memory.
struct run_values make_run(const struct run_recipe *recipe);

// Declares `runs`, made of two recipes, and releases them at the end of the block.
#define MADE_RUNS(a, b)                                                                                      \
    CLEANUP(release_made_runs) struct run_values runs[RUN_COUNT] = {make_run(&(a)), make_run(&(b))}
void release_made_runs(struct run_values (*runs)[RUN_COUNT]);

// As for real runs, but for fewer resamples.
struct compare_options usual_options(void);

// The comparison of two runs; fails the test when it fails.
struct comparison compare_made(const struct run_values runs[RUN_COUNT],
                               const struct compare_options *options);

const struct compared_cell *find_compared(const struct comparison *comparison, const char *allocator,
                                          const char *pattern, uint64_t size_bytes);

#endif
