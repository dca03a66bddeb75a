// The interface between the worker and what it measures: one function per (strategy, pattern, size) that runs
// a number of batches. The worker calls it twice per trial and knows nothing of what happens inside; the code
// inside knows nothing of clocks. The reference in Rust implements the same interface. Where a process has
// several threads, each calls it with a context of its own.
#ifndef PATTERNS_BATCH_H
#define PATTERNS_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "patterns/passage.h"

// Marks an empty slot of the random pattern. No strategy hands it out: it is no pointer and no key.
#define HANDLE_NONE SIZE_MAX

// Everything the batches of one process share. All of it lives in memory mapped before the clock starts,
// outside the heap under test.
struct batch_context {
    void *state; // the strategy's own, after prepare
    size_t *
        handles; // `live_objects` handles: the stack, the queue or the slots; all HANDLE_NONE between batches
    const uint16_t *steps; // random pattern: the slots to visit, one after the other; advanced by the
                           // batches; exchange: for each batch how many threads further the partner is
    uint64_t word;         // payload of the next object; advanced by the batches
    uint64_t mismatch;     // bits that read back differently than written: 0 unless an object was corrupted
    uint32_t live_objects; // objects of a batch
    bool out_of_memory; // set when the heap gave nothing; the batches then ended early, all objects freed but
                        // those that were passed on
    uint32_t thread;    // 0 … thread_count - 1: whose context this is
    uint32_t thread_count;    // of the process
    struct passage *passages; // by thread, in patterns whose threads pass objects to each other
};

typedef void run_batches_function(struct batch_context *context, uint32_t batch_count);

#endif
