// bufpool_cold: a new pool of buffers each time the live set starts from empty; its buffers are allocated
// when no other is vacant, and freed with the pool, all inside the timed region.
#include "strategies/buffer_pool.h"
#include "strategies/unit.h"

struct strategy_state {
    struct buffer_pool pool;
};

static bool strategy_prepare(struct strategy_state *state, size_t object_bytes, uint32_t live_objects)
{
    (void)state, (void)object_bytes, (void)live_objects;
    return true;
}

static void strategy_finish(struct strategy_state *state, size_t object_bytes)
{
    (void)state, (void)object_bytes;
}

ALWAYS_INLINE void strategy_open(struct strategy_state *state)
{
    state->pool = (struct buffer_pool){0};
}

ALWAYS_INLINE void strategy_close(struct strategy_state *state)
{
    buffer_pool_release(&state->pool);
}

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

ALWAYS_INLINE void *strategy_object(struct strategy_state *state, size_t object_bytes, size_t handle)
{
    (void)state, (void)object_bytes;
    return (void *)handle;
}

#define STRATEGY_NAME bufpool_cold
#include "strategies/instantiate.h"
