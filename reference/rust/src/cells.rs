//! Mirrors of the C structs, and the table of monomorphised functions.

use core::ffi::c_void;

pub const PATTERN_COUNT: usize = 4;
pub const SIZE_COUNT: usize = 19;

/// struct batch_context of src/patterns/batch.h.
#[repr(C)]
pub struct BatchContext {
    pub state: *mut c_void,
    pub handles: *mut usize,
    pub steps: *const u16,
    pub word: u64,
    pub mismatch: u64,
    pub live_objects: u32,
    pub out_of_memory: bool,
}

pub type RunBatches = unsafe extern "C" fn(*mut BatchContext, u32);

/// struct strategy_cells of src/strategies/cells.h.
#[repr(C)]
pub struct StrategyCells {
    pub same_as: *const StrategyCells,
    pub prepare: unsafe extern "C" fn(*mut c_void, usize, u32) -> bool,
    pub finish: unsafe extern "C" fn(*mut c_void, usize),
    pub run: [[RunBatches; SIZE_COUNT]; PATTERN_COUNT],
    pub open: unsafe extern "C" fn(*mut c_void),
    pub close: unsafe extern "C" fn(*mut c_void),
    pub allocate: unsafe extern "C" fn(*mut c_void, usize, u64, *mut usize) -> bool,
    pub deallocate: unsafe extern "C" fn(*mut c_void, usize, usize) -> u64,
    pub object: unsafe extern "C" fn(*mut c_void, usize, usize) -> *mut c_void,
}

// Nothing in it ever changes.
unsafe impl Sync for StrategyCells {}

/// Calls `$call!(SIZE)` for the size that is known at run time.
macro_rules! for_size {
    ($bytes:expr, $size:ident => $body:expr) => {
        $crate::cells::for_size!(@ $bytes, $size => $body;
            8 12 16 24 32 48 64 96 128 192 256 384 512 768 1024 1536 2048 3072 4096)
    };
    (@ $bytes:expr, $size:ident => $body:expr; $($number:literal)*) => {
        match $bytes {
            $($number => { const $size: usize = $number; $body })*
            _ => unreachable!(),
        }
    };
}
pub(crate) use for_size;

/// One row of functions, in the order of FOR_EACH_SIZE.
macro_rules! sizes_of {
    ($pattern:ident, $strategy:ident) => {
        $crate::cells::sizes_of!(@ $pattern, $strategy;
            8 12 16 24 32 48 64 96 128 192 256 384 512 768 1024 1536 2048 3072 4096)
    };
    (@ $pattern:ident, $strategy:ident; $($number:literal)*) => {
        [$($crate::patterns::$pattern::<$strategy<$number>>),*]
    };
}
pub(crate) use sizes_of;

macro_rules! cells_of {
    ($strategy:ident) => {{
        use core::ffi::c_void;
        use $crate::cells::{for_size, sizes_of};
        use $crate::strategies::Strategy;
        unsafe extern "C" fn prepare(state: *mut c_void, bytes: usize, live_objects: u32) -> bool {
            for_size!(bytes, SIZE => $strategy::<SIZE>::prepare(state.cast(), live_objects))
        }
        unsafe extern "C" fn finish(state: *mut c_void, bytes: usize) {
            for_size!(bytes, SIZE => core::ptr::drop_in_place(state.cast::<$strategy<SIZE>>()))
        }
        // The size is not known here: a cold slab stays the one that prepare made, until finish drops it.
        unsafe extern "C" fn open(_state: *mut c_void) {}
        unsafe extern "C" fn close(_state: *mut c_void) {}
        unsafe extern "C" fn allocate(state: *mut c_void, bytes: usize, word: u64, ret_handle: *mut usize) -> bool {
            for_size!(bytes, SIZE => {
                *ret_handle = (*state.cast::<$strategy<SIZE>>()).allocate(word);
                true
            })
        }
        unsafe extern "C" fn deallocate(state: *mut c_void, bytes: usize, handle: usize) -> u64 {
            for_size!(bytes, SIZE => (*state.cast::<$strategy<SIZE>>()).deallocate(handle))
        }
        unsafe extern "C" fn object(state: *mut c_void, bytes: usize, handle: usize) -> *mut c_void {
            for_size!(bytes, SIZE => (*state.cast::<$strategy<SIZE>>()).object(handle).cast())
        }
        $crate::cells::StrategyCells {
            same_as: core::ptr::null(),
            prepare,
            finish,
            run: [
                sizes_of!(immediate, $strategy),
                sizes_of!(lifo, $strategy),
                sizes_of!(fifo, $strategy),
                sizes_of!(random, $strategy),
            ],
            open,
            close,
            allocate,
            deallocate,
            object,
        }
    }};
}
pub(crate) use cells_of;
