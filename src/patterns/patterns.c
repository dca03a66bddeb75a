#include "patterns/patterns.h"

#include <string.h>

const struct pattern patterns[PATTERN_COUNT] = {
#define PATTERN(name, threads, summary) {#name, summary, PATTERN_THREADS_##threads},
#include "patterns/patterns.def"
#undef PATTERN
};

const struct pattern touches[TOUCH_COUNT] = {
#define TOUCH(name, summary) {#name, summary, PATTERN_THREADS_EACH},
#include "patterns/touches.def"
#undef TOUCH
};

#define SIZE_VALUE(unused, bytes) bytes,
const uint32_t object_sizes[SIZE_COUNT] = {FOR_EACH_SIZE(SIZE_VALUE, )};
#undef SIZE_VALUE

const struct pattern *pattern_find(const char *name)
{
    for (size_t i = 0; i < PATTERN_COUNT; i++)
        if (strcmp(patterns[i].name, name) == 0)
            return &patterns[i];
    return NULL;
}

int size_index(uint32_t size_bytes)
{
    for (int i = 0; i < SIZE_COUNT; i++)
        if (object_sizes[i] == size_bytes)
            return i;
    return -1;
}

bool pattern_fits_threads(enum pattern_id pattern, uint32_t threads)
{
    switch (patterns[pattern].threads) {
    case PATTERN_THREADS_EACH:
        return true;
    case PATTERN_THREADS_PAIRS:
        return threads % 2 == 0;
    case PATTERN_THREADS_ALL:
        break;
    }
    return threads >= 2;
}

uint32_t pattern_allocating_threads(enum pattern_id pattern, uint32_t threads)
{
    return patterns[pattern].threads == PATTERN_THREADS_PAIRS ? threads / 2 : threads;
}

uint32_t pattern_live_batches(enum pattern_id pattern)
{
    return patterns[pattern].threads == PATTERN_THREADS_EACH ? 1 : 2;
}

double pattern_expected_objects(enum pattern_id pattern)
{
    if (pattern != PATTERN_random)
        return BATCH_SIZE;
    double even_less_odd = 1.0;
    for (int step = 0; step < BATCH_SIZE * RANDOM_STEPS_PER_OBJECT; step++)
        even_less_odd *= 1.0 - 2.0 / BATCH_SIZE;
    double odd = (1.0 - even_less_odd) / 2;
    return (BATCH_SIZE * RANDOM_STEPS_PER_OBJECT + BATCH_SIZE * odd) / 2;
}
