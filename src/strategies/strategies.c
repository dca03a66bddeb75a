#include "strategies/strategies.h"

#include <string.h>

#define TOUCHES_ALL ((UINT32_C(1) << TOUCH_COUNT) - 1)
#define TOUCHES_WORD (UINT32_C(1) << TOUCH_word)

const struct strategy strategies[STRATEGY_COUNT] = {
#define STRATEGY(strategy_name, of_role, of_memory, of_code, of_touches, of_start, of_work, of_threads,      \
                 of_summary)                                                                                 \
    {.name = #strategy_name,                                                                                 \
     .role = STRATEGY_ROLE_##of_role,                                                                        \
     .memory = STRATEGY_MEMORY_##of_memory,                                                                  \
     .code = STRATEGY_CODE_##of_code,                                                                        \
     .start = STRATEGY_START_##of_start,                                                                     \
     .work = STRATEGY_##of_work,                                                                             \
     .threads = STRATEGY_THREADS_##of_threads,                                                               \
     .touches = TOUCHES_##of_touches,                                                                        \
     .largest_bytes = LARGEST_OBJECT_BYTES,                                                                  \
     .summary = of_summary},
#include "strategies/strategies.def"
#undef STRATEGY
#define DELAY(instructions)                                                                                  \
    {.name = "box_delayed_" #instructions,                                                                   \
     .role = STRATEGY_ROLE_HARNESS,                                                                          \
     .memory = STRATEGY_MEMORY_HEAP,                                                                         \
     .code = STRATEGY_CODE_OWN,                                                                              \
     .start = STRATEGY_START_SAME,                                                                           \
     .work = STRATEGY_box_delayed_##instructions,                                                            \
     .threads = STRATEGY_THREADS_ALONE,                                                                      \
     .touches = TOUCHES_WORD,                                                                                \
     .largest_bytes = LARGEST_SMALL_OBJECT_BYTES,                                                            \
     .summary = "box and a chain of " #instructions                                                          \
                " instructions per object: a slowdown that the self-test plants"},
#include "strategies/delays.def"
#undef DELAY
};

const struct strategy *strategy_find(const char *name)
{
    for (size_t i = 0; i < STRATEGY_COUNT; i++)
        if (strcmp(strategies[i].name, name) == 0)
            return &strategies[i];
    return NULL;
}

bool strategy_has_touch(const struct strategy *strategy, enum touch touch)
{
    return strategy->touches >> touch & 1;
}

bool strategy_has_cell(const struct strategy *strategy, enum touch touch, uint32_t object_bytes)
{
    return strategy_has_touch(strategy, touch) && object_bytes <= strategy->largest_bytes;
}

bool strategy_has_pattern(const struct strategy *strategy, enum pattern_id pattern)
{
    return patterns[pattern].threads == PATTERN_THREADS_EACH || strategy->threads != STRATEGY_THREADS_ALONE;
}

// RUST_STATE is what cmake/Rust.cmake found.
const struct strategy_absence *strategy_absence(const struct strategy *strategy)
{
    enum { BUILT, OFF, NO_CARGO, FAILED };
    static const int state = RUST_STATE;
    static const struct strategy_absence absences[] = {
        [OFF] = {"it was built with MEMALLOC_BENCH_RUST=OFF",
                 "Build it again with -DMEMALLOC_BENCH_RUST=AUTO (see CONTRIBUTING.md)."},
        [NO_CARGO] = {"cargo was not there when it was built",
                      "Install Rust's cargo (Debian and Ubuntu: apt-get install cargo) and build again."},
        [FAILED] = {"cargo could not build reference/rust",
                    "What cargo said is in rust.log of the build's folder; fix that and build again."},
    };
    return state != BUILT && strategy->code == STRATEGY_CODE_RUST ? &absences[state] : NULL;
}
