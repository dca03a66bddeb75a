// anchor: a small intrusive free list over memory that is mapped before the clock starts. It stands for the
// machine in comparisons across runs and versions: a change of its time is a change of the machine, not of an
// allocator.
//
// FROZEN: this file never changes, in no version; a test knows its checksum. It uses no heap and no other
// file's allocator. The list is last in, first out; objects lie one after the other, rounded up to 16 bytes.
#include <sys/mman.h>

#include "strategies/unit.h"

struct anchor_vacant {
    struct anchor_vacant *next;
};

struct strategy_state {
    struct anchor_vacant *first_vacant;
    unsigned char *memory;
    size_t memory_bytes;
};

static bool strategy_prepare(struct strategy_state *state, size_t object_bytes, uint32_t live_objects)
{
    size_t stride = (object_bytes + 15) / 16 * 16;
    state->memory_bytes = stride * live_objects;
    void *memory =
        mmap(NULL, state->memory_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return false;
    state->memory = memory;
    state->first_vacant = NULL;
    for (uint32_t i = live_objects; i > 0; i--) {
        struct anchor_vacant *vacant = (struct anchor_vacant *)(void *)(state->memory + stride * (i - 1));
        vacant->next = state->first_vacant;
        state->first_vacant = vacant;
    }
    return true;
}

static void strategy_finish(struct strategy_state *state, size_t object_bytes)
{
    (void)object_bytes;
    munmap(state->memory, state->memory_bytes);
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
    struct anchor_vacant *object = state->first_vacant;
    if (__builtin_expect(!object, 0))
        return false;
    state->first_vacant = object->next;
    *ret_handle = (size_t)payload_write(object, object_bytes, word);
    return true;
}

ALWAYS_INLINE uint64_t strategy_deallocate(struct strategy_state *state, size_t object_bytes, size_t handle)
{
    struct anchor_vacant *vacant = (struct anchor_vacant *)handle;
    uint64_t word = payload_read(vacant, object_bytes);
    vacant->next = state->first_vacant;
    state->first_vacant = vacant;
    barrier_memory();
    return word;
}

ALWAYS_INLINE void *strategy_object(struct strategy_state *state, size_t object_bytes, size_t handle)
{
    (void)state, (void)object_bytes;
    return (void *)handle;
}

#define STRATEGY_NAME anchor
#include "strategies/instantiate.h"
