// The tables of patterns and sizes, and the constants of the original benchmark.
#ifndef PATTERNS_PATTERNS_H
#define PATTERNS_PATTERNS_H

#include <stddef.h>
#include <stdint.h>

#include "patterns/sizes.h"

enum {
    BATCH_SIZE = 100,            // objects of a batch
    INNER_LOOP = 1000,           // batches of a trial
    RANDOM_STEPS_PER_OBJECT = 2, // the random pattern takes BATCH_SIZE * 2 steps per batch
    SMALLEST_OBJECT_BYTES = 8,
    LARGEST_SMALL_OBJECT_BYTES = 256, // of FOR_EACH_SMALL_SIZE
    LARGEST_OBJECT_BYTES = 4096,
};

enum pattern_id {
#define PATTERN(name, summary) PATTERN_##name,
#include "patterns/patterns.def"
#undef PATTERN
    PATTERN_COUNT
};

enum touch {
#define TOUCH(name, summary) TOUCH_##name,
#include "patterns/touches.def"
#undef TOUCH
    TOUCH_COUNT
};

struct pattern { // and a touch: both are a word and what it means
    const char *name;
    const char *summary;
};

// Indexed by enum pattern_id.
extern const struct pattern patterns[PATTERN_COUNT];

#define SIZE_INDEX(unused, bytes) SIZE_INDEX_##bytes,
enum { FOR_EACH_SIZE(SIZE_INDEX, ) SIZE_COUNT };
#undef SIZE_INDEX

// Indexed by enum touch.
extern const struct pattern touches[TOUCH_COUNT];

// Ascending.
extern const uint32_t object_sizes[SIZE_COUNT];

// The pattern of that name, or NULL.
const struct pattern *pattern_find(const char *name);

// The index of `size_bytes` in object_sizes, or -1.
int size_index(uint32_t size_bytes);

// How many objects a batch allocates on average: BATCH_SIZE, but for `random` the expected number of its
// steps that find their slot empty, (200 + 100 * P) / 2 with P = (1 - (1 - 2/100)^200) / 2 the chance that a
// slot was picked an odd number of times: 124.56.
double pattern_expected_objects(enum pattern_id pattern);

#endif
