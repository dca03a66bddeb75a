// Two runs that never happened, for tests of the comparison: what they would show is known.
#ifndef TESTS_COMPARISON_DATA_H
#define TESTS_COMPARISON_DATA_H

#include "base/cleanup.h"
#include "compare/compare.h"
#include "dataset/dataset.h"
#include "statistics/statistics.h"

// What the probes of a made run show: nothing, since there are none; the machine's speed; or two speeds of
// their own, that nothing else follows.
enum made_probes { PROBES_NONE, PROBES_FOLLOW, PROBES_UNRELATED };

// How to make one run. Every allocator has every pattern and size; box_twin and anchor are made too.
struct run_recipe {
    uint64_t seed;
    size_t processes;
    size_t sizes;       // 8, 16, 24, … bytes
    enum shape shape;   // of the noise between processes
    double noise;       // how much of the shape's spread is taken: 1 all, 0 none
    double drift;       // slowdown from the first to the last replicate, of all that runs in it: 0.2 is 20 %
    double machine;     // factor on everything, the anchor included; 1 for none
    double slow_state;  // the machine is that much slower for most of the time, in turns; 1: it has one speed
    bool unevenly_slow; // the slow times slow some allocators more than others, and the anchor less than all
    enum made_probes probes;
    double box_slowdown;  // factor on box alone, its twin left as it is; 1 for none
    double slab_slowdown; // factor on slab_warm; 1 for none
    double twin_slowdown; // factor on box_twin; 1 for none
    bool no_controls;     // neither box_twin nor anchor
};

// Quiet, 20 processes, 4 sizes, no effect of anything.
struct run_recipe quiet_run(uint64_t seed);

// The run of a recipe, with the facts of one machine; released by dataset_release. Fails the test without
// memory. Within a replicate the processes of one pattern and size run one after the other, as in a plan.
struct dataset make_run(const struct run_recipe *recipe);

// Declares `runs`, made of two recipes, and releases them at the end of the block.
#define MADE_RUNS(a, b)                                                                                      \
    CLEANUP(release_made_runs) struct dataset runs[RUN_COUNT] = {make_run(&(a)), make_run(&(b))}
void release_made_runs(struct dataset (*runs)[RUN_COUNT]);

// An empty cell at the end of a dataset, with copies of the names and room for so many processes, numbered
// from 0. Cells that were added or renamed have to be sorted before the dataset is read.
struct dataset_cell *add_cell(struct dataset *dataset, struct cell_name name, size_t processes);
void sort_cells(struct dataset *dataset);

// The cell to spoil, which the run owns; fails the test when there is none.
struct dataset_cell *cell_of(struct dataset *run, const char *allocator, const char *pattern,
                             uint64_t size_bytes);

void rename_cell(struct dataset_cell *cell, const char *allocator);
void scale_cell(struct dataset_cell *cell, double factor); // its times
void fail_cell(struct dataset_cell *cell);                 // as if a process of it had crashed

// Whether it is the anchor's.
bool is_anchor_cell(const struct dataset_cell *cell);

// The comparison of two runs; fails the test when it fails.
struct comparison compare_made(const struct dataset runs[RUN_COUNT], const struct compare_options *options);

// With the options as they are unless a user says otherwise.
struct comparison compare_usual(const struct dataset runs[RUN_COUNT]);

const struct compared_cell *find_compared(const struct comparison *comparison, const char *allocator,
                                          const char *pattern, uint64_t size_bytes);

#endif
