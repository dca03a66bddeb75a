// One object of one malloc: what box and its delayed copies share.
#ifndef STRATEGIES_BOX_OBJECTS_H
#define STRATEGIES_BOX_OBJECTS_H

#include <stdbool.h>
#include <stdlib.h>

#include "patterns/payload.h"

// Two instructions, each of which needs the one before it, and the address again. Not additions: some
// processors do those of a constant while they rename registers.
ALWAYS_INLINE void *box_delay_by_two(void *object)
{
    const uintptr_t mask = 0x55;
    object = barrier_pointer((void *)((uintptr_t)object ^ mask));
    return barrier_pointer((void *)((uintptr_t)object ^ mask));
}

// `delay_instructions`: an even constant up to 64; a chain of so many stands between malloc and the first use
// of the object.
ALWAYS_INLINE bool box_object_allocate(const int delay_instructions, size_t object_bytes, uint64_t word,
                                       size_t *ret_handle)
{
    void *object = malloc(object_bytes);
    if (__builtin_expect(!object, 0))
        return false;
#pragma GCC unroll 32
    for (int i = 0; i < delay_instructions; i += 2)
        object = box_delay_by_two(object);
    *ret_handle = (size_t)payload_write(object, object_bytes, word);
    return true;
}

ALWAYS_INLINE uint64_t box_object_deallocate(size_t object_bytes, size_t handle)
{
    void *object = (void *)handle;
    uint64_t word = payload_read(object, object_bytes);
    free(object);
    return word;
}

#endif
