// fifo: allocate a batch, free it in the same order: a queue.
#ifndef PATTERNS_FIFO_H
#define PATTERNS_FIFO_H

ALWAYS_INLINE void pattern_fifo(struct batch_context *context, struct strategy_state *state,
                                size_t object_bytes, uint32_t batch_count)
{
    const uint32_t live_objects = context->live_objects;
    size_t *const queue = context->handles;
    uint64_t word = context->word;
    uint64_t mismatch = 0;
    for (uint32_t batch = 0; batch < batch_count && !context->out_of_memory; batch++) {
        uint32_t length = 0;
        strategy_open(state);
        for (; length < live_objects; length++) {
            if (__builtin_expect(!strategy_allocate(state, object_bytes, word + length, &queue[length]), 0)) {
                context->out_of_memory = true;
                break;
            }
        }
        for (uint32_t i = 0; i < length; i++)
            mismatch |= payload_difference(strategy_deallocate(state, object_bytes, queue[i]), word + i);
        strategy_close(state);
        word += live_objects;
    }
    context->word = word;
    context->mismatch |= mismatch;
}

#endif
