// box with a chain of BOX_DELAY_INSTRUCTIONS more instructions per object: a slowdown that the self-test
// plants. The number is a constant of the code, so that nothing is looked up while the clock runs; each is a
// file of its own, that defines it and STRATEGY_NAME and includes this. How much slower that makes a cell
// depends on what else the processor has to do there; the self-test measures it beside box_plain.
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
    return box_object_allocate(BOX_DELAY_INSTRUCTIONS, object_bytes, word, ret_handle);
}

ALWAYS_INLINE uint64_t strategy_deallocate(struct strategy_state *state, size_t object_bytes, size_t handle)
{
    (void)state;
    return box_object_deallocate(object_bytes, handle);
}

#include "strategies/instantiate.h"
