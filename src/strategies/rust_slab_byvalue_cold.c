// rust_slab_byvalue_cold: Rust's slab crate, a new one each time the live set starts from empty, nothing
// reserved; values are moved in and out.
#include "strategies/rust.h"

#if !RUST_HAS_CELLS
RUST_CELLS(rust_slab_byvalue_cold)
#endif
