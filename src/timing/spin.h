// Waiting for another thread without asking the system, for as long as that is likely to be on another CPU.
// Then the CPU is offered to others between two looks: with more threads than CPUs the one that is waited for
// may need it.
#ifndef TIMING_SPIN_H
#define TIMING_SPIN_H

#include <sched.h>
#include <stdint.h>

#include "timing/barrier.h"

enum { SPIN_LOOKS = 100 };

// Start each wait with {0}.
struct spin {
    uint32_t looks;
};

// Between two looks at what is waited for.
ALWAYS_INLINE void spin_wait(struct spin *spin)
{
    if (spin->looks++ >= SPIN_LOOKS) {
        sched_yield();
        return;
    }
#if defined(__x86_64__)
    __asm__ volatile("pause" : : : "memory");
#elif defined(__aarch64__)
    __asm__ volatile("yield" : : : "memory");
#else
    barrier_memory();
#endif
}

#endif
