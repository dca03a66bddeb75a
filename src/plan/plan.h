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
    MOST_ITERATIONS = 100000,
    MOST_PROCESSES = 1000,
    ENVIRONMENT_PADDING_BYTES = 4096, // the padding is drawn from [0, this)
};

// What is measured in one cell; every axis of it.
struct cell {
    enum strategy_id strategy;
    enum pattern_id pattern;
    uint32_t size_bytes;
};

// The label in the results' `allocator` column: "box".
void cell_allocator_label(const struct cell *cell, char ret_label[ALLOCATOR_LABEL_BYTES]);

struct plan_request {
    bool strategies[STRATEGY_COUNT];
    bool patterns[PATTERN_COUNT];
    bool sizes[SIZE_COUNT];
    uint32_t iterations; // trials per cell
    uint32_t processes;  // per cell; at most `iterations`
    uint64_t seed;
};

// The standard request: the document's allocators and the controls, all patterns and sizes, 100 iterations in
// 20 processes.
void plan_request_init(struct plan_request *request);

struct planned_process {
    uint32_t order;     // its index in the plan
    uint32_t replicate; // 0 … processes - 1: which of the cell's processes this is
    uint32_t group;     // its (pattern, size) group, numbered through the plan
    struct cell cell;
    uint32_t first_iteration; // its trials are the cell's iterations from this one on
    uint32_t trial_count;
    uint64_t seed; // of its random stream: the same for all allocators of a group in a replicate
    uint32_t environment_padding; // bytes
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

// A platform's name: 1 to 64 of letters, digits, '.', '_', '-', not starting with '.' or '-'. STATUS_USAGE
// otherwise.
MUST_CHECK enum status platform_check(const char *name, struct error *error);

#endif
