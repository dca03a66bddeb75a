// slab_byvalue_cold: a new slab that moves values in and out each time the live set starts from empty, with
// nothing reserved; creation, growth and destruction are inside the timed region.
#include "strategies/unprepared.h"
#include "strategies/value_slab_objects.h"

ALWAYS_INLINE void strategy_open(struct strategy_state *state)
{
    state->slab = (struct value_slab){0};
}

ALWAYS_INLINE void strategy_close(struct strategy_state *state)
{
    value_slab_release(&state->slab);
}

#define STRATEGY_NAME slab_byvalue_cold
#include "strategies/instantiate.h"
