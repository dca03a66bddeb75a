// A heap as a program leaves it that has run for a while: objects of many sizes are allocated, written, and
// all but every LITTER_LEFT_ONE_IN-th of them freed, in random order. Those that are left keep their pages,
// and what lies between them is what the measured objects find.
//
// The sizes are a program's own, or drawn from a histogram (litter_classes) of the kind that is seen in
// programs: most objects are small, most bytes are in the few large ones.
#ifndef LITTER_LITTER_H
#define LITTER_LITTER_H

#include <stddef.h>
#include <stdint.h>

#include "base/random.h"

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
    uint64_t left_bytes;
};

// Draws the size of an object in bytes. `context` is the request's.
typedef uint64_t litter_size_function(void *context, struct random *random);

struct litter_request {
    uint64_t bytes;                  // of all objects together, at least
    uint64_t seed;                   // the same seed gives the same calls
    litter_size_function *draw_size; // NULL: from the histogram
    void *context;
};

// Litters the heap of malloc. An object smaller than LITTER_LEAST_BYTES is made as large as that. The
// pointers are kept in memory that is mapped for them; those of the objects that are left are lost.
enum litter_result litter_heap(const struct litter_request *request, struct litter *ret_litter);

#endif
