// What the files of the worker share.
#ifndef WORKER_PRIVATE_H
#define WORKER_PRIVATE_H

#include "axes/axes.h"
#include "strategies/cells.h"
#include "timing/clock.h"
#include "wire/wire.h"

// ---- trials.c: the measurement itself: prepare, cold start, floor, warm-up, trials ----

struct measurement {
    const struct wire_request *request;
    struct cell cell; // what it asks for
    const struct strategy_cells *strategy;
    const struct strategy_cells *floor; // of the harness alone
    int size_index;
    struct clock clock;
    void *context; // of the functions below
    void (*send_setup)(void *context, const struct wire_setup *setup);
    void (*send_trial)(void *context, const struct trial *trial);
    void (*send_census)(void *context, const struct census *census);
};

// Runs everything the request asks for. Between the first object and the last, nothing of the harness
// allocates. Returns how it went, with a reason when it is not OUTCOME_OK.
struct wire_end measure(const struct measurement *measurement);

// ---- heap_proof.c: whose malloc serves this process; see struct heap_proof ----

// Fills in which loaded file holds malloc, its build id, and whether the rest of the family is there too.
// Calls none of them.
void heap_identify(struct heap_proof *ret_heap);

// Fills in what of the environment reached this process, and whether it counts here.
void arrival_identify(struct arrival *ret_arrival);

// Asks malloc for objects, and two witnesses about them: the file that holds malloc, by its
// malloc_usable_size where it exports one, and the C library, whose books must not show them. Frees them
// again. Warms the heap: for after the last trial.
void heap_probe(struct wire_end *end);

#endif
