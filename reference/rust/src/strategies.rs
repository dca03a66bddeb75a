//! How an object is obtained: see src/strategies/unit.h, whose functions these are.

use core::arch::asm;
use core::marker::PhantomData;
use core::mem::MaybeUninit;
use slab::Slab;

/// barrier_pointer of src/timing/barrier.h: the compiler knows nothing of the pointer any more, and all memory counts as
/// read and written.
#[inline(always)]
fn barrier<T>(mut pointer: *mut T) -> *mut T {
    unsafe { asm!("/* {0} */", inout(reg) pointer, options(nostack, preserves_flags)) };
    pointer
}

#[inline(always)]
unsafe fn write_word<T>(object: *mut MaybeUninit<T>, word: u64) -> *mut MaybeUninit<T> {
    object.cast::<u64>().write_unaligned(word);
    barrier(object)
}

#[inline(always)]
unsafe fn read_word<T>(object: *const MaybeUninit<T>) -> u64 {
    object.cast::<u64>().read_unaligned()
}

pub trait Strategy {
    /// Makes the strategy at `state`, before the clock starts. Never fails: without memory Rust aborts.
    unsafe fn prepare(state: *mut Self, live_objects: u32) -> bool;
    /// The live set is empty again: the next one starts with what this leaves.
    fn close(&mut self);
    fn allocate(&mut self, word: u64) -> usize;
    unsafe fn deallocate(&mut self, handle: usize) -> u64;
    unsafe fn object(&mut self, handle: usize) -> *mut u8;
}

pub struct BoxStrategy<T>(PhantomData<T>);

impl<T> Strategy for BoxStrategy<T> {
    unsafe fn prepare(_state: *mut Self, _live_objects: u32) -> bool {
        true
    }

    #[inline(always)]
    fn close(&mut self) {}

    #[inline(always)]
    fn allocate(&mut self, word: u64) -> usize {
        let object = Box::into_raw(Box::new(MaybeUninit::<T>::uninit()));
        unsafe { write_word(object, word) as usize }
    }

    #[inline(always)]
    unsafe fn deallocate(&mut self, handle: usize) -> u64 {
        let object = Box::from_raw(handle as *mut MaybeUninit<T>);
        read_word(&*object)
    }

    unsafe fn object(&mut self, handle: usize) -> *mut u8 {
        handle as *mut u8
    }
}

/// How a program gets objects into a slab and out of it again.
pub trait Use<T> {
    fn insert(slab: &mut Slab<MaybeUninit<T>>, word: u64) -> usize;
    /// A key that the slab does not hold gives all bits set, as in C; then nothing is removed.
    unsafe fn remove(slab: &mut Slab<MaybeUninit<T>>, key: usize) -> u64;
}

/// What a program does that fills the value and reads a part of the one it gets back: the compiler may build the value where
/// it will lie and read it there, if it can. The slab's memory passes through a barrier, so that the object exists.
pub struct Optimised;

impl<T: Copy> Use<T> for Optimised {
    #[inline(always)]
    fn insert(slab: &mut Slab<MaybeUninit<T>>, word: u64) -> usize {
        let mut value = MaybeUninit::<T>::uninit();
        unsafe { value.as_mut_ptr().cast::<u64>().write_unaligned(word) };
        let key = slab.insert(value);
        barrier(slab);
        key
    }

    #[inline(always)]
    unsafe fn remove(slab: &mut Slab<MaybeUninit<T>>, key: usize) -> u64 {
        match slab.try_remove(key) {
            Some(value) => read_word(&value),
            None => u64::MAX,
        }
    }
}

/// What a program does that has the value from elsewhere and hands it on: a barrier sees the values on the stack, so that the
/// moves are made.
pub struct Moved;

impl<T: Copy> Use<T> for Moved {
    #[inline(always)]
    fn insert(slab: &mut Slab<MaybeUninit<T>>, word: u64) -> usize {
        insert_moved(slab, word)
    }

    #[inline(always)]
    unsafe fn remove(slab: &mut Slab<MaybeUninit<T>>, key: usize) -> u64 {
        match &mut slab.try_remove(key) {
            Some(value) => read_word(barrier(value)),
            None => u64::MAX,
        }
    }
}

/// Slab::insert of a value on the stack. The barrier has seen that value's address, so that a compiler which moves it into an
/// argument must suppose that something changes it meanwhile, and copies it twice. Behind a trait, whose methods are not
/// inlined before code is generated, it knows from the reference that nothing does: one copy, as in C.
trait Insert<V> {
    fn insert_value(&mut self, value: &V) -> usize;
}

impl<V: Copy> Insert<V> for Slab<V> {
    #[inline(always)]
    fn insert_value(&mut self, value: &V) -> usize {
        self.insert(*value)
    }
}

/// Generic over the slab as well, so that which insert_value it calls is not known before code is generated.
#[inline(always)]
fn insert_moved<T, S: Insert<MaybeUninit<T>>>(slab: &mut S, word: u64) -> usize {
    let mut value = MaybeUninit::uninit();
    slab.insert_value(unsafe { &*write_word(&mut value, word) })
}

/// The crate's slab, made before the clock starts with capacity for the batch (WARM), or anew with each live set.
pub struct SlabStrategy<T, U, const WARM: bool> {
    slab: Slab<MaybeUninit<T>>,
    usage: PhantomData<U>,
}

pub type SlabCold<T> = SlabStrategy<T, Optimised, false>;
pub type SlabWarm<T> = SlabStrategy<T, Optimised, true>;
pub type SlabByvalueCold<T> = SlabStrategy<T, Moved, false>;
pub type SlabByvalueWarm<T> = SlabStrategy<T, Moved, true>;

impl<T: Copy, U: Use<T>, const WARM: bool> Strategy for SlabStrategy<T, U, WARM> {
    unsafe fn prepare(state: *mut Self, live_objects: u32) -> bool {
        let slab = if WARM { Slab::with_capacity(live_objects as usize) } else { Slab::new() };
        state.write(SlabStrategy { slab, usage: PhantomData });
        true
    }

    #[inline(always)]
    fn close(&mut self) {
        if !WARM {
            self.slab = Slab::new();
        }
    }

    #[inline(always)]
    fn allocate(&mut self, word: u64) -> usize {
        U::insert(&mut self.slab, word)
    }

    #[inline(always)]
    unsafe fn deallocate(&mut self, handle: usize) -> u64 {
        U::remove(&mut self.slab, handle)
    }

    unsafe fn object(&mut self, handle: usize) -> *mut u8 {
        self.slab[handle].as_mut_ptr().cast()
    }
}
