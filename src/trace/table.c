// Open addressing with linear probing; a removed entry is closed by moving those behind it.
#include <stdlib.h>
#include <string.h>

#include "private.h"

static const uint64_t no_key = UINT64_MAX;

void table_release(struct table *table)
{
    free(table->keys);
    free(table->values);
    *table = (struct table){0};
}

// Fibonacci hashing, with the upper half folded in.
static size_t place_of(const struct table *table, uint64_t key)
{
    key *= 0x9e3779b97f4a7c15u;
    return (size_t)(key ^ key >> 32) & (table->capacity - 1);
}

uint64_t *table_find(const struct table *table, uint64_t key)
{
    if (table->capacity == 0)
        return NULL;
    for (size_t i = place_of(table, key); table->keys[i] != no_key; i = (i + 1) & (table->capacity - 1))
        if (table->keys[i] == key)
            return &table->values[i];
    return NULL;
}

static void put(struct table *table, uint64_t key, uint64_t value)
{
    size_t i = place_of(table, key);
    while (table->keys[i] != no_key)
        i = (i + 1) & (table->capacity - 1);
    table->keys[i] = key;
    table->values[i] = value;
    table->count++;
}

static bool grow(struct table *table)
{
    struct table larger = {.capacity = table->capacity ? table->capacity * 2 : 1024};
    larger.keys = malloc(larger.capacity * sizeof *larger.keys);
    larger.values = malloc(larger.capacity * sizeof *larger.values);
    if (!larger.keys || !larger.values) {
        table_release(&larger);
        return false;
    }
    memset(larger.keys, 0xff, larger.capacity * sizeof *larger.keys);
    for (size_t i = 0; i < table->capacity; i++)
        if (table->keys[i] != no_key)
            put(&larger, table->keys[i], table->values[i]);
    table_release(table);
    *table = larger;
    return true;
}

bool table_set(struct table *table, uint64_t key, uint64_t value)
{
    uint64_t *found = table_find(table, key);
    if (found) {
        *found = value;
        return true;
    }
    if (table->count * 4 >= table->capacity * 3 && !grow(table))
        return false;
    put(table, key, value);
    return true;
}

void table_remove(struct table *table, uint64_t key)
{
    const uint64_t *found = table_find(table, key);
    if (!found)
        return;
    const size_t mask = table->capacity - 1;
    size_t hole = (size_t)(found - table->values);
    for (size_t i = (hole + 1) & mask; table->keys[i] != no_key; i = (i + 1) & mask) {
        const size_t wanted = place_of(table, table->keys[i]);
        if (((i - wanted) & mask) < ((i - hole) & mask))
            continue; // it may not move before its own place
        table->keys[hole] = table->keys[i];
        table->values[hole] = table->values[i];
        hole = i;
    }
    table->keys[hole] = no_key;
    table->count--;
}
