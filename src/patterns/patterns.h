// The tables of patterns and sizes, and the constants of the original benchmark.
#ifndef PATTERNS_PATTERNS_H
#define PATTERNS_PATTERNS_H

#include <stdbool.h>
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
#define PATTERN(name, threads, summary) PATTERN_##name,
#include "patterns/patterns.def"
#undef PATTERN
    PATTERN_COUNT
};

// How many patterns a thread runs by itself. They come first: the others have higher numbers.
enum {
    SOLO_PATTERN_COUNT = 0
#define PATTERN(name, threads, summary) +PATTERN_IS_SOLO_##threads
#define PATTERN_IS_SOLO_EACH 1
#define PATTERN_IS_SOLO_PAIRS 0
#define PATTERN_IS_SOLO_ALL 0
#include "patterns/patterns.def"
#undef PATTERN
};

// What threads of one process have to do with each other's objects.
enum pattern_threads {
    PATTERN_THREADS_EACH,  // nothing
    PATTERN_THREADS_PAIRS, // one of two allocates, the other one frees
    PATTERN_THREADS_ALL,   // each frees another one's
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
    enum pattern_threads threads; // of a pattern
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

// Whether so many threads of one process, at least 1, can run it.
bool pattern_fits_threads(enum pattern_id pattern, uint32_t threads);

// How many of them allocate.
uint32_t pattern_allocating_threads(enum pattern_id pattern, uint32_t threads);

// How many batches' objects of one thread can live at once.
uint32_t pattern_live_batches(enum pattern_id pattern);

// How many objects a batch allocates on average: BATCH_SIZE, but for `random` the expected number of its
// steps that find their slot empty, (200 + 100 * P) / 2 with P = (1 - (1 - 2/100)^200) / 2 the chance that a
// slot was picked an odd number of times: 124.56.
double pattern_expected_objects(enum pattern_id pattern);

#endif
