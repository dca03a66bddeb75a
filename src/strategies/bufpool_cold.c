// bufpool_cold: a new pool of buffers each time the live set starts from empty; its buffers are allocated
// when no other is vacant, and freed with the pool, all inside the timed region.
#include "strategies/buffer_pool_objects.h"
#include "strategies/unprepared.h"

ALWAYS_INLINE void strategy_open(struct strategy_state *state)
{
    state->pool = (struct buffer_pool){0};
}

ALWAYS_INLINE void strategy_close(struct strategy_state *state)
{
    buffer_pool_release(&state->pool);
}

#define STRATEGY_NAME bufpool_cold
#include "strategies/instantiate.h"
