//! Mirrors of the C structs, and the tables of monomorphised functions.

use core::ffi::c_void;
use core::mem::size_of;

pub const PATTERN_COUNT: usize = 6;
pub const SIZE_COUNT: usize = 19;
pub const STATE_BYTES: usize = 256;

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
    pub thread: u32,
    pub thread_count: u32,
    pub passages: *mut c_void,
}

pub type RunBatches = unsafe extern "C" fn(*mut BatchContext, u32);

/// struct strategy_cells of src/strategies/cells.h.
#[repr(C)]
pub struct StrategyCells {
    pub prepare: unsafe extern "C" fn(*mut c_void, usize, u32) -> bool,
    pub finish: unsafe extern "C" fn(*mut c_void, usize),
    /// None where the strategy cannot run the pattern: those whose threads free each other's objects.
    pub run: [[Option<RunBatches>; SIZE_COUNT]; PATTERN_COUNT],
    pub open: unsafe extern "C" fn(*mut c_void),
    pub close: unsafe extern "C" fn(*mut c_void),
    pub allocate: unsafe extern "C" fn(*mut c_void, usize, u64, *mut usize) -> bool,
    pub deallocate: unsafe extern "C" fn(*mut c_void, usize, usize) -> u64,
    pub object: unsafe extern "C" fn(*mut c_void, usize, usize) -> *mut c_void,
}

/// struct rust_layout of src/strategies/rust.h: what both languages must agree on, for a test to compare.
#[repr(C)]
pub struct Layout {
    pub context_bytes: usize,
    pub cells_bytes: usize,
    pub state_bytes: usize,
    pub object_bytes: [usize; SIZE_COUNT],
}

/// Calls a macro with what it is given and the table of objects, in the order of src/patterns/sizes.h. An object is
/// aligned to the largest word that its size is a multiple of, as a value of that size in C can have to be.
macro_rules! with_objects {
    ($macro:ident $($given:tt)*) => {
        $macro! {
            [$($given)*]
            8 => [u64; 1],
            12 => [u32; 3],
            16 => [u64; 2],
            24 => [u64; 3],
            32 => [u64; 4],
            48 => [u64; 6],
            64 => [u64; 8],
            96 => [u64; 12],
            128 => [u64; 16],
            192 => [u64; 24],
            256 => [u64; 32],
            384 => [u64; 48],
            512 => [u64; 64],
            768 => [u64; 96],
            1024 => [u64; 128],
            1536 => [u64; 192],
            2048 => [u64; 256],
            3072 => [u64; 384],
            4096 => [u64; 512],
        }
    };
}
pub(crate) use with_objects;

/// `for_object!([SIZE, Name => expression] …)`: the expression with Name as the object of a size known at run time.
macro_rules! for_object {
    ([$bytes:expr, $name:ident => $body:expr] $($number:literal => $object:ty,)*) => {
        match $bytes {
            $($number => {
                type $name = $object;
                $body
            })*
            _ => unreachable!(),
        }
    };
}
pub(crate) use for_object;

/// One row of functions: a pattern with a strategy for each object.
macro_rules! row_of {
    ([$pattern:ident $strategy:ident] $($number:literal => $object:ty,)*) => {
        [$(Some($crate::patterns::$pattern::<$strategy<$object>> as $crate::cells::RunBatches)),*]
    };
}
pub(crate) use row_of;

macro_rules! bytes_of {
    ([] $($number:literal => $object:ty,)*) => {
        [$({
            assert!(size_of::<$object>() == $number);
            $number
        }),*]
    };
}

pub const LAYOUT: Layout = Layout {
    context_bytes: size_of::<BatchContext>(),
    cells_bytes: size_of::<StrategyCells>(),
    state_bytes: STATE_BYTES,
    object_bytes: with_objects!(bytes_of),
};

macro_rules! cells_of {
    ($strategy:ident) => {{
        use core::ffi::c_void;
        use $crate::cells::{for_object, row_of, with_objects};
        use $crate::strategies::Strategy;
        unsafe extern "C" fn prepare(state: *mut c_void, bytes: usize, live_objects: u32) -> bool {
            with_objects!(for_object bytes, Object => $strategy::<Object>::prepare(state.cast(), live_objects))
        }
        unsafe extern "C" fn finish(state: *mut c_void, bytes: usize) {
            with_objects!(for_object bytes, Object => core::ptr::drop_in_place(state.cast::<$strategy<Object>>()))
        }
        // The size is not known here, and what prepare made is empty: that is the first live set's, finish drops it.
        unsafe extern "C" fn open(_state: *mut c_void) {}
        unsafe extern "C" fn close(_state: *mut c_void) {}
        unsafe extern "C" fn allocate(state: *mut c_void, bytes: usize, word: u64, ret_handle: *mut usize) -> bool {
            with_objects!(for_object bytes, Object => {
                *ret_handle = (*state.cast::<$strategy<Object>>()).allocate(word);
                true
            })
        }
        unsafe extern "C" fn deallocate(state: *mut c_void, bytes: usize, handle: usize) -> u64 {
            with_objects!(for_object bytes, Object => (*state.cast::<$strategy<Object>>()).deallocate(handle))
        }
        unsafe extern "C" fn object(state: *mut c_void, bytes: usize, handle: usize) -> *mut c_void {
            with_objects!(for_object bytes, Object => (*state.cast::<$strategy<Object>>()).object(handle).cast())
        }
        const _: () = assert!(core::mem::size_of::<$strategy<u64>>() <= $crate::cells::STATE_BYTES);
        $crate::cells::StrategyCells {
            prepare,
            finish,
            run: [
                with_objects!(row_of immediate $strategy),
                with_objects!(row_of lifo $strategy),
                with_objects!(row_of fifo $strategy),
                with_objects!(row_of random $strategy),
                [None; $crate::cells::SIZE_COUNT],
                [None; $crate::cells::SIZE_COUNT],
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
