// random: visit slots at random; allocate into an empty one, free a filled one; free the rest at the end of
// the batch. The steps were drawn before the clock started: a generator inside the loop would be part of what
// is measured, and a short sequence that repeats would be learned by the branch predictor (see
// docs/methodology.md).
#ifndef PATTERNS_RANDOM_H
#define PATTERNS_RANDOM_H

ALWAYS_INLINE void pattern_random(struct batch_context *context, struct strategy_state *state,
                                  size_t object_bytes, uint32_t batch_count)
{
    const uint32_t live_objects = context->live_objects;
    const uint32_t step_count = live_objects * RANDOM_STEPS_PER_OBJECT;
    size_t *const slots = context->handles;
    const uint16_t *steps = context->steps;
    uint64_t word = context->word;
    uint64_t mismatch = 0;
    for (uint32_t batch = 0; batch < batch_count && !context->out_of_memory; batch++) {
        strategy_open(state);
        for (uint32_t step = 0; step < step_count; step++) {
            size_t slot = steps[step];
            if (slots[slot] != HANDLE_NONE) {
                mismatch |=
                    payload_difference(strategy_deallocate(state, object_bytes, slots[slot]), word + slot);
                slots[slot] = HANDLE_NONE;
            } else if (__builtin_expect(!strategy_allocate(state, object_bytes, word + slot, &slots[slot]),
                                        0)) {
                slots[slot] = HANDLE_NONE;
                context->out_of_memory = true;
                break;
            }
        }
        for (uint32_t slot = 0; slot < live_objects; slot++) {
            if (slots[slot] != HANDLE_NONE) {
                mismatch |=
                    payload_difference(strategy_deallocate(state, object_bytes, slots[slot]), word + slot);
                slots[slot] = HANDLE_NONE;
            }
        }
        strategy_close(state);
        steps += step_count;
        word += live_objects;
    }
    context->steps = steps;
    context->word = word;
    context->mismatch |= mismatch;
}

#endif
