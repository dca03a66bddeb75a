// What reference/rust says of itself, in builds that have it.
#ifndef STRATEGIES_RUST_H
#define STRATEGIES_RUST_H

#include <stddef.h>

#include "patterns/patterns.h"

// What both languages must agree on, as Rust has it, to be compared with what C has.
struct rust_layout {
    size_t context_bytes;
    size_t cells_bytes;
    size_t state_bytes;
    size_t object_bytes[SIZE_COUNT];
};
extern const struct rust_layout rust_layout;

#endif
