// What the files of the replayer share.
#ifndef REPLAY_REPLAYER_H
#define REPLAY_REPLAYER_H

#include <pthread.h>
#include <stdatomic.h>

#include "pools.h"
#include "private.h"

enum { EXIT_MISUSED = 2, EXIT_NO_MEMORY = 3, EXIT_CORRUPT = 4 };

enum touch { TOUCH_NONE, TOUCH_WORD, TOUCH_ALL };

// Memory that is resident, looked at again and again while the steps run (memory.c).
struct memory {
    uint64_t own_bytes;  // before the first step and the litter
    uint64_t most_bytes; // of what was seen
    double byte_ns;      // what was seen, each for as long as it was the latest
    uint64_t watched_ns; // that long in all
    uint64_t last_ns, latest_bytes;
    uint64_t interval_ns, next_ns; // with recorded gaps: when to look next
    uint64_t cpu_ns;               // that the looking took
};

struct replay;

// What a thread replays, and on what.
struct replay_thread {
    const struct step *steps;
    uint64_t step_count, untimed;
    held_object *slots;
    struct pools *pools;
    struct replay *replay;
    uint64_t begin, end; // of the steps that run now
    bool watches;        // looks at the memory meanwhile
    int failure;         // exit code; 0: none
    pthread_t id;
};

struct replay {
    const struct stream_header *header;
    const struct stream_large *large;
    struct replay_thread *threads;
    _Atomic held_object *shared;
    enum touch touch;
    bool is_harness;   // no heap
    uint64_t begin_ns; // of the clock of the wall, where the clock of the trace starts
    atomic_uint ready, go;
    struct memory memory;
};

// ---- steps.c ----

// Runs the thread's steps from `begin` to `end`, which is not after a STEP_TAKE. Returns an exit code.
int steps_run(struct replay_thread *thread);

// ---- memory.c ----

// What is resident now, exactly where the system tells.
uint64_t memory_resident_bytes(void);

// Begins to watch a replay that takes about `duration_ns` (0: unknown).
void memory_begin(struct memory *memory, uint64_t duration_ns);
void memory_look(struct memory *memory);

#endif
