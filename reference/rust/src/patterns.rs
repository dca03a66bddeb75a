//! The patterns of src/patterns/*.h, step by step. Memory cannot run out: Rust aborts then, and the cell fails.

use crate::cells::BatchContext;
use crate::strategies::Strategy;

const HANDLE_NONE: usize = usize::MAX;
const RANDOM_STEPS_PER_OBJECT: usize = 2;

pub unsafe extern "C" fn immediate<S: Strategy>(context: *mut BatchContext, batch_count: u32) {
    let context = &mut *context;
    let strategy = &mut *context.state.cast::<S>();
    let mut word = context.word;
    let mut mismatch = 0;
    for _ in 0..batch_count {
        for _ in 0..context.live_objects {
            let handle = strategy.allocate(word);
            mismatch |= strategy.deallocate(handle) ^ word;
            strategy.close();
            word = word.wrapping_add(1);
        }
    }
    context.word = word;
    context.mismatch |= mismatch;
}

#[inline(always)]
unsafe fn stack_or_queue<S: Strategy>(context: *mut BatchContext, batch_count: u32, last_first: bool) {
    let context = &mut *context;
    let strategy = &mut *context.state.cast::<S>();
    let live_objects = context.live_objects as usize;
    let handles = context.handles;
    let mut word = context.word;
    let mut mismatch = 0;
    for _ in 0..batch_count {
        for i in 0..live_objects {
            *handles.add(i) = strategy.allocate(word.wrapping_add(i as u64));
        }
        for i in 0..live_objects {
            let place = if last_first { live_objects - 1 - i } else { i };
            mismatch |= strategy.deallocate(*handles.add(place)) ^ word.wrapping_add(place as u64);
        }
        strategy.close();
        word = word.wrapping_add(live_objects as u64);
    }
    context.word = word;
    context.mismatch |= mismatch;
}

pub unsafe extern "C" fn lifo<S: Strategy>(context: *mut BatchContext, batch_count: u32) {
    stack_or_queue::<S>(context, batch_count, true)
}

pub unsafe extern "C" fn fifo<S: Strategy>(context: *mut BatchContext, batch_count: u32) {
    stack_or_queue::<S>(context, batch_count, false)
}

pub unsafe extern "C" fn random<S: Strategy>(context: *mut BatchContext, batch_count: u32) {
    let context = &mut *context;
    let strategy = &mut *context.state.cast::<S>();
    let live_objects = context.live_objects as usize;
    let step_count = live_objects * RANDOM_STEPS_PER_OBJECT;
    let slots = context.handles;
    let mut steps = context.steps;
    let mut word = context.word;
    let mut mismatch = 0;
    for _ in 0..batch_count {
        for step in 0..step_count {
            let number = *steps.add(step) as usize;
            let slot = &mut *slots.add(number);
            let expected = word.wrapping_add(number as u64);
            if *slot != HANDLE_NONE {
                mismatch |= strategy.deallocate(*slot) ^ expected;
                *slot = HANDLE_NONE;
            } else {
                *slot = strategy.allocate(expected);
            }
        }
        for number in 0..live_objects {
            let slot = &mut *slots.add(number);
            if *slot != HANDLE_NONE {
                mismatch |= strategy.deallocate(*slot) ^ word.wrapping_add(number as u64);
                *slot = HANDLE_NONE;
            }
        }
        strategy.close();
        steps = steps.add(step_count);
        word = word.wrapping_add(live_objects as u64);
    }
    context.steps = steps;
    context.word = word;
    context.mismatch |= mismatch;
}
