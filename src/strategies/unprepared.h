// Part of a strategy that takes nothing before the clock starts.
#ifndef STRATEGIES_UNPREPARED_H
#define STRATEGIES_UNPREPARED_H

#include "strategies/unit.h"

struct strategy_state;

static bool strategy_prepare(struct strategy_state *state, size_t object_bytes, uint32_t live_objects)
{
    (void)state, (void)object_bytes, (void)live_objects;
    return true;
}

static void strategy_finish(struct strategy_state *state, size_t object_bytes)
{
    (void)state, (void)object_bytes;
}

#endif
