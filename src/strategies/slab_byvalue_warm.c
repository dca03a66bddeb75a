// slab_byvalue_warm: one slab that moves values in and out, with capacity for the batch, created before the
// clock starts.
#include "strategies/unit.h"
#include "strategies/value_slab.h"

struct strategy_state {
    struct value_slab slab;
};

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

ALWAYS_INLINE void strategy_open(struct strategy_state *state)
{
    (void)state;
}

ALWAYS_INLINE void strategy_close(struct strategy_state *state)
{
    (void)state;
}

ALWAYS_INLINE bool strategy_allocate(struct strategy_state *state, size_t object_bytes, uint64_t word,
                                     size_t *ret_handle)
{
    return value_slab_object_allocate(&state->slab, object_bytes, word, ret_handle);
}

ALWAYS_INLINE uint64_t strategy_deallocate(struct strategy_state *state, size_t object_bytes, size_t handle)
{
    return value_slab_object_deallocate(&state->slab, object_bytes, handle);
}

ALWAYS_INLINE void *strategy_object(struct strategy_state *state, size_t object_bytes, size_t handle)
{
    return value_slab_entry(&state->slab, handle, object_bytes) + sizeof(uint64_t);
}

#define STRATEGY_NAME slab_byvalue_warm
#include "strategies/instantiate.h"
