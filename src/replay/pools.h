// Where one thread's objects come from, by strategy. What the pools hold comes from the heap under test. All
// of it is inlined into the loop that is timed.
#ifndef REPLAY_POOLS_H
#define REPLAY_POOLS_H

#include <stdlib.h>
#include <string.h>

#include "private.h"
#include "slab/slab.h"
#include "timing/barrier.h"

enum { POOL_CLASSES = REPLAY_MAX_POOLED_BYTES / REPLAY_CLASS_BYTES + 1, ARENA_CHUNK_BYTES = 64 << 10 };

struct free_object {
    struct free_object *next;
};

// Aligned to its own size, so that an object's address tells its chunk.
struct arena_chunk {
    uint32_t live; // objects in it
    uint32_t used; // bytes, with this header
    uint64_t padding;
};

struct pools {
    struct slab slabs[POOL_CLASSES];              // by class: size in multiples of REPLAY_CLASS_BYTES
    struct free_object *free_lists[POOL_CLASSES]; // likewise
    struct arena_chunk *chunk;                    // where the next object goes
};

// An object while it lives: its address, or of a slab its key plus 1. 0: none.
typedef uintptr_t held_object;

ALWAYS_INLINE size_t pool_class(uint64_t size)
{
    return (size_t)(size + REPLAY_CLASS_BYTES - 1) / REPLAY_CLASS_BYTES;
}

ALWAYS_INLINE void *arena_allocate(struct pools *pools, uint64_t size)
{
    const uint32_t bytes = (uint32_t)pool_class(size) * REPLAY_CLASS_BYTES;
    if (!pools->chunk || pools->chunk->used + bytes > ARENA_CHUNK_BYTES) {
        struct arena_chunk *chunk = barrier_pointer(aligned_alloc(ARENA_CHUNK_BYTES, ARENA_CHUNK_BYTES));
        if (!chunk)
            return NULL;
        *chunk = (struct arena_chunk){.used = sizeof *chunk};
        pools->chunk = chunk;
    }
    void *object = (unsigned char *)pools->chunk + pools->chunk->used;
    pools->chunk->used += bytes;
    pools->chunk->live++;
    return object;
}

ALWAYS_INLINE void arena_free(struct pools *pools, void *object)
{
    struct arena_chunk *chunk =
        (struct arena_chunk *)((uintptr_t)object & ~((uintptr_t)ARENA_CHUNK_BYTES - 1));
    if (--chunk->live > 0)
        return;
    if (chunk == pools->chunk)
        chunk->used = sizeof *chunk;
    else
        free(chunk);
}

ALWAYS_INLINE void *freelist_allocate(struct pools *pools, uint64_t size)
{
    const size_t class = pool_class(size);
    struct free_object *object = pools->free_lists[class];
    if (!object)
        return barrier_pointer(malloc(class * REPLAY_CLASS_BYTES));
    pools->free_lists[class] = object->next;
    return object;
}

ALWAYS_INLINE void freelist_free(struct pools *pools, void *object, uint64_t size)
{
    struct free_object *freed = object;
    freed->next = pools->free_lists[pool_class(size)];
    pools->free_lists[pool_class(size)] = freed;
}

// The address of a held object.
ALWAYS_INLINE void *pools_address(struct pools *pools, enum replay_strategy strategy, held_object held,
                                  uint64_t size)
{
    if (strategy != REPLAY_SLAB)
        return (void *)held;
    const size_t class = pool_class(size);
    return slab_get(&pools->slabs[class], held - 1, class * REPLAY_CLASS_BYTES);
}

// NULL when there is no memory; otherwise its address, and what is held.
ALWAYS_INLINE void *pools_allocate(struct pools *pools, enum replay_strategy strategy, uint64_t size,
                                   held_object *ret_held)
{
    void *object = NULL;
    if (strategy == REPLAY_SLAB) {
        const size_t class = pool_class(size);
        size_t key = 0;
        object = slab_insert(&pools->slabs[class], &key, class * REPLAY_CLASS_BYTES);
        *ret_held = (held_object)key + 1;
        return object;
    }
    switch (strategy) {
    case REPLAY_FREELIST:
        object = freelist_allocate(pools, size);
        break;
    case REPLAY_ARENA:
        object = arena_allocate(pools, size);
        break;
    default:
        object = barrier_pointer(malloc(size));
        break;
    }
    *ret_held = (held_object)object;
    return object;
}

ALWAYS_INLINE void pools_free(struct pools *pools, enum replay_strategy strategy, held_object held,
                              uint64_t size)
{
    switch (strategy) {
    case REPLAY_SLAB:
        slab_remove(&pools->slabs[pool_class(size)], held - 1, pool_class(size) * REPLAY_CLASS_BYTES);
        break;
    case REPLAY_FREELIST:
        freelist_free(pools, (void *)held, size);
        break;
    case REPLAY_ARENA:
        arena_free(pools, (void *)held);
        break;
    default:
        free((void *)held);
        break;
    }
}

#endif
