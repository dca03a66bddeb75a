// What is written into each object at allocation and read back at deallocation, as the touch says. Every
// strategy is compiled once per touch (STRATEGY_TOUCH), so that none is decided while the clock runs.
#ifndef PATTERNS_PAYLOAD_H
#define PATTERNS_PAYLOAD_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "patterns/patterns.h"
#include "timing/barrier.h"

#ifndef STRATEGY_TOUCH
#define STRATEGY_TOUCH word
#endif
#define PAYLOAD_CONCATENATE_(a, b) a##b
#define PAYLOAD_CONCATENATE(a, b) PAYLOAD_CONCATENATE_(a, b)
#define PAYLOAD_TOUCH PAYLOAD_CONCATENATE(TOUCH_, STRATEGY_TOUCH)

// Writes the object and lets the optimiser forget it, so that it must exist. Returns the object.
ALWAYS_INLINE void *payload_write(void *object, size_t object_bytes, uint64_t word)
{
    unsigned char *bytes = object;
    if (PAYLOAD_TOUCH == TOUCH_word) {
        memcpy(bytes, &word, sizeof word);
    } else if (PAYLOAD_TOUCH != TOUCH_none) {
        size_t position = 0;
        for (; position + sizeof word <= object_bytes; position += sizeof word)
            memcpy(bytes + position, &word, sizeof word);
        for (; position < object_bytes; position++)
            bytes[position] = (unsigned char)word;
    }
    return barrier_pointer(object);
}

// The word that the object holds; with TOUCH_read, all bits set, which no payload is, when one
// of its other bytes does not fit.
ALWAYS_INLINE uint64_t payload_read(const void *object, size_t object_bytes)
{
    const unsigned char *bytes = object;
    uint64_t word = 0;
    if (PAYLOAD_TOUCH == TOUCH_none)
        return 0;
    memcpy(&word, bytes, sizeof word);
    if (PAYLOAD_TOUCH != TOUCH_read)
        return word;
    uint64_t difference = 0, other;
    size_t position = sizeof word;
    for (; position + sizeof other <= object_bytes; position += sizeof other) {
        memcpy(&other, bytes + position, sizeof other);
        difference |= other ^ word;
    }
    for (; position < object_bytes; position++)
        difference |= (uint64_t)(bytes[position] ^ (unsigned char)word);
    return difference ? UINT64_MAX : word;
}

// The bits in which what was read differs from what was written; 0 where nothing was.
ALWAYS_INLINE uint64_t payload_difference(uint64_t found, uint64_t word)
{
    return PAYLOAD_TOUCH == TOUCH_none ? 0 : found ^ word;
}

#endif
