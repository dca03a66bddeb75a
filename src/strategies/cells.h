// The code that is measured: for each strategy its functions, one per pattern and size.
#ifndef STRATEGIES_CELLS_H
#define STRATEGIES_CELLS_H

#include "patterns/batch.h"
#include "patterns/patterns.h"
#include "strategies/strategies.h"

enum { STRATEGY_STATE_BYTES = 256 };

struct strategy_cells {
    // Prepares `state` (STRATEGY_STATE_BYTES of zeroes, 16-byte aligned) for objects of `object_bytes`, of
    // which at most `live_objects` live at once. False when out of memory.
    bool (*prepare)(void *state, size_t object_bytes, uint32_t live_objects);
    // Undoes prepare.
    void (*finish)(void *state, size_t object_bytes);
    // NULL for sizes above the strategy's largest_bytes, and for patterns that it cannot run.
    run_batches_function *run[PATTERN_COUNT][SIZE_COUNT];

    // The strategy's steps one by one, with a size at run time: what its promises are tested through, never
    // timed.
    void (*open)(void *state);
    void (*close)(void *state);
    bool (*allocate)(void *state, size_t object_bytes, uint64_t word, size_t *ret_handle);
    uint64_t (*deallocate)(void *state, size_t object_bytes, size_t handle);
    void *(*object)(void *state, size_t object_bytes, size_t handle);
};

// By touch and strategy. NULL where the strategy does not have that touch, and where this build lacks the
// strategy.
extern const struct strategy_cells *const strategy_cells[TOUCH_COUNT][STRATEGY_COUNT];

// The table's name of a strategy in its own file, which is compiled once per touch.
#define STRATEGY_CELLS_NAME(name)                                                                            \
    PAYLOAD_CONCATENATE(PAYLOAD_CONCATENATE(strategy_cells_, STRATEGY_TOUCH), _##name)

#endif
