// How threads pass objects to each other: one passage per thread that allocates. The handles lie in memory
// that is mapped before the clock starts, and nothing here takes a lock: the thread that allocates counts
// what it has put in, the one that frees counts what it has taken out, each in a line of the cache that it
// alone writes.
#ifndef PATTERNS_PASSAGE_H
#define PATTERNS_PASSAGE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "timing/spin.h"

enum { PASSAGE_LINE_BYTES = 64 };

// Start with zeroes, `state`, `handles` and `ended`. Both counts go on from one call of the batches to the
// next.
struct passage {
    void *state;        // the strategy's, of the thread that allocates
    size_t *handles;    // handoff: the ring, of a batch's length; exchange: two batches
    atomic_bool *ended; // of all passages of the process: the heap gave no memory, nobody waits any longer
    unsigned char apart[PASSAGE_LINE_BYTES];
    _Atomic(uint64_t) put; // handles of the ring; batches of an exchange
    unsigned char apart_too[PASSAGE_LINE_BYTES];
    _Atomic(uint64_t)
        taken[2]; // handoff: the first, of handles; exchange: of the batches in each of the two places
    unsigned char apart_from_the_next[PASSAGE_LINE_BYTES];
};

// Waits until one of the two counts is at least `number`. False when the passages ended before that.
ALWAYS_INLINE bool passage_wait(const _Atomic(uint64_t) *count, uint64_t number, const atomic_bool *ended)
{
    struct spin spin = {0};
    while (atomic_load_explicit(count, memory_order_acquire) < number) {
        if (atomic_load_explicit(ended, memory_order_relaxed))
            return false;
        spin_wait(&spin);
    }
    return true;
}

#endif
