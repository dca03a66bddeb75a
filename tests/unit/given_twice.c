// given_twice: objects in a ring of places, right for one thread. With several, each place is given to two of
// them: the decoy that stands for a heap which is not made for threads.
#include <stdatomic.h>
#include <stdlib.h>

#include "strategies/address_handles.h"
#include "strategies/lasting.h"
#include "strategies/unit.h"

enum { PLACES = 4096 };

struct strategy_state {
    unsigned char *places;
    _Atomic(size_t) given;
    _Atomic(size_t) first_thread; // that came; 0: none yet
    atomic_bool has_several;
};

static bool strategy_prepare(struct strategy_state *state, size_t object_bytes, uint32_t live_objects)
{
    (void)live_objects;
    state->places = malloc(PLACES * object_bytes);
    return state->places != NULL;
}

static void strategy_finish(struct strategy_state *state, size_t object_bytes)
{
    (void)object_bytes;
    free(state->places);
}

ALWAYS_INLINE bool strategy_allocate(struct strategy_state *state, size_t object_bytes, uint64_t word,
                                     size_t *ret_handle)
{
    static _Thread_local char own;
    size_t expected = 0;
    if (!atomic_compare_exchange_strong(&state->first_thread, &expected, (size_t)&own) &&
        expected != (size_t)&own)
        atomic_store(&state->has_several, true);
    size_t number = atomic_fetch_add(&state->given, 1);
    if (atomic_load(&state->has_several))
        number /= 2;
    *ret_handle = (size_t)payload_write(state->places + number % PLACES * object_bytes, object_bytes, word);
    return true;
}

ALWAYS_INLINE uint64_t strategy_deallocate(struct strategy_state *state, size_t object_bytes, size_t handle)
{
    (void)state;
    return payload_read((const void *)handle, object_bytes);
}

ALWAYS_INLINE uint64_t strategy_deallocate_elsewhere(struct strategy_state *state, size_t object_bytes,
                                                     size_t handle)
{
    return strategy_deallocate(state, object_bytes, handle);
}

#define STRATEGY_FREES_ELSEWHERE
#define STRATEGY_NAME given_twice
#include "strategies/instantiate.h"
