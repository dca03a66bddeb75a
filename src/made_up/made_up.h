// The work of which the made-up program does a known amount and the made-up heap a little more.
#ifndef MADE_UP_MADE_UP_H
#define MADE_UP_MADE_UP_H

#include <stdint.h>

enum {
    MADE_UP_STEPS = 2000,     // of the program, for each of its allocations
    MADE_UP_MORE_STEPS = 100, // of the heap, in each of its allocations: 5 % more
};

// So many steps, each of which needs the one before it (Knuth's MMIX generator): wherever they are, in the
// program or in the heap, they take the same time.
static inline uint64_t made_up_work(uint64_t state, uint32_t steps)
{
    for (uint32_t i = 0; i < steps; i++) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        __asm__ volatile("" : "+r"(state));
    }
    return state;
}

// 0, which the processor does not know before it knows `value`: what is added to it begins when the work has
// ended. Otherwise a processor that looks ahead would do the heap's steps beside the program's.
static inline uint64_t made_up_nothing(uint64_t value)
{
    uint64_t zero = 0;
    __asm__ volatile("" : "+r"(zero));
    return value & zero;
}

#endif
