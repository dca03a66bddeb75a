// slab_cold: a new slab each time the live set starts from empty, with nothing reserved; creation, growth and
// destruction are inside the timed region.
#include "slab/slab.h"
#include "strategies/slab_objects.h"
#include "strategies/unit.h"

struct strategy_state {
    struct slab slab;
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
    slab_init(&state->slab);
}

ALWAYS_INLINE void strategy_close(struct strategy_state *state)
{
    slab_release(&state->slab);
}

ALWAYS_INLINE bool strategy_allocate(struct strategy_state *state, size_t object_bytes, uint64_t word,
                                     size_t *ret_handle)
{
    return slab_object_allocate(&state->slab, object_bytes, word, ret_handle);
}

ALWAYS_INLINE uint64_t strategy_deallocate(struct strategy_state *state, size_t object_bytes, size_t handle)
{
    return slab_object_deallocate(&state->slab, object_bytes, handle);
}

ALWAYS_INLINE void *strategy_object(struct strategy_state *state, size_t object_bytes, size_t handle)
{
    return slab_get(&state->slab, handle, object_bytes);
}

#define STRATEGY_NAME slab_cold
#include "strategies/instantiate.h"
