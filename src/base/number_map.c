// Open addressing with linear probing; a removed entry is closed by moving those behind it.
#include "base/number_map.h"

#include <stdlib.h>
#include <string.h>

static const uint64_t no_key = UINT64_MAX;

void number_map_release(struct number_map *map)
{
    free(map->keys);
    free(map->values);
    *map = (struct number_map){0};
}

// Fibonacci hashing, with the upper half folded in.
static size_t place_of(const struct number_map *map, uint64_t key)
{
    key *= 0x9e3779b97f4a7c15u;
    return (size_t)(key ^ key >> 32) & (map->capacity - 1);
}

uint64_t *number_map_find(const struct number_map *map, uint64_t key)
{
    if (map->capacity == 0)
        return NULL;
    for (size_t i = place_of(map, key); map->keys[i] != no_key; i = (i + 1) & (map->capacity - 1))
        if (map->keys[i] == key)
            return &map->values[i];
    return NULL;
}

static void put(struct number_map *map, uint64_t key, uint64_t value)
{
    size_t i = place_of(map, key);
    while (map->keys[i] != no_key)
        i = (i + 1) & (map->capacity - 1);
    map->keys[i] = key;
    map->values[i] = value;
    map->count++;
}

static bool grow(struct number_map *map)
{
    struct number_map larger = {.capacity = map->capacity ? map->capacity * 2 : 1024};
    larger.keys = malloc(larger.capacity * sizeof *larger.keys);
    larger.values = malloc(larger.capacity * sizeof *larger.values);
    if (!larger.keys || !larger.values) {
        number_map_release(&larger);
        return false;
    }
    memset(larger.keys, 0xff, larger.capacity * sizeof *larger.keys);
    for (size_t i = 0; i < map->capacity; i++)
        if (map->keys[i] != no_key)
            put(&larger, map->keys[i], map->values[i]);
    number_map_release(map);
    *map = larger;
    return true;
}

bool number_map_set(struct number_map *map, uint64_t key, uint64_t value)
{
    uint64_t *found = number_map_find(map, key);
    if (found) {
        *found = value;
        return true;
    }
    if (map->count * 4 >= map->capacity * 3 && !grow(map))
        return false;
    put(map, key, value);
    return true;
}

void number_map_remove(struct number_map *map, uint64_t key)
{
    const uint64_t *found = number_map_find(map, key);
    if (!found)
        return;
    const size_t mask = map->capacity - 1;
    size_t hole = (size_t)(found - map->values);
    for (size_t i = (hole + 1) & mask; map->keys[i] != no_key; i = (i + 1) & mask) {
        const size_t wanted = place_of(map, map->keys[i]);
        if (((i - wanted) & mask) < ((i - hole) & mask))
            continue; // it may not move before its own place
        map->keys[hole] = map->keys[i];
        map->values[hole] = map->values[i];
        hole = i;
    }
    map->keys[hole] = no_key;
    map->count--;
}
