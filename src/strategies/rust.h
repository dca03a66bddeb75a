// A strategy of reference/rust. Its cells for the touch `word` come from there under the name that the table
// has for them; for other touches, and in a build without Rust, there are none.
#ifndef STRATEGIES_RUST_H
#define STRATEGIES_RUST_H

#include "strategies/unit.h"

// What both languages must agree on, as Rust has it, to be compared with what C has.
struct rust_layout {
    size_t context_bytes;
    size_t cells_bytes;
    size_t state_bytes;
    size_t object_bytes[SIZE_COUNT];
};
extern const struct rust_layout rust_layout; // in builds that have the cells

#define RUST_CELLS(name)                                                                                     \
    extern const struct strategy_cells STRATEGY_CELLS_NAME(name);                                            \
    const struct strategy_cells STRATEGY_CELLS_NAME(name) = {0};

#endif
