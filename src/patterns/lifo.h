// lifo: allocate a batch, free it in reverse order: a stack.
#ifndef PATTERNS_LIFO_H
#define PATTERNS_LIFO_H

ALWAYS_INLINE void pattern_lifo(struct batch_context *context, struct strategy_state *state,
                                size_t object_bytes, uint32_t batch_count)
{
    const uint32_t live_objects = context->live_objects;
    size_t *const stack = context->handles;
    uint64_t word = context->word;
    uint64_t mismatch = 0;
    for (uint32_t batch = 0; batch < batch_count && !context->out_of_memory; batch++) {
        uint32_t height = 0;
        strategy_open(state);
        for (; height < live_objects; height++) {
            if (__builtin_expect(!strategy_allocate(state, object_bytes, word + height, &stack[height]), 0)) {
                context->out_of_memory = true;
                break;
            }
        }
        while (height > 0) {
            height--;
            mismatch |=
                payload_difference(strategy_deallocate(state, object_bytes, stack[height]), word + height);
        }
        strategy_close(state);
        word += live_objects;
    }
    context->word = word;
    context->mismatch |= mismatch;
}

#endif
