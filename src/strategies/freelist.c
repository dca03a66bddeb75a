// freelist: an intrusive free list over chunks from malloc. A freed object holds the link to the one freed
// before it; a new object comes from the list, else from the fresh end of the last chunk, else from a new
// chunk. Chunks are kept to the end.
#include <stdlib.h>

#include "slab/slab.h"
#include "strategies/address_handles.h"
#include "strategies/lasting.h"
#include "strategies/unit.h"

enum { CHUNK_OBJECTS = 128, CHUNK_HEADER_BYTES = 16 };

struct vacant_object {
    struct vacant_object *next;
};

struct chunk {
    struct chunk *previous;
};

struct strategy_state {
    struct vacant_object *first_vacant;
    unsigned char *fresh, *fresh_end; // of the last chunk, not yet given
    struct chunk *last_chunk;
};

_Static_assert(sizeof(struct chunk) <= CHUNK_HEADER_BYTES, "objects behind the header stay aligned");

// Whole links, and not a power of two apart where that would make objects evict each other from the cache.
ALWAYS_INLINE size_t object_stride(size_t object_bytes)
{
    const size_t link = sizeof(struct vacant_object);
    return slab_stride((object_bytes + link - 1) / link * link);
}

static bool strategy_prepare(struct strategy_state *state, size_t object_bytes, uint32_t live_objects)
{
    (void)object_bytes, (void)live_objects;
    *state = (struct strategy_state){0};
    return true;
}

static void strategy_finish(struct strategy_state *state, size_t object_bytes)
{
    (void)object_bytes;
    while (state->last_chunk) {
        struct chunk *previous = state->last_chunk->previous;
        free(state->last_chunk);
        state->last_chunk = previous;
    }
}

static __attribute__((noinline)) bool add_chunk(struct strategy_state *state, size_t stride)
{
    struct chunk *chunk = malloc(CHUNK_HEADER_BYTES + CHUNK_OBJECTS * stride);
    if (!chunk)
        return false;
    chunk->previous = state->last_chunk;
    state->last_chunk = chunk;
    state->fresh = (unsigned char *)chunk + CHUNK_HEADER_BYTES;
    state->fresh_end = state->fresh + CHUNK_OBJECTS * stride;
    return true;
}

ALWAYS_INLINE bool strategy_allocate(struct strategy_state *state, size_t object_bytes, uint64_t word,
                                     size_t *ret_handle)
{
    void *object = state->first_vacant;
    if (__builtin_expect(object != NULL, 1)) {
        state->first_vacant = state->first_vacant->next;
    } else {
        if (state->fresh == state->fresh_end && !add_chunk(state, object_stride(object_bytes)))
            return false;
        object = state->fresh;
        state->fresh += object_stride(object_bytes);
    }
    *ret_handle = (size_t)payload_write(object, object_bytes, word);
    return true;
}

ALWAYS_INLINE uint64_t strategy_deallocate(struct strategy_state *state, size_t object_bytes, size_t handle)
{
    struct vacant_object *vacant = (struct vacant_object *)handle;
    uint64_t word = payload_read(vacant, object_bytes);
    barrier_memory(); // the object ends here, the link begins
    vacant->next = state->first_vacant;
    state->first_vacant = vacant;
    barrier_memory();
    return word;
}

#define STRATEGY_NAME freelist
#include "strategies/instantiate.h"
