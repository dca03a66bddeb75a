// slab_warm: one slab with capacity for the batch, created before the clock starts.
#include "strategies/lasting.h"
#include "strategies/slab_objects.h"

static bool strategy_prepare(struct strategy_state *state, size_t object_bytes, uint32_t live_objects)
{
    return slab_init_with_capacity(&state->slab, live_objects, object_bytes);
}

static void strategy_finish(struct strategy_state *state, size_t object_bytes)
{
    (void)object_bytes;
    slab_release(&state->slab);
}

#define STRATEGY_NAME slab_warm
#include "strategies/instantiate.h"
