// slab_locked: one slab for all threads of the process, behind one mutex.
// Created before the clock starts, with room for what can live at once.
#include "slab/slab_shared.h"
#include "strategies/lasting.h"
#include "strategies/unit.h"

struct strategy_state {
    struct slab_locked slab;
};

static bool strategy_prepare(struct strategy_state *state, size_t object_bytes, uint32_t live_objects)
{
    return slab_locked_init(&state->slab, live_objects, object_bytes);
}

static void strategy_finish(struct strategy_state *state, size_t object_bytes)
{
    (void)object_bytes;
    slab_locked_release(&state->slab);
}

ALWAYS_INLINE bool strategy_allocate(struct strategy_state *state, size_t object_bytes, uint64_t word,
                                     size_t *ret_handle)
{
    void *object = slab_locked_insert(&state->slab, ret_handle, object_bytes);
    if (__builtin_expect(!object, 0))
        return false;
    payload_write(object, object_bytes, word);
    return true;
}

// A key that was removed before gives all bits set, which no payload is: the cell then fails as corrupt.
ALWAYS_INLINE uint64_t strategy_deallocate(struct strategy_state *state, size_t object_bytes, size_t handle)
{
    uint64_t word = payload_read(slab_locked_get(&state->slab, handle, object_bytes), object_bytes);
    return __builtin_expect(slab_locked_remove(&state->slab, handle, object_bytes), 1) ? word : UINT64_MAX;
}

ALWAYS_INLINE uint64_t strategy_deallocate_elsewhere(struct strategy_state *state, size_t object_bytes,
                                                     size_t handle)
{
    return strategy_deallocate(state, object_bytes, handle);
}

ALWAYS_INLINE void *strategy_object(struct strategy_state *state, size_t object_bytes, size_t handle)
{
    return slab_locked_get(&state->slab, handle, object_bytes);
}

#define STRATEGY_FREES_ELSEWHERE
#define STRATEGY_NAME slab_locked
#include "strategies/instantiate.h"
