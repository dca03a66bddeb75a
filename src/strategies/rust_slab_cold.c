// rust_slab_cold: Rust's slab crate, a new one each time the live set starts from empty, nothing reserved;
// values may be built and read in place where the compiler can.
#include "strategies/rust.h"

#if !RUST_HAS_CELLS
RUST_CELLS(rust_slab_cold)
#endif
