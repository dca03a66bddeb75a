// Part of a strategy whose state outlives the live set: nothing happens when that begins or ends.
#ifndef STRATEGIES_LASTING_H
#define STRATEGIES_LASTING_H

#include "strategies/unit.h"

struct strategy_state;

ALWAYS_INLINE void strategy_open(struct strategy_state *state)
{
    (void)state;
}

ALWAYS_INLINE void strategy_close(struct strategy_state *state)
{
    (void)state;
}

#endif
