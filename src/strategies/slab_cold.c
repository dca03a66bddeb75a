// slab_cold: a new slab each time the live set starts from empty, with nothing reserved; creation, growth and
// destruction are inside the timed region.
#include "strategies/slab_objects.h"
#include "strategies/unprepared.h"

ALWAYS_INLINE void strategy_open(struct strategy_state *state)
{
    slab_init(&state->slab);
}

ALWAYS_INLINE void strategy_close(struct strategy_state *state)
{
    slab_release(&state->slab);
}

#define STRATEGY_NAME slab_cold
#include "strategies/instantiate.h"
