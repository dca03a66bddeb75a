// What compiler and replayer share: the form of a stream. Both are of one build, on one machine.
//
// A stream is a header, a row per thread, the table of large sizes and alignments, and each thread's steps,
// of 8 bytes each. A step names a slot, which holds the object between its beginning and its end. Slots of a
// thread are used again, the last one first, so that they stay in the cache. An object that another thread
// will take has a shared slot, which is written once and read once: who reads it waits until it is written.
// These are the only points where threads wait for each other.
#ifndef REPLAY_PRIVATE_H
#define REPLAY_PRIVATE_H

#include "replay/replay.h"

static const uint64_t stream_magic = 0x324d525453424d4du; // "MMBSTRM2"

struct stream_header {
    uint64_t magic;
    uint32_t threads;
    uint32_t large_count;   // rows of the table of large sizes
    uint32_t is_with_start; // the time of the process until its first event belongs to it
    uint32_t has_gaps;      // threads wait for the moments of their events
    uint64_t shared_slots;
    uint64_t events;     // while the clock runs
    uint64_t peak_bytes; // of live objects
};

struct stream_thread {
    uint64_t steps;   // how many
    uint64_t untimed; // of these, those before the clock starts
    uint64_t slots;   // that it uses by itself
};

struct stream_large {
    uint64_t size, alignment; // 0: that of malloc
};

enum step_kind {
    STEP_MALLOC,
    STEP_CALLOC,
    STEP_ALIGNED,
    STEP_TAKE,    // the object in the slot, for the STEP_REALLOC that follows
    STEP_REALLOC, // into the slot
    STEP_FREE,
    STEP_WAIT, // until a moment: see step_wait
};

enum { REPLAY_LEAST_GAP_NS = 100 * 1000 };

// `word`: kind, strategy, whether the slot is a shared one, whether `size` is a row of the table of large
// sizes, size in bytes. A step that ends or takes an object has its size, too.
struct step {
    uint32_t slot;
    uint32_t word;
};

enum {
    STEP_STRATEGY_SHIFT = 3,
    STEP_SHARED = 1 << 5,
    STEP_LARGE = 1 << 6,
    STEP_SIZE_SHIFT = 7,
    STEP_MAX_SIZE = (1 << 25) - 1,
};

static inline enum step_kind step_kind(struct step step)
{
    return (enum step_kind)(step.word & 7);
}

static inline enum replay_strategy step_strategy(struct step step)
{
    return (enum replay_strategy)(step.word >> STEP_STRATEGY_SHIFT & 3);
}

// Whether a new object begins there.
static inline bool step_begins(struct step step)
{
    return step_kind(step) <= STEP_ALIGNED;
}

// A step that waits until that many nanoseconds after the start of the clock, less than 2^61: its lower half
// is where other steps have their slot.
static inline struct step step_wait(uint64_t at_ns)
{
    return (struct step){(uint32_t)at_ns, (uint32_t)STEP_WAIT | (uint32_t)(at_ns >> 32) << 3};
}

static inline uint64_t step_moment_ns(struct step step)
{
    return (uint64_t)(step.word >> 3) << 32 | step.slot;
}

_Static_assert(sizeof(struct step) == 8, "a step is one word");
_Static_assert(REPLAY_STRATEGY_COUNT <= 4, "a strategy has two bits");

#endif
