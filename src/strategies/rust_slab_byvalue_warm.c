// rust_slab_byvalue_warm: Rust's slab crate, one with capacity for the batch, created before the clock
// starts; values are moved in and out.
#include "strategies/rust.h"

#if !RUST_HAS_CELLS
RUST_CELLS(rust_slab_byvalue_warm)
#endif
