// From numbers to numbers: a hash table.
#ifndef BASE_NUMBER_MAP_H
#define BASE_NUMBER_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

// Start with {0}; released by number_map_release. UINT64_MAX is no key.
struct number_map {
    uint64_t *keys, *values;
    size_t capacity, count; // the capacity is a power of two, or 0
};

void number_map_release(struct number_map *map);

// The value of the key, which may be written to; NULL when there is none. Valid until the next change.
uint64_t *number_map_find(const struct number_map *map, uint64_t key);

// Adds the key, or gives it another value. False when memory ran out.
MUST_CHECK bool number_map_set(struct number_map *map, uint64_t key, uint64_t value);

// Without the key nothing changes.
void number_map_remove(struct number_map *map, uint64_t key);

#endif
