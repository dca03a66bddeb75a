// What the module's own files share.
#ifndef COMPARE_PRIVATE_H
#define COMPARE_PRIVATE_H

#include "compare/compare.h"

// Fills the differences of the facts and what follows from them.
MUST_CHECK enum status compare_facts(const struct run_values runs[RUN_COUNT], struct comparison *comparison,
                                     struct error *error);

// Fills `controls` and what follows for the threshold; `threshold` as in the options.
MUST_CHECK enum status compare_controls(const struct run_values runs[RUN_COUNT], double threshold,
                                        struct comparison *comparison, struct error *error);

// How slow the machine was in each replicate of a run, relative to both runs together: 1.1 is 10 % slower.
// Start with {0}.
struct machine_speed {
    double *numbers; // of the replicates, ascending
    double *slowness;
    size_t count; // 0: there is no group whose anchor can be used in both runs
};

// The median over the anchors of a replicate, or, where that has fewer than 15, of its neighbours too. Groups
// whose anchor failed or was disturbed in either run are left out. `ret_speeds` are released by the caller,
// also after a failure.
MUST_CHECK enum status machine_speed_measure(const struct run_values runs[RUN_COUNT],
                                             struct machine_speed ret_speeds[RUN_COUNT], struct error *error);
void machine_speed_release(struct machine_speed *speed);

// The values of the processes in replicates whose speed is known, each divided by it. Returns how many.
// `ret_values` has room for all processes.
size_t machine_speed_divide(const struct cell_values *cell, const struct machine_speed *speed,
                            double *ret_values);

// Fills `anchor_groups` and `anchor_p95`: the anchors are the same code in both runs, so how far apart they
// are, divided like every other cell, is what these two runs make of nothing.
MUST_CHECK enum status compare_anchors(const struct run_values runs[RUN_COUNT],
                                       const struct machine_speed speeds[RUN_COUNT],
                                       struct comparison *comparison, struct error *error);

// Makes the cell inconclusive.
void give_reason(struct compared_cell *compared, enum compare_reason reason, enum run_side side);

// Fills `other_cpus` from the runs' facts.
void read_other_load(const struct run_values runs[RUN_COUNT], struct comparison *comparison);

// Takes back a verdict, slower or faster, that the cell has from the kernel as likely as from the code: it
// asks the kernel for memory, differs by less than 5 %, and others kept the machine unequally busy. Whichever
// run was busier: a neighbour slows the kernel, or, where it slows the anchors more, the division makes up
// for too much.
void doubt_kernel_bound(const struct comparison *comparison, struct compared_cell *cell);

// 0.02 for a ratio of 1.02, and for one of 1 / 1.02.
double distance_from_one(double ratio);

bool is_anchor(const struct cell_values *cell);

#endif
