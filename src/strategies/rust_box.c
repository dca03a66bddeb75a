// rust_box: Rust's Box: one allocation and one deallocation of its global allocator per object, which are
// malloc and free.
#include "strategies/rust.h"

#if !RUST_HAS_CELLS
RUST_CELLS(rust_box)
#endif
