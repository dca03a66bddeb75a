// box: one malloc and one free per object, as Rust's Box::new does for alignments of up to 16 bytes (its
// System allocator calls malloc and free there).
#include "strategies/address_handles.h"
#include "strategies/box_objects.h"
#include "strategies/lasting.h"
#include "strategies/unit.h"
#include "strategies/unprepared.h"

struct strategy_state {
    char unused;
};

ALWAYS_INLINE bool strategy_allocate(struct strategy_state *state, size_t object_bytes, uint64_t word,
                                     size_t *ret_handle)
{
    (void)state;
    return box_object_allocate(0, object_bytes, word, ret_handle);
}

ALWAYS_INLINE uint64_t strategy_deallocate(struct strategy_state *state, size_t object_bytes, size_t handle)
{
    (void)state;
    return box_object_deallocate(object_bytes, handle);
}

#define STRATEGY_NAME box
#include "strategies/instantiate.h"
