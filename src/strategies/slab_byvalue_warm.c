// slab_byvalue_warm: one slab that moves values in and out, with capacity for the batch, created before the
// clock starts.
#include "strategies/lasting.h"
#include "strategies/value_slab_objects.h"

static bool strategy_prepare(struct strategy_state *state, size_t object_bytes, uint32_t live_objects)
{
    state->slab = (struct value_slab){0};
    return value_slab_set_capacity(&state->slab, live_objects, object_bytes);
}

static void strategy_finish(struct strategy_state *state, size_t object_bytes)
{
    (void)object_bytes;
    value_slab_release(&state->slab);
}

#define STRATEGY_NAME slab_byvalue_warm
#include "strategies/instantiate.h"
