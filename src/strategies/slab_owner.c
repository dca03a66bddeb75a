// slab_owner: a slab for each thread, from which other threads may remove: what they free comes back to its
// owner by a list without a lock. Created before the clock starts, with room for what can live at once.
#include "slab/slab_shared.h"
#include "strategies/lasting.h"
#include "strategies/unit.h"

struct strategy_state {
    struct slab_owner slab;
};

static bool strategy_prepare(struct strategy_state *state, size_t object_bytes, uint32_t live_objects)
{
    return slab_owner_init(&state->slab, live_objects, object_bytes);
}

static void strategy_finish(struct strategy_state *state, size_t object_bytes)
{
    (void)object_bytes;
    slab_owner_release(&state->slab);
}

ALWAYS_INLINE bool strategy_allocate(struct strategy_state *state, size_t object_bytes, uint64_t word,
                                     size_t *ret_handle)
{
    void *object = slab_owner_insert(&state->slab, ret_handle, object_bytes);
    if (__builtin_expect(!object, 0))
        return false;
    payload_write(object, object_bytes, word);
    return true;
}

// A key that the slab does not hold gives all bits set, which no payload is: the cell then fails as corrupt.
ALWAYS_INLINE uint64_t strategy_deallocate(struct strategy_state *state, size_t object_bytes, size_t handle)
{
    void *object = slab_owner_remove(&state->slab, handle, object_bytes);
    return __builtin_expect(!object, 0) ? UINT64_MAX : payload_read(object, object_bytes);
}

ALWAYS_INLINE uint64_t strategy_deallocate_elsewhere(struct strategy_state *state, size_t object_bytes,
                                                     size_t handle)
{
    uint64_t word = payload_read(slab_owner_get(&state->slab, handle, object_bytes), object_bytes);
    slab_owner_return(&state->slab, handle);
    return word;
}

ALWAYS_INLINE void *strategy_object(struct strategy_state *state, size_t object_bytes, size_t handle)
{
    return slab_owner_get(&state->slab, handle, object_bytes);
}

#define STRATEGY_FREES_ELSEWHERE
#define STRATEGY_NAME slab_owner
#include "strategies/instantiate.h"
