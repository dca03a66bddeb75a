// Part of a strategy whose objects are a malloc each: box, and its copies with a chain of
// BOX_DELAY_INSTRUCTIONS (even, up to 64) between malloc and the first use of the object. The number is a
// constant of the code, so that nothing is looked up while the clock runs.
#ifndef STRATEGIES_BOX_OBJECTS_H
#define STRATEGIES_BOX_OBJECTS_H

#include <stdlib.h>

#include "strategies/address_handles.h"
#include "strategies/lasting.h"
#include "strategies/unprepared.h"

#ifndef BOX_DELAY_INSTRUCTIONS
#define BOX_DELAY_INSTRUCTIONS 0
#endif

// With less than certainty GCC puts what is done without memory into the loop and jumps over it. For clang
// __builtin_expect is enough.
#if defined __GNUC__ && !defined __clang__
#define BOX_NEVER(condition) __builtin_expect_with_probability(condition, 0, 1.0)
#else
#define BOX_NEVER(condition) __builtin_expect(condition, 0)
#endif

struct strategy_state {
    char unused;
};

// Two instructions, each of which needs the one before it, and the address again. Not additions: some
// processors do those of a constant while they rename registers.
ALWAYS_INLINE void *box_delay_by_two(void *object)
{
    const uintptr_t mask = 0x55;
    object = barrier_pointer((void *)((uintptr_t)object ^ mask));
    return barrier_pointer((void *)((uintptr_t)object ^ mask));
}

ALWAYS_INLINE bool strategy_allocate(struct strategy_state *state, size_t object_bytes, uint64_t word,
                                     size_t *ret_handle)
{
    (void)state;
    void *object = malloc(object_bytes);
    if (BOX_NEVER(!object))
        return false;
#pragma GCC unroll 32
    for (int i = 0; i < BOX_DELAY_INSTRUCTIONS; i += 2)
        object = box_delay_by_two(object);
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

ALWAYS_INLINE uint64_t strategy_deallocate_elsewhere(struct strategy_state *state, size_t object_bytes,
                                                     size_t handle)
{
    return strategy_deallocate(state, object_bytes, handle);
}

#endif
