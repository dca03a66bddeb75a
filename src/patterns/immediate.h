// immediate: allocate, free at once, again. The live set starts from empty with every object.
#ifndef PATTERNS_IMMEDIATE_H
#define PATTERNS_IMMEDIATE_H

ALWAYS_INLINE void pattern_immediate(struct batch_context *context, struct strategy_state *state,
                                     size_t object_bytes, uint32_t batch_count)
{
    const uint32_t live_objects = context->live_objects;
    uint64_t word = context->word;
    uint64_t mismatch = 0;
    for (uint32_t batch = 0; batch < batch_count && !context->out_of_memory; batch++) {
        for (uint32_t i = 0; i < live_objects; i++) {
            size_t handle;
            strategy_open(state);
            if (__builtin_expect(!strategy_allocate(state, object_bytes, word, &handle), 0)) {
                context->out_of_memory = true;
                strategy_close(state);
                break;
            }
            mismatch |= payload_difference(strategy_deallocate(state, object_bytes, handle), word);
            strategy_close(state);
            word++;
        }
    }
    context->word = word;
    context->mismatch |= mismatch;
}

#endif
