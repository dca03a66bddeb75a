// The measurement itself: prepare, cold start, floor, warm-up, trials. Private to the worker.
#ifndef WORKER_TRIALS_H
#define WORKER_TRIALS_H

#include "strategies/cells.h"
#include "timing/clock.h"
#include "wire/wire.h"

struct measurement {
    const struct wire_request *request;
    const struct strategy_cells *strategy;
    const struct strategy_cells *floor; // of the harness alone
    enum pattern_id pattern;
    int size_index;
    enum touch touch;
    struct clock clock;
    void *context; // of the functions below
    void (*send_setup)(void *context, const struct wire_setup *setup);
    void (*send_trial)(void *context, const struct trial *trial);
    void (*send_census)(void *context, const struct census *census);
};

// Runs everything the request asks for. Between the first object and the last, nothing of the harness
// allocates. Returns how it went, with a reason when it is not OUTCOME_OK.
struct wire_end measure(const struct measurement *measurement);

#endif
