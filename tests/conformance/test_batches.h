// What the measured functions of one cell run on: the strategy's storage, handles, random steps.
#ifndef TEST_BATCHES_H
#define TEST_BATCHES_H

#include <stdalign.h>
#include <string.h>

#include "base/random.h"
#include "strategies/cells.h"

enum {
    TEST_BATCHES = 5,
    TEST_STEPS = TEST_BATCHES * BATCH_SIZE * RANDOM_STEPS_PER_OBJECT,
    TEST_FIRST_WORD = 5
};

struct test_batches {
    alignas(16) unsigned char storage[STRATEGY_STATE_BYTES];
    size_t handles[BATCH_SIZE];
    uint16_t steps[TEST_STEPS];
    struct batch_context context;
};

static inline void test_batches_init(struct test_batches *batches, uint64_t seed)
{
    struct random random;
    random_seed(&random, seed);
    memset(batches, 0, sizeof *batches);
    memset(batches->handles, 0xff, sizeof batches->handles);
    for (size_t i = 0; i < TEST_STEPS; i++)
        batches->steps[i] = (uint16_t)random_below(&random, BATCH_SIZE);
    batches->context = (struct batch_context){.state = batches->storage,
                                              .handles = batches->handles,
                                              .steps = batches->steps,
                                              .word = TEST_FIRST_WORD,
                                              .live_objects = BATCH_SIZE};
}

#endif
