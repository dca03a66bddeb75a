// Last include of every strategy's file: from the strategy's inline functions and each pattern's template,
// one function per pattern and size, and the table of them. See strategies/unit.h. STRATEGY_FOR_EACH_SIZE is
// FOR_EACH_SIZE where the strategy does not say otherwise.
#include "strategies/pattern_templates.h" // generated from patterns.def: one include per row

#ifndef STRATEGY_FOR_EACH_SIZE
#define STRATEGY_FOR_EACH_SIZE FOR_EACH_SIZE
#endif

// Patterns whose threads free each other's objects are only for strategies that say how.
#define PATTERN_IF_EACH(define, pattern) STRATEGY_FOR_EACH_SIZE(define, pattern)
#ifdef STRATEGY_FREES_ELSEWHERE
#define PATTERN_IF_PAIRS(define, pattern) STRATEGY_FOR_EACH_SIZE(define, pattern)
#define PATTERN_IF_ALL(define, pattern) STRATEGY_FOR_EACH_SIZE(define, pattern)
#else
#define PATTERN_IF_PAIRS(define, pattern)
#define PATTERN_IF_ALL(define, pattern)
#endif

_Static_assert(sizeof(struct strategy_state) <= STRATEGY_STATE_BYTES,
               "the strategy's state must fit the worker's storage");

#define DEFINE_RUN(pattern, bytes)                                                                           \
    static __attribute__((noinline)) void run_##pattern##_##bytes(struct batch_context *context,             \
                                                                  uint32_t batch_count)                      \
    {                                                                                                        \
        pattern_##pattern(context, context->state, bytes, batch_count);                                      \
    }
#define PATTERN(pattern, threads, summary) PATTERN_IF_##threads(DEFINE_RUN, pattern)
#include "patterns/patterns.def"
#undef PATTERN

static bool prepare(void *state, size_t object_bytes, uint32_t live_objects)
{
    return strategy_prepare(state, object_bytes, live_objects);
}

static void finish(void *state, size_t object_bytes)
{
    strategy_finish(state, object_bytes);
}

static void open_live_set(void *state)
{
    strategy_open(state);
}

static void close_live_set(void *state)
{
    strategy_close(state);
}

static bool allocate(void *state, size_t object_bytes, uint64_t word, size_t *ret_handle)
{
    return strategy_allocate(state, object_bytes, word, ret_handle);
}

static uint64_t deallocate(void *state, size_t object_bytes, size_t handle)
{
    return strategy_deallocate(state, object_bytes, handle);
}

static void *object(void *state, size_t object_bytes, size_t handle)
{
    return strategy_object(state, object_bytes, handle);
}

#define CELLS_NAME(name) STRATEGY_CELLS_NAME(name)
extern const struct strategy_cells CELLS_NAME(STRATEGY_NAME);
const struct strategy_cells CELLS_NAME(STRATEGY_NAME) = {
    .prepare = prepare,
    .finish = finish,
    .open = open_live_set,
    .close = close_live_set,
    .allocate = allocate,
    .deallocate = deallocate,
    .object = object,
    .run =
        {
#define RUN_ENTRY(pattern, bytes) [PATTERN_##pattern][SIZE_INDEX_##bytes] = run_##pattern##_##bytes,
#define PATTERN(pattern, threads, summary) PATTERN_IF_##threads(RUN_ENTRY, pattern)
#include "patterns/patterns.def"
#undef PATTERN
        },
};
