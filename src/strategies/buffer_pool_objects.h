// Part of a strategy that leases its objects from a pool of buffers.
#ifndef STRATEGIES_BUFFER_POOL_OBJECTS_H
#define STRATEGIES_BUFFER_POOL_OBJECTS_H

#include "strategies/address_handles.h"
#include "strategies/buffer_pool.h"

struct strategy_state {
    struct buffer_pool pool;
};

ALWAYS_INLINE bool strategy_allocate(struct strategy_state *state, size_t object_bytes, uint64_t word,
                                     size_t *ret_handle)
{
    void *buffer = buffer_pool_lease(&state->pool, object_bytes);
    if (__builtin_expect(!buffer, 0))
        return false;
    *ret_handle = (size_t)payload_write(buffer, object_bytes, word);
    return true;
}

ALWAYS_INLINE uint64_t strategy_deallocate(struct strategy_state *state, size_t object_bytes, size_t handle)
{
    void *buffer = (void *)handle;
    uint64_t word = payload_read(buffer, object_bytes);
    buffer_pool_return(&state->pool, buffer);
    return word;
}

#endif
