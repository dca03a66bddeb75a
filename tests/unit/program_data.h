// Made-up measurements of a program, whose truth is known.
#ifndef PROGRAM_DATA_SAMPLE_H
#define PROGRAM_DATA_SAMPLE_H

#include "program/analysis.h"

// How a made-up heap is: times of the system's.
struct made_heap {
    const char *name;
    double time, memory;
};

struct made_run {
    const struct made_heap *heaps; // the first one is the system's
    uint32_t heap_count;
    uint32_t blocks;
    double noise; // of a process, as a part of its time
    uint64_t seed;
};

// One subject, every process served and well ended; each block has a speed of its own. Released by the
// caller.
struct program_data make_program_data(const struct made_run *run);

#endif
