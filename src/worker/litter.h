// A heap as a program leaves it that has run for a while: objects of many sizes are allocated, written, and
// all but every LITTER_LEFT_ONE_IN-th of them freed, in random order. Those that are left keep their pages,
// and what lies between them is what the measured objects find.
//
// The sizes are drawn from a histogram (litter_classes) of the kind that is seen in programs: most objects
// are small, most bytes are in the few large ones.
#ifndef WORKER_LITTER_H
#define WORKER_LITTER_H

#include <stddef.h>
#include <stdint.h>

enum { LITTER_LEFT_ONE_IN = 8 };

// Objects above the class before and up to `most_bytes`, each size as likely as another.
struct litter_class {
    uint32_t most_bytes;
    uint32_t percent; // of the objects
};

enum { LITTER_CLASSES = 10, LITTER_LEAST_BYTES = 8 };
extern const struct litter_class litter_classes[LITTER_CLASSES];

enum litter_result {
    LITTER_DONE,
    LITTER_NO_MEMORY,         // the heap gave none for an object
    LITTER_NO_HARNESS_MEMORY, // the system gave none for the bookkeeping
};

// What was done. Of what failed, so far.
struct litter {
    size_t objects; // allocated
    size_t left;    // of these, not freed
    uint64_t bytes; // of all objects
};

// Litters the heap of malloc with objects of `bytes` in all. The same seed gives the same calls. The pointers
// are kept in memory that is mapped for them; those of the objects that are left are lost.
enum litter_result litter_heap(uint64_t bytes, uint64_t seed, struct litter *ret_litter);

#endif
