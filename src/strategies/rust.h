// A strategy of reference/rust. Its cells for the touch `word` come from there under the name that the table
// has for them; for other touches, and in a build without Rust, there are none.
#ifndef STRATEGIES_RUST_H
#define STRATEGIES_RUST_H

#include "strategies/unit.h"

#define RUST_CELLS(name)                                                                                     \
    extern const struct strategy_cells STRATEGY_CELLS_NAME(name);                                            \
    const struct strategy_cells STRATEGY_CELLS_NAME(name) = {0};

#endif
