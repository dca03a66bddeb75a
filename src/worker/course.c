// One process measures one cell, in the way of one kind of measurement: the heap is littered where the cell
// asks for that, the strategy is prepared, then the kind's own function runs, and after the trials those of
// the kinds that are measured in the same process.
#include "litter/litter.h"
#include "os/os.h"
#include "worker/private.h"

typedef struct wire_end measure_function(struct session *session, bool after_trials);

static measure_function *const functions[MEASUREMENT_COUNT] = {
#define MEASUREMENT(name, ...) measure_##name,
#include "measurements/measurements.def"
};

// The same litter for all allocators of a block, whose seed is the same.
static struct wire_end make_litter(const struct wire_request *request)
{
    enum { LITTER_STREAM = 1 };
    struct litter litter;
    const struct litter_request wanted = {.bytes = request->litter_bytes,
                                          .seed = random_derive_seed(request->seed, LITTER_STREAM)};
    switch (litter_heap(&wanted, &litter)) {
    case LITTER_NO_MEMORY:
        return ended(OUTCOME_OUT_OF_MEMORY, "the heap gave no memory for the litter");
    case LITTER_NO_HARNESS_MEMORY:
        return ended(OUTCOME_OUT_OF_MEMORY, no_bookkeeping);
    case LITTER_DONE:
        break;
    }
    return ended(OUTCOME_OK, "");
}

static struct wire_end measure_after_trials(struct session *session, struct wire_end end)
{
    const uint32_t kinds = session->measurement->request->after_trials;
    for (int kind = 0; kind < MEASUREMENT_COUNT && end.outcome == OUTCOME_OK; kind++)
        if (measurements_have(kinds, (enum measurement_id)kind))
            end = functions[kind](session, true);
    return end;
}

struct wire_end measure(const struct measurement *measurement)
{
    const struct wire_request *request = measurement->request;
    const struct strategy_cells *strategy = measurement->strategy;
    struct session session = {0};
    if (!session_open(&session, measurement))
        return ended(OUTCOME_OUT_OF_MEMORY, no_bookkeeping);
    draw_steps(&session);
    session.setup.resident_bytes = os_resident_bytes();
    heap_identify(&session.setup.heap);
    arrival_identify(&session.setup.arrival);
    if (measurement->cell.heap_state == HEAP_STATE_littered) {
        struct wire_end littered = make_litter(request);
        if (littered.outcome != OUTCOME_OK)
            return littered;
    }
    if (!strategy->prepare(session.state, measurement->cell.size_bytes, measurement->cell.live_objects))
        return ended(OUTCOME_OUT_OF_MEMORY, "the heap gave no memory to prepare the strategy");
    struct wire_end end = measure_after_trials(&session, functions[request->kind](&session, false));
    strategy->finish(session.state, measurement->cell.size_bytes);
    return end;
}
