// exchange: each thread allocates a batch and puts its handles where others find them, then frees the batch
// of a partner, which is drawn anew for each batch before the clock starts, the same number of threads
// further for all: so each batch has one thread that frees it, never the one that allocated it. There is room
// for two batches: a thread may be one ahead of the partner that frees its objects. Only strategies whose
// objects another thread may free have it.
#ifndef PATTERNS_EXCHANGE_H
#define PATTERNS_EXCHANGE_H

// The words of a batch: those of the threads lie next to each other.
ALWAYS_INLINE uint64_t exchange_word(const struct batch_context *context, uint32_t thread)
{
    return context->word + (uint64_t)thread * context->live_objects;
}

// False when the heap gave no memory.
ALWAYS_INLINE bool exchange_allocate(const struct batch_context *context, struct strategy_state *state,
                                     size_t object_bytes, size_t *handles)
{
    const uint64_t word = exchange_word(context, context->thread);
    uint32_t length = 0;
    while (length < context->live_objects &&
           __builtin_expect(strategy_allocate(state, object_bytes, word + length, &handles[length]), 1))
        length++;
    return length == context->live_objects;
}

ALWAYS_INLINE uint64_t exchange_free(const struct batch_context *context, size_t object_bytes,
                                     uint32_t partner, const size_t *handles)
{
    struct strategy_state *const owner = context->passages[partner].state;
    const uint64_t word = exchange_word(context, partner);
    uint64_t mismatch = 0;
    for (uint32_t i = 0; i < context->live_objects; i++)
        mismatch |=
            payload_difference(strategy_deallocate_elsewhere(owner, object_bytes, handles[i]), word + i);
    return mismatch;
}

// This thread got no memory, or another one. What is under way stays where it is.
ALWAYS_INLINE void exchange_give_up(struct batch_context *context)
{
    context->out_of_memory = true;
    atomic_store_explicit(context->passages[context->thread].ended, true, memory_order_relaxed);
}

ALWAYS_INLINE void pattern_exchange(struct batch_context *context, struct strategy_state *state,
                                    size_t object_bytes, uint32_t batch_count)
{
    const uint32_t live_objects = context->live_objects, thread_count = context->thread_count;
    struct passage *const own = &context->passages[context->thread];
    uint64_t put = atomic_load_explicit(&own->put, memory_order_relaxed);
    for (uint32_t batch = 0; batch < batch_count; batch++, put++) {
        const uint64_t place = put % 2, before = put / 2; // batches that were in this place
        const size_t offset = (size_t)place * live_objects;
        const uint32_t partner = (context->thread + context->steps[batch]) % thread_count;
        struct passage *const others = &context->passages[partner];
        if (__builtin_expect(!passage_wait(&own->taken[place], before, own->ended) ||
                                 !exchange_allocate(context, state, object_bytes, own->handles + offset),
                             0)) {
            exchange_give_up(context);
            break;
        }
        atomic_store_explicit(&own->put, put + 1, memory_order_release);
        if (__builtin_expect(!passage_wait(&others->put, put + 1, own->ended), 0)) {
            exchange_give_up(context);
            break;
        }
        context->mismatch |= exchange_free(context, object_bytes, partner, others->handles + offset);
        atomic_store_explicit(&others->taken[place], before + 1, memory_order_release);
        context->word += (uint64_t)thread_count * live_objects;
    }
    context->steps += batch_count;
}

#endif
