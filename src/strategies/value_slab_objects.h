// Part of a strategy that moves its objects in and out of a slab of values. A value is built in an object on
// the stack, copied into its entry by the insertion and out again into an object on the stack by the removal.
// Both stack objects pass through a barrier, so that the copies are made.
#ifndef STRATEGIES_VALUE_SLAB_OBJECTS_H
#define STRATEGIES_VALUE_SLAB_OBJECTS_H

#include <stdalign.h>

#include "strategies/unit.h"
#include "strategies/value_slab.h"

struct strategy_state {
    struct value_slab slab;
};

ALWAYS_INLINE bool strategy_allocate(struct strategy_state *state, size_t object_bytes, uint64_t word,
                                     size_t *ret_handle)
{
    alignas(16) unsigned char value[LARGEST_OBJECT_BYTES];
    return value_slab_insert(&state->slab, payload_write(value, object_bytes, word), ret_handle,
                             object_bytes);
}

// A key that the slab does not hold gives all bits set, which no payload is: the cell then fails as corrupt.
ALWAYS_INLINE uint64_t strategy_deallocate(struct strategy_state *state, size_t object_bytes, size_t handle)
{
    alignas(16) unsigned char value[LARGEST_OBJECT_BYTES];
    if (__builtin_expect(!value_slab_remove(&state->slab, handle, value, object_bytes), 0))
        return UINT64_MAX;
    return payload_read(barrier_pointer(value), object_bytes);
}

ALWAYS_INLINE void *strategy_object(struct strategy_state *state, size_t object_bytes, size_t handle)
{
    return value_slab_entry(&state->slab, handle, object_bytes) + value_slab_offset(object_bytes);
}

#endif
