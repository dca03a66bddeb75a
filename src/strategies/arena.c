// arena: bump allocation in one block that was allocated before the clock starts. Deallocation reads the
// object back and does nothing else: all objects end at once, with the live set. So memory is not used again
// while the live set lasts, and the block has room for every object that a batch can allocate.
#include <stdlib.h>

#include "strategies/address_handles.h"
#include "strategies/unit.h"

struct strategy_state {
    unsigned char *block, *block_end;
    unsigned char *next; // where the next object goes
};

ALWAYS_INLINE size_t object_stride(size_t object_bytes)
{
    return (object_bytes + 7) / 8 * 8;
}

// The random pattern allocates at most once per step.
static bool strategy_prepare(struct strategy_state *state, size_t object_bytes, uint32_t live_objects)
{
    size_t bytes = (size_t)live_objects * RANDOM_STEPS_PER_OBJECT * object_stride(object_bytes);
    state->block = malloc(bytes);
    if (!state->block)
        return false;
    state->block_end = state->block + bytes;
    state->next = state->block;
    return true;
}

static void strategy_finish(struct strategy_state *state, size_t object_bytes)
{
    (void)object_bytes;
    free(state->block);
}

ALWAYS_INLINE void strategy_open(struct strategy_state *state)
{
    (void)state;
}

ALWAYS_INLINE void strategy_close(struct strategy_state *state)
{
    state->next = state->block;
    barrier_memory();
}

ALWAYS_INLINE bool strategy_allocate(struct strategy_state *state, size_t object_bytes, uint64_t word,
                                     size_t *ret_handle)
{
    unsigned char *object = state->next;
    if (__builtin_expect(object == state->block_end, 0))
        return false;
    state->next = object + object_stride(object_bytes);
    *ret_handle = (size_t)payload_write(object, object_bytes, word);
    return true;
}

ALWAYS_INLINE uint64_t strategy_deallocate(struct strategy_state *state, size_t object_bytes, size_t handle)
{
    (void)state;
    uint64_t word = payload_read((const void *)handle, object_bytes);
    barrier_memory();
    return word;
}

#define STRATEGY_NAME arena
#include "strategies/instantiate.h"
