// From what the user asked for to the list of processes to run: validated, seeded, interleaved.
//
// The plan is made of replicates. In each, the (pattern, size) groups are shuffled, and inside a group all
// allocators run next to each other in random order, so that slow drift of the machine hits what is compared
// alike (randomized complete block design; Montgomery, Design and Analysis of Experiments, ch. 4). The same
// request gives the same plan.
#ifndef PLAN_PLAN_H
#define PLAN_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "patterns/patterns.h"
#include "strategies/strategies.h"

enum {
    ALLOCATOR_LABEL_BYTES = 64,
    HEAP_NAME_BYTES = 32,
    HEAP_LIBRARY_BYTES = 512,
    HEAP_TUNABLES_BYTES = 256,
    MOST_HEAPS = 16,
    MOST_LIVE_COUNTS = 8,
    MOST_LIVE_OBJECTS = 50000, // slots of the random pattern are numbered in 16 bits
    MOST_ITERATIONS = 100000,
    MOST_PROCESSES = 1000,
    PRECISE_PROCESSES = 40,           // of --precise
    PRECISE_TRIALS = 10,              // likewise, of each process
    ENVIRONMENT_PADDING_BYTES = 4096, // the padding is drawn from [0, this)
};

// A malloc implementation underneath, as a worker is started with it.
struct plan_heap {
    char name[HEAP_NAME_BYTES];         // "system", "jemalloc", …
    char library[HEAP_LIBRARY_BYTES];   // preloaded into the worker; empty: the libc's own malloc
    char tunables[HEAP_TUNABLES_BYTES]; // GLIBC_TUNABLES of the worker; empty: as in the driver's environment
    const struct string_list
        *variables;     // more of the worker's environment, NAME=value; not owned, may be NULL
    const char *worker; // another worker executable; not owned; NULL: the runner's
};

// What is measured in one cell; every axis of it.
struct cell {
    enum strategy_id strategy;
    enum pattern_id pattern;
    uint32_t size_bytes;
    uint32_t heap;         // index into the request's heaps; 0 for strategies that use none
    uint32_t live_objects; // of a batch
};

struct plan_request {
    bool strategies[STRATEGY_COUNT];
    bool patterns[PATTERN_COUNT];
    bool sizes[SIZE_COUNT];
    uint32_t iterations; // trials per cell
    uint32_t processes;  // per cell; at most `iterations`
    uint64_t seed;
    enum touch touch; // one for the whole run: numbers of different touches are never mixed
    struct plan_heap heaps[MOST_HEAPS];
    uint32_t heap_count;
    uint32_t live_objects[MOST_LIVE_COUNTS]; // ascending
    uint32_t live_count;
    bool traverse; // after allocation: also time the reading of the live objects
};

// The standard request: the document's allocators and the controls, all patterns and sizes, 100 iterations in
// 20 processes.
void plan_request_init(struct plan_request *request);

struct planned_process {
    uint32_t order;     // its index in the plan
    uint32_t replicate; // 0 … processes - 1: which of the cell's processes this is
    uint32_t group;     // its (pattern, size, live objects) group, numbered through the plan
    struct cell cell;
    char allocator[ALLOCATOR_LABEL_BYTES]; // in the results' `allocator` column: "box", "box@jemalloc"
    uint32_t first_iteration;              // its trials are the cell's iterations from this one on
    uint32_t trial_count;                  // fewer for box_twin
    uint64_t seed; // of its random stream: the same for all allocators of a group in a replicate
    uint32_t environment_padding; // bytes
    uint32_t extra_batches; // 0 in every plan: a slowdown that the self-test plants, in batches of a trial
    const struct strategy *planted_code; // NULL in every plan: whose code the self-test runs under this label
};

struct plan {
    struct plan_request request;
    struct planned_process *processes;
    size_t count;
    uint64_t fingerprint; // of everything in the request; equal plans have equal fingerprints
};

// Builds the plan. STATUS_USAGE when the request is empty or out of range. `ret_plan` is owned by the caller.
MUST_CHECK enum status plan_build(const struct plan_request *request, struct plan *ret_plan,
                                  struct error *error);
void plan_release(struct plan *plan);

enum { ABBA_PROCESSES = 4 };

// Builds the plan of a live comparison of the request's two heaps, A and B: `processes` / 2 blocks of each
// cell, a block being ABBA_PROCESSES adjacent processes in the order A B B A or B A A B, by a coin. The
// blocks of all cells take turns in random order. `iterations` are of each cell and heap, shared by its
// processes. STATUS_USAGE when the request is empty or out of range, or `processes` is odd.
MUST_CHECK enum status plan_build_abba(const struct plan_request *request, struct plan *ret_plan,
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
