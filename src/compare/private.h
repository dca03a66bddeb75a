// What the module's own files share.
#ifndef COMPARE_PRIVATE_H
#define COMPARE_PRIVATE_H

#include "base/error.h"
#include "base/text.h"
#include "compare/compare.h"
#include "plan/plan.h"
#include <stddef.h>
#include <stdint.h>

// Fills the differences of the facts and what follows from them.
MUST_CHECK enum status compare_facts(const struct dataset runs[RUN_COUNT], struct comparison *comparison,
                                     struct error *error);

// Fills `controls`, and raises the threshold to what they show.
MUST_CHECK enum status compare_controls(const struct dataset runs[RUN_COUNT], struct comparison *comparison,
                                        struct error *error);

// Raises the threshold, if that is more.
void raise_threshold(struct comparison *comparison, double threshold, enum threshold_source source);

// Both runs as they are, but for the processes' values of one metric: those are brought to one speed of the
// machine, as the probes show it. Everything else is shared with the runs. Start with {0}.
struct levelled_runs {
    struct dataset runs[RUN_COUNT];
    double *values;
    double *slopes; // of each cell of A: how far its values follow the probes; 0: not at all, or unknown
};

// `comparable`: whether both are of one machine and build; otherwise, or where a run lacks probes, nothing is
// corrected. `ret_levelled` is released by the caller, before the runs. STATUS_NO_MEMORY is the only failure.
MUST_CHECK enum status level_runs(const struct dataset runs[RUN_COUNT], enum metric metric, bool comparable,
                                  struct levelled_runs *ret_levelled, struct error *error);
void levelled_runs_release(struct levelled_runs *levelled);

// How slow the machine was in each replicate of a run, relative to both runs together: 1.1 is 10 % slower.
// Start with {0}.
struct machine_speed {
    double *numbers; // of the replicates, ascending
    double *slowness;
    size_t count; // 0: there is no anchor that can be used in both runs
};

// The median over the anchors of a replicate, or, where that has fewer than 15, of its neighbours too. Blocks
// whose anchor failed in either run are left out. `ret_speeds` are released by the caller, also after a
// failure.
MUST_CHECK enum status machine_speed_measure(const struct dataset runs[RUN_COUNT], enum metric metric,
                                             struct machine_speed ret_speeds[RUN_COUNT], struct error *error);
void machine_speed_release(struct machine_speed *speed);

// The values of the processes in replicates whose speed is known, in ns per object, each divided by it.
// Returns how many. `ret_values` has room for all processes.
size_t machine_speed_divide(const struct dataset_cell *cell, enum metric metric,
                            const struct machine_speed *speed, double *ret_values);

// Fills `anchor_cells`, `anchor_p95` and `anchor_threshold`, and raises the threshold to that: the anchors
// are the same code in both runs, so how far apart they are, divided like every other cell, is what these two
// runs make of nothing.
MUST_CHECK enum status compare_anchors(const struct dataset runs[RUN_COUNT],
                                       const struct machine_speed speeds[RUN_COUNT],
                                       struct comparison *comparison, struct error *error);

// A cell as both runs measured it; NULL: not measured in that run.
struct cell_pair {
    const struct dataset_cell *cells[RUN_COUNT];
};

// The cells of both runs, controls left out, in order. Returns how many; `ret_pairs` has room for the cells
// of both.
size_t pair_cells(const struct dataset runs[RUN_COUNT], struct cell_pair *ret_pairs);

// Share of a run's trials that were disturbed; NaN where nothing says it.
double disturbed_share(const struct dataset *run);

// Makes the cell inconclusive.
void give_reason(struct compared_cell *compared, enum compare_reason reason, enum run_side side);

// Fills `other_cpus` from the runs' facts.
void read_other_load(const struct dataset runs[RUN_COUNT], struct comparison *comparison);

// Takes back a verdict, slower or faster, that the cell has from the kernel as likely as from the code: it
// asks the kernel for memory, differs by less than 5 %, and others kept the machine unequally busy. Whichever
// run was busier: a neighbour slows the kernel, or, where it slows the anchors more, the division makes up
// for too much.
void doubt_kernel_bound(const struct comparison *comparison, struct compared_cell *cell);

bool is_anchor(const struct dataset_cell *cell);

// Fills `memory`; nothing where one of the runs has no footprints.
MUST_CHECK enum status compare_memory(const struct dataset runs[RUN_COUNT], struct comparison *comparison,
                                      struct error *error);

// ---- fit.c ----
//
// How much a live comparison has to measure.

// The chance that any cell of two identical variants is called different, over all cells. Exact: the test's
// distribution is that of the coin which drew the orders.
#define LIVE_SIGNIFICANCE 0.05

// The fewest blocks in which a difference can be significant in a family of that many cells: if all blocks
// agree, p is 2 / 2^blocks.
uint32_t live_min_blocks(size_t family, double significance);

// Fills `iterations` and `processes` of a request whose cells are chosen: as many as a typical machine
// measures in about two minutes, at most 20 blocks, and never less than can decide. Numbers that are not 0
// stay; with fewer iterations than that, there are as many processes as they allow.
void live_fit(struct plan_request *request);

// ---- variant.c ----
//
// One side of a live comparison, as a person writes it: words that say how its worker is started.
//
//   NAME=value    an environment variable (LD_PRELOAD and GLIBC_TUNABLES among them)
//   heap=NAME     a malloc of heaps.def
//   worker=PATH   another worker executable
//
// Words are separated by spaces; a backslash takes the next character as it is. "" and "-" are the plain one.

// Start with {0}.
struct variant_words {
    struct string_list variables; // NAME=value, but for the two below
    char *preload;                // value of LD_PRELOAD; NULL: none
    char *tunables;               // value of GLIBC_TUNABLES; NULL: none
    char *worker;                 // NULL: the program's own
    const char *heap;             // name of a row of heaps.def; NULL: none
};

// Takes the words apart, without looking at any file. STATUS_USAGE when a word is none of these, is given
// twice, or two contradict each other. `letter` is the variant's name in messages: 'A' or 'B'.
MUST_CHECK enum status variant_parse(const char *words, char letter, struct variant_words *ret_variant,
                                     struct error *error);
void variant_release(struct variant_words *variant);

// Looks at the files that the variant names and fills in what a plan needs; `ret_variant` refers to
// `variant`. A preloaded library that is a malloc becomes the plan's heap, so that its workers must prove it;
// another one becomes one of the variant's variables. To be called once. STATUS_USAGE when a file is missing
// or is not what it should be, STATUS_ENVIRONMENT when this machine lacks the heap.
MUST_CHECK enum status variant_resolve(struct variant_words *variant, char letter, struct plan_heap *ret_heap,
                                       struct variant *ret_variant, struct error *error);

// STATUS_USAGE when the variant has a tunable that the C library of its worker does not take, where that can
// be asked. `worker` is the program's own, for a variant that names none.
MUST_CHECK enum status variant_check_tunables(const struct variant_words *variant, char letter,
                                              const char *worker, struct error *error);

#endif
