// What is written into each object: its first 8 bytes, at allocation, and read back at deallocation.
#ifndef PATTERNS_PAYLOAD_H
#define PATTERNS_PAYLOAD_H

#include <stdint.h>
#include <string.h>

#include "timing/barrier.h"

// Writes the word and lets the optimiser forget the object, so that it must exist. Returns the object.
ALWAYS_INLINE void *payload_write(void *object, uint64_t word)
{
    memcpy(object, &word, sizeof word);
    return barrier_pointer(object);
}

ALWAYS_INLINE uint64_t payload_read(const void *object)
{
    uint64_t word;
    memcpy(&word, object, sizeof word);
    return word;
}

#endif
