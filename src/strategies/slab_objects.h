// Part of a strategy that keeps its objects in a slab of src/slab. The object is built in place and read in
// place; its handle is the slab's key.
#ifndef STRATEGIES_SLAB_OBJECTS_H
#define STRATEGIES_SLAB_OBJECTS_H

#include "slab/slab.h"
#include "strategies/unit.h"

struct strategy_state {
    struct slab slab;
};

ALWAYS_INLINE bool strategy_allocate(struct strategy_state *state, size_t object_bytes, uint64_t word,
                                     size_t *ret_handle)
{
    size_t key;
    void *object = slab_insert(&state->slab, &key, object_bytes);
    if (__builtin_expect(!object, 0))
        return false;
    payload_write(object, object_bytes, word);
    *ret_handle = key;
    return true;
}

// A key that the slab does not hold gives all bits set, which no payload is: the cell then fails as corrupt.
ALWAYS_INLINE uint64_t strategy_deallocate(struct strategy_state *state, size_t object_bytes, size_t handle)
{
    void *object = slab_remove(&state->slab, handle, object_bytes);
    return __builtin_expect(!object, 0) ? UINT64_MAX : payload_read(object, object_bytes);
}

ALWAYS_INLINE void *strategy_object(struct strategy_state *state, size_t object_bytes, size_t handle)
{
    return slab_get(&state->slab, handle, object_bytes);
}

#endif
