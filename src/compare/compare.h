// Two stored runs → a verdict per cell: is B slower than A, faster, unchanged, or undecided?
//
// Per cell: values of processes (see dataset/dataset.h), each adjusted to one speed of the machine by its
// probes and divided by the slowness of the anchors in its replicate; the rank test between the runs; Holm
// over all cells; the median ratio of all pairs with its exact 90 % interval. The size from which a
// difference counts is what the runs' own controls show: anchors between the runs, twins inside each. The
// rule itself is statistics_verdict(). Why: docs/methodology.md.
#ifndef COMPARE_COMPARE_H
#define COMPARE_COMPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "dataset/dataset.h"
#include "dataset/tails.h"
#include "statistics/statistics.h"

enum run_side { RUN_A, RUN_B, RUN_COUNT };

struct compare_options {
    enum metric metric;
    double threshold; // practical: 0.01 is 1 %; raised to what the controls require
    bool force;       // compare although the machines or builds differ
};

// The chance that any cell of two identical runs is called different, over all cells. The test supposes that
// the processes of a run have nothing in common but the code, which is nearly true (docs/methodology.md): so
// the level is below the 5 % that are promised.
#define COMPARE_SIGNIFICANCE 0.01

// The total, from 1 % on.
void compare_options_init(struct compare_options *options);

// Why a cell is inconclusive.
enum compare_reason {
    REASON_NONE,
    REASON_MORE_PROCESSES, // `processes_needed` would decide
    REASON_ON_THRESHOLD,   // no number of processes would: the ratio lies on the threshold
    REASON_MISSING,        // it was not measured in one of the runs
    REASON_FAILED,         // a process of it failed in one of the runs
    REASON_ONE_PROCESS,    // a file without details: its trials are no independent values
    REASON_ANCHOR,         // no block's anchor can be used: they failed
    REASON_FEW_PROCESSES,  // too few for an interval; `processes_needed` is the least number
    REASON_UNEVEN_LOAD,    // it asks the kernel for memory, and others were busier during one of the runs
    REASON_COUNT
};

// "more_processes", …: the word in JSON and CSV. A sentence about it, for a person.
const char *compare_reason_name(enum compare_reason reason);
const char *compare_reason_sentence(enum compare_reason reason);

struct compared_cell {
    struct cell_name name;           // its texts are owned by the runs
    double median_ns[RUN_COUNT];     // per object, not divided by anything; NaN when there is none
    size_t processes[RUN_COUNT];     // with a value
    size_t min_values;               // of the runs, that are compared: those of a replicate with an anchor
    double disturbed[RUN_COUNT];     // share of its trials that were disturbed; NaN without trials
    double kernel_events[RUN_COUNT]; // page faults and system calls for memory, per object; NaN: not counted
    bool divided_by_anchor;
    double probe_slope;    // power of the probe's time that each process was divided by; 0: of none
    struct estimate ratio; // B / A with its 90 % interval
    double p_value, adjusted_p;
    enum verdict verdict;
    enum compare_reason reason; // of VERDICT_INCONCLUSIVE
    enum run_side reason_side;  // the run that the reason is about; RUN_COUNT: both, or neither
    size_t processes_needed;    // per cell and run; 0: none known
};

// Of a footprint, per byte that was asked for, beyond the start of the process.
enum memory_quantity {
    MEMORY_FULL,     // resident with all objects live
    MEMORY_REFILLED, // when half of them were freed and another size took their place
    MEMORY_KEPT,     // 5 s after all were freed
    MEMORY_LEAKED,   // that the C library's heap still counts as handed out then
    MEMORY_QUANTITY_COUNT
};
const char *memory_quantity_name(enum memory_quantity quantity); // "full", "refilled", "kept", "not_freed"

enum memory_verdict { MEMORY_MORE, MEMORY_LESS, MEMORY_UNCHANGED, MEMORY_VERDICT_COUNT };
const char *memory_verdict_name(enum memory_verdict verdict); // "more", …

struct compared_memory {
    struct cell_name name; // its texts are owned by the runs; its pattern means nothing
    enum memory_quantity quantity;
    double values[RUN_COUNT];
    double limit; // differences up to this are none
    enum memory_verdict verdict;
};

enum tail_verdict { TAIL_LONGER, TAIL_SHORTER, TAIL_UNCHANGED, TAIL_INCONCLUSIVE, TAIL_VERDICT_COUNT };
const char *tail_verdict_name(enum tail_verdict verdict); // "longer", …

// A percentile of the time of single operations, without those that were preempted.
struct compared_tail {
    struct cell_name name; // its texts are owned by the runs
    enum tail_operation operation;
    enum tail_quantile quantile;
    double values[RUN_COUNT]; // ns
    struct estimate ratio;    // B / A with its 99 % interval
    double limit;             // 0.1: ratios within 10 % either way are no difference
    enum tail_verdict verdict;
};

struct fact_difference {
    const char *label; // "CPU model"
    const char *key;
    const char *values[RUN_COUNT]; // NULL: not stored
    bool decides;                  // the runs are not comparable because of it
};

// What set the threshold.
enum threshold_source { THRESHOLD_ASKED, THRESHOLD_NULL_CONTROL, THRESHOLD_ANCHORS, THRESHOLD_SOURCE_COUNT };
const char *threshold_source_name(enum threshold_source source); // "asked", "null_control", "anchors"

struct comparison {
    enum metric metric;
    struct compared_cell *cells; // in the order of cell_name_order()
    size_t count;
    size_t verdict_counts[VERDICT_COUNT];
    size_t tested;                  // cells with a p value: Holm's family
    struct compared_memory *memory; // of the allocators and sizes of which both runs have footprints
    size_t memory_count;
    size_t memory_counts[MEMORY_VERDICT_COUNT];
    struct compared_tail *tails; // of the cells of which both runs have tails
    size_t tail_count;
    size_t tail_counts[TAIL_VERDICT_COUNT];
    double threshold;
    enum threshold_source threshold_source;
    size_t anchor_cells;     // whose anchor both runs can be divided by; 0: nothing is divided
    double anchor_p95;       // 95th percentile over them of how far B / A of the anchor itself is from 1
    double anchor_threshold; // what follows for the threshold; 0 without anchors
    double significance;     // family-wise: COMPARE_SIGNIFICANCE or LIVE_SIGNIFICANCE
    struct null_control controls[RUN_COUNT];
    double disturbed[RUN_COUNT];    // share of the trials that were disturbed, over all cells; NaN: not known
    bool anchor_missing[RUN_COUNT]; // nothing is divided when either lacks it
    double other_cpus[RUN_COUNT];   // that others kept busy during the run, on average; NaN: unknown
    struct fact_difference *differences;
    size_t difference_count;
    bool facts_unknown; // neither run says what machine it was made on
    bool comparable;    // no difference decides
    bool forced;        // compared although not comparable
    bool live;          // A and B are variants measured side by side: nothing is divided by an anchor
};

// Compares. Runs that are not comparable give a comparison without cells, unless forced. `ret_comparison` is
// released by the caller and refers to the runs. STATUS_NO_MEMORY is the only failure.
MUST_CHECK enum status compare_runs(const struct dataset runs[RUN_COUNT],
                                    const struct compare_options *options, struct comparison *ret_comparison,
                                    struct error *error);
void comparison_release(struct comparison *comparison);

// The outcome as a whole, with its exit code.
enum compare_outcome {
    COMPARE_NO_REGRESSION = 0,
    COMPARE_REGRESSION = 1,
    COMPARE_INCONCLUSIVE = 3, // nothing is slower, but not every cell could be decided
    COMPARE_NOT_COMPARABLE = 4,
};
enum compare_outcome comparison_outcome(const struct comparison *comparison);
const char *compare_outcome_name(enum compare_outcome outcome); // "no_regression", …

// Sets `tested` and every cell's adjusted_p from the p values: Holm over all cells that have one.
MUST_CHECK enum status comparison_adjust_p_values(struct comparison *comparison, struct error *error);

// Gives a cell that can be judged its verdict, from its ratio and adjusted_p; for an inconclusive one, the
// reason and how many values would decide. `values`: how many it has of the run that has fewer, processes or
// blocks of them; `least`: the fewest that can be significant at all.
void comparison_decide(const struct comparison *comparison, struct compared_cell *cell, size_t values,
                       size_t least);

// A cell of which nothing is known yet.
struct compared_cell compared_cell_of(struct cell_name name);

// Whether others kept 0.1 CPUs more busy during one run than during the other. Never between live variants,
// nor where it is unknown of a run.
bool comparison_is_unevenly_loaded(const struct comparison *comparison);

// Cells that are slower or faster between stored runs and ask the kernel for memory while they are timed, at
// least once in a hundred objects. What the kernel takes for it differs from run to run by a few percent,
// beside a neighbour or not, and the anchors, which ask for nothing, do not show it.
size_t comparison_count_kernel_bound(const struct comparison *comparison);

// All of it, as docs/compare.md describes: JSON, and a CSV row per cell. Texts out of files are escaped.
void comparison_append_json(struct text *text, const struct comparison *comparison,
                            const struct dataset runs[RUN_COUNT]);
void comparison_append_csv(struct text *text, const struct comparison *comparison);

#endif
