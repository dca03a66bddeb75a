//! Rust's `Box` and the `slab` crate behind the C interface of src/strategies/cells.h and src/patterns/batch.h, to be
//! timed by the same worker: the same patterns, payload, barriers and random steps as the strategies in C.
//!
//! An object is a `[u8; SIZE]` that is not initialised as a whole, as in C: its first 8 bytes are written and read back.
//! `Box` builds it in place. The slab takes and gives values: each is built on the stack, moved into the slab, moved out
//! to the stack and read there; both stack objects pass through a barrier, so that the moves are made.

#![allow(non_upper_case_globals)]

mod cells;
mod patterns;
mod strategies;

use cells::StrategyCells;
use strategies::{BoxStrategy, SlabCold, SlabWarm};

#[no_mangle]
pub static strategy_cells_word_rust_box: StrategyCells = cells::cells_of!(BoxStrategy);
#[no_mangle]
pub static strategy_cells_word_rust_slab_cold: StrategyCells = cells::cells_of!(SlabCold);
#[no_mangle]
pub static strategy_cells_word_rust_slab_warm: StrategyCells = cells::cells_of!(SlabWarm);
