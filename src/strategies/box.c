// box: one malloc and one free per object, as Rust's Box::new does for alignments of up to 16 bytes (its
// System allocator calls malloc and free there).
#include <stdlib.h>

#include "strategies/unit.h"

struct strategy_state {
    char unused;
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
    (void)state;
}

ALWAYS_INLINE void strategy_close(struct strategy_state *state)
{
    (void)state;
}

ALWAYS_INLINE bool strategy_allocate(struct strategy_state *state, size_t object_bytes, uint64_t word,
                                     size_t *ret_handle)
{
    (void)state;
    void *object = malloc(object_bytes);
    if (__builtin_expect(!object, 0))
        return false;
    *ret_handle = (size_t)payload_write(object, object_bytes, word);
    return true;
}

ALWAYS_INLINE uint64_t strategy_deallocate(struct strategy_state *state, size_t object_bytes, size_t handle)
{
    (void)state;
    void *object = (void *)handle;
    uint64_t word = payload_read(object, object_bytes);
    free(object);
    return word;
}

ALWAYS_INLINE void *strategy_object(struct strategy_state *state, size_t object_bytes, size_t handle)
{
    (void)state, (void)object_bytes;
    return (void *)handle;
}

#define STRATEGY_NAME box
#include "strategies/instantiate.h"
