// bufpool_warm: one pool, its buffers allocated before the clock starts.
#include "strategies/buffer_pool_objects.h"
#include "strategies/lasting.h"

static bool strategy_prepare(struct strategy_state *state, size_t object_bytes, uint32_t live_objects)
{
    state->pool = (struct buffer_pool){0};
    if (buffer_pool_fill(&state->pool, live_objects, object_bytes))
        return true;
    buffer_pool_release(&state->pool);
    return false;
}

static void strategy_finish(struct strategy_state *state, size_t object_bytes)
{
    (void)object_bytes;
    buffer_pool_release(&state->pool);
}

#define STRATEGY_NAME bufpool_warm
#include "strategies/instantiate.h"
