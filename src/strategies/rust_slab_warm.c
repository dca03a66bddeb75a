// rust_slab_warm: Rust's slab crate, one with capacity for the batch, created before the clock starts;
// values may be built and read in place where the compiler can.
#include "strategies/rust.h"

#if !RUST_HAS_CELLS
RUST_CELLS(rust_slab_warm)
#endif
