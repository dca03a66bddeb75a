//! Rust's `Box` and the `slab` crate behind the C interface of src/strategies/cells.h and src/patterns/batch.h, to be
//! timed by the same worker: the same patterns, payload, barriers and random steps as the strategies in C.
//!
//! An object is not initialised as a whole, as in C: its first 8 bytes are written and read back. `Box` builds it in
//! place. The slab takes and gives values, and is there twice: as the compiler makes it, and with both values passed
//! through a barrier on the stack, so that the moves are made.

mod cells;
mod patterns;
mod strategies;

use cells::{Layout, StrategyCells};
use strategies::{BoxStrategy, SlabByvalueCold, SlabByvalueWarm, SlabCold, SlabWarm};

// The names are those that src/strategies/cells.c has for the rows of strategies.def.
#[no_mangle]
#[allow(non_upper_case_globals)]
pub static strategy_cells_word_rust_box: StrategyCells = cells::cells_of!(BoxStrategy);
#[no_mangle]
#[allow(non_upper_case_globals)]
pub static strategy_cells_word_rust_slab_cold: StrategyCells = cells::cells_of!(SlabCold);
#[no_mangle]
#[allow(non_upper_case_globals)]
pub static strategy_cells_word_rust_slab_warm: StrategyCells = cells::cells_of!(SlabWarm);
#[no_mangle]
#[allow(non_upper_case_globals)]
pub static strategy_cells_word_rust_slab_byvalue_cold: StrategyCells = cells::cells_of!(SlabByvalueCold);
#[no_mangle]
#[allow(non_upper_case_globals)]
pub static strategy_cells_word_rust_slab_byvalue_warm: StrategyCells = cells::cells_of!(SlabByvalueWarm);
#[no_mangle]
#[allow(non_upper_case_globals)]
pub static rust_layout: Layout = cells::LAYOUT;
