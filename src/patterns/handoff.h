// handoff: threads work in pairs. One allocates a batch, object by object, and passes the handles through a
// ring that holds a batch; the other one takes them out and frees them. Only strategies whose objects another
// thread may free have it: strategy_deallocate_elsewhere().
#ifndef PATTERNS_HANDOFF_H
#define PATTERNS_HANDOFF_H

ALWAYS_INLINE void handoff_allocate(struct batch_context *context, struct strategy_state *state,
                                    size_t object_bytes, uint32_t batch_count, uint64_t word)
{
    const uint32_t live_objects = context->live_objects;
    struct passage *const passage = &context->passages[context->thread];
    size_t *const ring = passage->handles;
    uint64_t put = atomic_load_explicit(&passage->put, memory_order_relaxed);
    uint64_t taken = atomic_load_explicit(&passage->taken[0], memory_order_acquire);
    for (uint32_t batch = 0; batch < batch_count && !context->out_of_memory; batch++) {
        for (uint32_t i = 0; i < live_objects; i++) {
            if (put - taken == live_objects) {
                passage_wait(&passage->taken[0], taken + 1, passage->ended);
                taken = atomic_load_explicit(&passage->taken[0], memory_order_acquire);
            }
            if (__builtin_expect(put - taken == live_objects ||
                                     !strategy_allocate(state, object_bytes, word + i, &ring[i]),
                                 0)) {
                context->out_of_memory = true;
                atomic_store_explicit(passage->ended, true, memory_order_relaxed);
                break;
            }
            atomic_store_explicit(&passage->put, ++put, memory_order_release);
        }
        word += live_objects;
    }
}

// The place in the ring is given back after the object: no more live at once than the ring is long.
ALWAYS_INLINE uint64_t handoff_free(struct batch_context *context, size_t object_bytes, uint32_t batch_count,
                                    uint64_t word)
{
    const uint32_t live_objects = context->live_objects;
    struct passage *const passage = &context->passages[context->thread - 1];
    struct strategy_state *const owner = passage->state;
    const size_t *const ring = passage->handles;
    uint64_t taken = atomic_load_explicit(&passage->taken[0], memory_order_relaxed);
    uint64_t put = taken, mismatch = 0;
    for (uint32_t batch = 0; batch < batch_count && !context->out_of_memory; batch++) {
        for (uint32_t i = 0; i < live_objects; i++) {
            if (put == taken) {
                if (__builtin_expect(!passage_wait(&passage->put, taken + 1, passage->ended), 0)) {
                    context->out_of_memory = true;
                    break;
                }
                put = atomic_load_explicit(&passage->put, memory_order_acquire);
            }
            mismatch |=
                payload_difference(strategy_deallocate_elsewhere(owner, object_bytes, ring[i]), word + i);
            atomic_store_explicit(&passage->taken[0], ++taken, memory_order_release);
        }
        word += live_objects;
    }
    return mismatch;
}

// Both threads of a pair begin with the same word; those of another pair with one that is far from it.
ALWAYS_INLINE void pattern_handoff(struct batch_context *context, struct strategy_state *state,
                                   size_t object_bytes, uint32_t batch_count)
{
    const uint64_t word = context->word + ((uint64_t)(context->thread / 2) << 32);
    if (context->thread % 2 == 0)
        handoff_allocate(context, state, object_bytes, batch_count, word);
    else
        context->mismatch |= handoff_free(context, object_bytes, batch_count, word);
    context->word += (uint64_t)context->live_objects * batch_count;
}

#endif
