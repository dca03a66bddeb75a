// What a layout costs after the allocation: one live set is made, nothing of it timed, then the first word of
// each object is read in the order in which the objects were allocated, pass after pass, by the clock.
#ifndef WORKER_LIVE_SET_H
#define WORKER_LIVE_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/random.h"
#include "strategies/cells.h"
#include "timing/clock.h"

struct traverse_task {
    const struct strategy_cells *strategy;
    void *state; // after the strategy's prepare, for `live_objects`; its live set is empty
    size_t object_bytes;
    uint32_t live_objects;
    uint32_t passes;
    // As the random pattern does, slots are visited at random, twice as often as there are, an empty one
    // getting an object and a filled one losing it; then the empty ones are filled. Otherwise one object
    // after the other.
    bool scattered;
    bool words_are_written; // the touch writes them: they are checked
    struct random *random;  // of the slots
    const struct clock *clock;
};

enum traverse_result {
    TRAVERSE_DONE,
    TRAVERSE_NO_MEMORY,         // the heap gave none for an object
    TRAVERSE_NO_HARNESS_MEMORY, // the system gave none for the bookkeeping
    TRAVERSE_CORRUPT,           // an object did not hold what was written to it
};

// Makes the live set, reads it and frees it. Handles and addresses are kept in memory that is mapped for
// them, never in the heap under test. ret_ns: of all passes together.
enum traverse_result traverse(const struct traverse_task *task, uint64_t *ret_ns);

#endif
