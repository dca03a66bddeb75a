// A pool of buffers of one size: each is a malloc of its own, stays allocated as long as the pool, and is
// leased and returned.
#ifndef STRATEGIES_BUFFER_POOL_H
#define STRATEGIES_BUFFER_POOL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "timing/barrier.h"

// A zeroed one is empty. Nothing is written into a vacant buffer: the list of the vacant ones lies apart.
struct buffer_pool {
    void **vacant; // the one returned last is at the end; room for `capacity`, which is at least `count`
    size_t vacant_count;
    size_t count; // buffers, leased ones included
    size_t capacity;
};

enum { BUFFER_POOL_FIRST_CAPACITY = 4 };

// Room for `capacity` buffers in the list. False, and the pool as it was, when there is no memory.
ALWAYS_INLINE bool buffer_pool_set_capacity(struct buffer_pool *pool, size_t capacity)
{
    size_t bytes = capacity * sizeof(void *);
    void **vacant = pool->vacant ? realloc(pool->vacant, bytes) : malloc(bytes);
    if (!vacant)
        return false;
    pool->vacant = vacant;
    pool->capacity = capacity;
    return true;
}

// One buffer more, which is leased. NULL, and no buffer more, when there is no memory.
static __attribute__((noinline)) void *buffer_pool_add(struct buffer_pool *pool, size_t buffer_bytes)
{
    size_t wanted = pool->capacity ? pool->capacity * 2 : BUFFER_POOL_FIRST_CAPACITY;
    if (pool->count == pool->capacity && !buffer_pool_set_capacity(pool, wanted))
        return NULL;
    void *buffer = malloc(buffer_bytes);
    if (buffer)
        pool->count++;
    return buffer;
}

// The buffer that was returned last, or a new one. NULL when there is no memory.
ALWAYS_INLINE void *buffer_pool_lease(struct buffer_pool *pool, size_t buffer_bytes)
{
    if (__builtin_expect(pool->vacant_count == 0, 0))
        return buffer_pool_add(pool, buffer_bytes);
    return pool->vacant[--pool->vacant_count];
}

ALWAYS_INLINE void buffer_pool_return(struct buffer_pool *pool, void *buffer)
{
    pool->vacant[pool->vacant_count++] = buffer;
}

// Makes `count` vacant buffers in an empty pool. False when there is no memory; the pool then has fewer.
ALWAYS_INLINE bool buffer_pool_fill(struct buffer_pool *pool, size_t count, size_t buffer_bytes)
{
    if (!buffer_pool_set_capacity(pool, count))
        return false;
    for (size_t i = 0; i < count; i++) {
        void *buffer = buffer_pool_add(pool, buffer_bytes);
        if (!buffer)
            return false;
        buffer_pool_return(pool, buffer);
    }
    return true;
}

// Frees the buffers, none of which is leased, and the list.
ALWAYS_INLINE void buffer_pool_release(struct buffer_pool *pool)
{
    for (size_t i = 0; i < pool->vacant_count; i++)
        free(pool->vacant[i]);
    free(pool->vacant);
    *pool = (struct buffer_pool){0};
}

#endif
