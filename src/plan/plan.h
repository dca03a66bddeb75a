// From what the user asked for to the list of processes to run: validated, seeded, interleaved.
//
// The plan is made of replicates. In each, the (pattern, size) blocks are shuffled, and inside a block all
// allocators run next to each other in random order, so that slow drift of the machine hits what is compared
// alike (randomized complete block design; Montgomery, Design and Analysis of Experiments, ch. 4). The same
// request gives the same plan.
#ifndef PLAN_PLAN_H
#define PLAN_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "axes/axes.h"
#include "base/error.h"
#include "base/text.h"
#include "measurements/measurements.h"

enum {
    HEAP_NAME_BYTES = 32,
    HEAP_LIBRARY_BYTES = 512,
    HEAP_TUNABLES_BYTES = 256,
    MAX_ITERATIONS = 100000,
    MAX_PROCESSES = 1000,
    STANDARD_ITERATIONS = 100,
    STANDARD_PROCESSES = 30,      // why so many: docs/methodology.md
    STANDARD_SPARE_PROCESSES = 7, // a quarter of these: more has no time (runner/repetitions.h)
    PRECISE_PROCESSES = 40,       // of --precise
    PRECISE_TRIALS = 10,          // likewise, of each process
    STANDARD_LITTER_MEBIBYTES = 16,
    MAX_LITTER_MEBIBYTES = 65536,
    STANDARD_FOOTPRINT_BYTES = 32 << 20,
    MIN_FOOTPRINT_BYTES = 1 << 18,
    PLAN_MIN_TWINS = 10,              // replicates that have every twin, if there are as many
    ENVIRONMENT_PADDING_BYTES = 4096, // the padding is drawn from [0, this)
};

#define MAX_FOOTPRINT_BYTES (UINT64_C(1) << 36)

// A malloc implementation underneath, as a worker is started with it.
struct plan_heap {
    char name[HEAP_NAME_BYTES];         // "system", "jemalloc", …
    char library[HEAP_LIBRARY_BYTES];   // preloaded into the worker; empty: the libc's own malloc
    char tunables[HEAP_TUNABLES_BYTES]; // GLIBC_TUNABLES of the worker; empty: as in the driver's environment
};

// How a process is started and what it runs, beside its cell and its heap: of a live comparison, or planted
// by the self-test. All zero in every other process. Nothing is owned.
struct variant {
    const struct string_list *variables; // more of its environment, NAME=value; NULL: none
    const char *worker;                  // its executable; NULL: the runner's
    const struct strategy *code;         // that runs under the cell's label; NULL: the cell's own
    uint32_t extra_batches;              // a slowdown, in batches of a trial
    uint32_t leak_per_mille;             // objects of its footprint that are not freed
    uint32_t slow_one_in;                // allocations of its tails, of which one is slow; 0: none
};

struct plan_request {
    struct axis_values axes[AXIS_COUNT]; // what is to be measured; of heaps none, they are those below
    uint32_t iterations;                 // trials per cell
    uint32_t processes;                  // per cell; at most `iterations`
    uint32_t spare_processes;            // per cell: that may be added while the run goes on
    uint64_t seed;
    struct plan_heap heaps[MAX_HEAPS];
    uint32_t heap_count;
    uint32_t litter_mebibytes; // that a littered heap has held
    uint32_t measurements;     // kinds that are asked for beside the trials, a bit each
    uint64_t footprint_bytes;  // of the objects that a footprint asks for
};

// The standard request: the document's allocators and the controls, all patterns and sizes, the standard
// value of all other axes, STANDARD_ITERATIONS in STANDARD_PROCESSES.
void plan_request_init(struct plan_request *request);

// Leaves out the patterns that none of the request's numbers of threads can run.
void plan_fit_patterns(struct plan_request *request);

// The value of an axis that has one for the whole run.
uint32_t plan_request_value(const struct plan_request *request, enum axis_id axis);

// Whether the request asks for any cell with these values of strategy, pattern and size.
bool plan_request_has(const struct plan_request *request, enum strategy_id strategy, enum pattern_id pattern,
                      uint32_t size_bytes);

struct planned_process {
    uint32_t order;     // its index in the plan
    uint32_t replicate; // 0 … processes - 1: which of the cell's processes this is
    uint32_t block;     // the block of its condition, numbered through the plan
    struct cell cell;
    char
        allocator[ALLOCATOR_LABEL_BYTES]; // in the results: "box", "box@jemalloc"; of a live comparison "box"
    uint32_t first_iteration;             // its trials are the cell's iterations from this one on
    uint32_t trial_count;
    uint64_t seed;                // of its random stream: the same for all allocators of a block
    uint32_t environment_padding; // bytes
    struct variant variant;
    uint32_t side; // of a live comparison: an enum plan_side; 0 elsewhere
};

struct plan {
    struct plan_request request;
    struct planned_process *processes; // behind those of the plan: those of spare replicates
    size_t count;
    size_t spare_count;       // processes behind the plan's
    uint64_t fingerprint;     // of everything in the request; equal plans have equal fingerprints
    uint32_t cut_processes;   // processes of a cell before plan_cut; 0: it was not cut
    uint32_t added_processes; // of a cell, that were spare
};

// Builds the plan. STATUS_USAGE when the request is empty or out of range. `ret_plan` is owned by the caller.
MUST_CHECK enum status plan_build(const struct plan_request *request, struct plan *ret_plan,
                                  struct error *error);
void plan_release(struct plan *plan);

// Takes the next spare replicate into the plan, and the request as if it had asked for it. Without a spare
// one nothing changes. The fingerprint stays.
void plan_add_replicate(struct plan *plan);

// Leaves the first `replicates` of the plan, spare ones among them, none to spare, and the request as if it
// had asked for these. The fingerprint stays that of the whole plan.
void plan_cut(struct plan *plan, uint32_t replicates);

// How many cells the plan has. The first replicate has them all.
size_t plan_count_cells(const struct plan *plan);

// The kinds that are measured in this process with its trials, a bit each. With several threads there are
// only trials.
uint32_t plan_measurements_with(const struct plan *plan, const struct planned_process *process);

// Whether a kind that has processes of its own per cell has one beside this process: beside the first of a
// cell, as many as the table of kinds says.
bool plan_measures_beside(const struct plan *plan, enum measurement_id kind,
                          const struct planned_process *process);

// How many such processes the plan has, of all kinds.
size_t plan_count_measurements(const struct plan *plan);

// How long they are expected to take together, in seconds, before any was seen.
double plan_measurements_seconds(const struct plan *plan);

enum { ABBA_PROCESSES = 4 };

enum plan_side { PLAN_SIDE_A, PLAN_SIDE_B, PLAN_SIDE_COUNT };

// Builds the plan of a live comparison of two variants: `processes` / 2 blocks of each cell, a block being
// ABBA_PROCESSES adjacent processes in the order A B B A or B A A B, by a coin. The blocks of all cells take
// turns in random order. `iterations` are of each cell and variant, shared by its processes. The request has
// the heap of each variant, at its side's index. STATUS_USAGE when the request is empty or out of range, or
// `processes` is odd.
MUST_CHECK enum status plan_build_abba(const struct plan_request *request,
                                       const struct variant variants[PLAN_SIDE_COUNT], struct plan *ret_plan,
                                       struct error *error);

// Cells of a request have numbers below plan_cell_slots(), for tables with an entry per cell.
size_t plan_cell_slots(const struct plan_request *request);
size_t plan_cell_slot(const struct plan_request *request, const struct cell *cell);

// Batches of a trial: INNER_LOOP for BATCH_SIZE live objects, otherwise as many as keep the objects of a
// trial the same, at least 2.
uint32_t plan_batches(uint32_t live_objects);

// A platform's name: 1 to 64 of letters, digits, '.', '_', '-', not starting with '.' or '-'. STATUS_USAGE
// otherwise.
MUST_CHECK enum status platform_check(const char *name, struct error *error);

#endif
