// none: no allocation. The same loops, handles, payload and barriers on one fixed word: what the harness
// itself costs.
#include "strategies/address_handles.h"
#include "strategies/lasting.h"
#include "strategies/unit.h"
#include "strategies/unprepared.h"

struct strategy_state {
    uint64_t object[8];
};

ALWAYS_INLINE bool strategy_allocate(struct strategy_state *state, size_t object_bytes, uint64_t word,
                                     size_t *ret_handle)
{
    (void)object_bytes;
    *ret_handle = (size_t)payload_write(state->object, sizeof word, word);
    return true;
}

// All "objects" share one word, so what is read is only right in the immediate pattern; the worker does not
// look.
ALWAYS_INLINE uint64_t strategy_deallocate(struct strategy_state *state, size_t object_bytes, size_t handle)
{
    (void)state, (void)object_bytes;
    return payload_read((const void *)handle, sizeof(uint64_t));
}

// The other thread's word is not looked at: it would be the ring's time and that of a word which two threads
// write.
ALWAYS_INLINE uint64_t strategy_deallocate_elsewhere(struct strategy_state *state, size_t object_bytes,
                                                     size_t handle)
{
    (void)state, (void)object_bytes;
    return (uint64_t)(size_t)barrier_pointer((void *)handle);
}

#define STRATEGY_FREES_ELSEWHERE
#define STRATEGY_NAME none
#include "strategies/instantiate.h"
