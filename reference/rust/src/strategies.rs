//! How an object is obtained: see src/strategies/unit.h, whose functions these are.

use core::arch::asm;
use core::mem::MaybeUninit;
use slab::Slab;

type Object<const SIZE: usize> = MaybeUninit<[u8; SIZE]>;

/// barrier_pointer of src/timing/barrier.h: the compiler knows nothing of the pointer any more, and all memory counts as
/// read and written.
#[inline(always)]
fn barrier<T>(mut pointer: *mut T) -> *mut T {
    unsafe { asm!("/* {0} */", inout(reg) pointer, options(nostack, preserves_flags)) };
    pointer
}

#[inline(always)]
unsafe fn write_word<const SIZE: usize>(object: *mut Object<SIZE>, word: u64) -> *mut Object<SIZE> {
    object.cast::<u64>().write_unaligned(word);
    barrier(object)
}

#[inline(always)]
unsafe fn read_word<const SIZE: usize>(object: *const Object<SIZE>) -> u64 {
    object.cast::<u64>().read_unaligned()
}

pub trait Strategy {
    /// Makes the strategy at `state`, before the clock starts. Never fails: without memory Rust aborts.
    unsafe fn prepare(state: *mut Self, live_objects: u32) -> bool;
    /// The live set is about to grow from empty.
    fn open(&mut self);
    /// The live set is empty again.
    fn close(&mut self);
    fn allocate(&mut self, word: u64) -> usize;
    unsafe fn deallocate(&mut self, handle: usize) -> u64;
    unsafe fn object(&mut self, handle: usize) -> *mut u8;
}

pub struct BoxStrategy<const SIZE: usize>;

impl<const SIZE: usize> Strategy for BoxStrategy<SIZE> {
    unsafe fn prepare(_state: *mut Self, _live_objects: u32) -> bool {
        true
    }

    #[inline(always)]
    fn open(&mut self) {}

    #[inline(always)]
    fn close(&mut self) {}

    #[inline(always)]
    fn allocate(&mut self, word: u64) -> usize {
        let object = Box::into_raw(Box::<[u8; SIZE]>::new_uninit());
        unsafe { write_word(object, word) as usize }
    }

    #[inline(always)]
    unsafe fn deallocate(&mut self, handle: usize) -> u64 {
        let object = Box::from_raw(handle as *mut Object<SIZE>);
        read_word(&*object)
    }

    unsafe fn object(&mut self, handle: usize) -> *mut u8 {
        handle as *mut u8
    }
}

#[inline(always)]
fn insert<const SIZE: usize>(slab: &mut Slab<Object<SIZE>>, word: u64) -> usize {
    let mut value = Object::<SIZE>::uninit();
    unsafe { slab.insert(*write_word(&mut value, word)) }
}

/// A key that the slab does not hold gives all bits set, as in C; then nothing is removed.
#[inline(always)]
unsafe fn remove<const SIZE: usize>(slab: &mut Slab<Object<SIZE>>, key: usize) -> u64 {
    match slab.try_remove(key) {
        Some(mut value) => read_word(barrier(&mut value)),
        None => u64::MAX,
    }
}

pub struct SlabCold<const SIZE: usize> {
    slab: Slab<Object<SIZE>>,
}

impl<const SIZE: usize> Strategy for SlabCold<SIZE> {
    unsafe fn prepare(state: *mut Self, _live_objects: u32) -> bool {
        state.write(SlabCold { slab: Slab::new() });
        true
    }

    #[inline(always)]
    fn open(&mut self) {
        self.slab = Slab::new();
    }

    #[inline(always)]
    fn close(&mut self) {
        self.slab = Slab::new();
    }

    #[inline(always)]
    fn allocate(&mut self, word: u64) -> usize {
        insert(&mut self.slab, word)
    }

    #[inline(always)]
    unsafe fn deallocate(&mut self, handle: usize) -> u64 {
        remove(&mut self.slab, handle)
    }

    unsafe fn object(&mut self, handle: usize) -> *mut u8 {
        self.slab[handle].as_mut_ptr().cast()
    }
}

pub struct SlabWarm<const SIZE: usize> {
    slab: Slab<Object<SIZE>>,
}

impl<const SIZE: usize> Strategy for SlabWarm<SIZE> {
    unsafe fn prepare(state: *mut Self, live_objects: u32) -> bool {
        state.write(SlabWarm { slab: Slab::with_capacity(live_objects as usize) });
        true
    }

    #[inline(always)]
    fn open(&mut self) {}

    #[inline(always)]
    fn close(&mut self) {}

    #[inline(always)]
    fn allocate(&mut self, word: u64) -> usize {
        insert(&mut self.slab, word)
    }

    #[inline(always)]
    unsafe fn deallocate(&mut self, handle: usize) -> u64 {
        remove(&mut self.slab, handle)
    }

    unsafe fn object(&mut self, handle: usize) -> *mut u8 {
        self.slab[handle].as_mut_ptr().cast()
    }
}
