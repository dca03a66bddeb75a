// box: one malloc and one free per object, as Rust's Box::new does for alignments of up to 16 bytes (its
// System allocator calls malloc and free there).
#include <stdlib.h>

#include "strategies/address_handles.h"
#include "strategies/lasting.h"
#include "strategies/unit.h"
#include "strategies/unprepared.h"

struct strategy_state {
    char unused;
};

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

#define STRATEGY_NAME box
#include "strategies/instantiate.h"
