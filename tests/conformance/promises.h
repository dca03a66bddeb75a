// What strategies promise beyond strategies/unit.h.
#ifndef PROMISES_H
#define PROMISES_H

#include <stdbool.h>
#include <stddef.h>

#include "strategies/cells.h"

static inline bool is_slab_of_rust(int strategy)
{
    return strategies[strategy].code == STRATEGY_CODE_RUST && strategy != STRATEGY_rust_box;
}

// The alignment that an object of this size can need in C: its largest power-of-two divisor, at most 16. A
// value that lies behind its tag is aligned as the tag is, in C only below 2 KiB.
static inline size_t promised_alignment(int strategy, size_t bytes)
{
    bool by_value = strategy == STRATEGY_slab_byvalue_cold || strategy == STRATEGY_slab_byvalue_warm;
    bool behind_a_tag = (by_value && bytes < 2048) || is_slab_of_rust(strategy);
    return bytes % 16 == 0 && !behind_a_tag ? 16 : bytes % 8 == 0 ? 8 : 4;
}

// Whether a handle that is not held, so also a second deallocation, reads as all bits set and changes
// nothing.
static inline bool notices_a_wrong_handle(int strategy)
{
    return strategy == STRATEGY_slab_cold || strategy == STRATEGY_slab_warm ||
           strategy == STRATEGY_slab_byvalue_cold || strategy == STRATEGY_slab_byvalue_warm ||
           is_slab_of_rust(strategy);
}

#endif
