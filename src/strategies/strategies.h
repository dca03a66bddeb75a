// The table of strategies: names and summaries, without the code that is measured (which only the worker
// links).
#ifndef STRATEGIES_STRATEGIES_H
#define STRATEGIES_STRATEGIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "patterns/patterns.h"

enum strategy_role {
    STRATEGY_ROLE_STANDARD, // of the original benchmark, measured by default
    STRATEGY_ROLE_EXTRA,    // measured on request
    STRATEGY_ROLE_CONTROL,  // judges the measurement; details file only
    STRATEGY_ROLE_HARNESS,  // times the harness, or is planted by the self-test
};

enum strategy_memory {
    STRATEGY_MEMORY_HEAP,   // the malloc underneath: measured on every heap
    STRATEGY_MEMORY_MAPPED, // its own
};

enum strategy_code {
    STRATEGY_CODE_OWN,  // a file of its own, or box_delayed.c
    STRATEGY_CODE_BOX,  // that of box, under a second name
    STRATEGY_CODE_RUST, // reference/rust
};

enum strategy_start {
    STRATEGY_START_COLD, // each live set starts from nothing: what holds it grows
    STRATEGY_START_WARM, // room for it is made before the clock starts
    STRATEGY_START_SAME, // neither
};

enum strategy_threads {
    STRATEGY_THREADS_ALONE,  // each thread has its own and frees its objects itself
    STRATEGY_THREADS_OWNER,  // each thread has its own, of which others may free
    STRATEGY_THREADS_SHARED, // all threads of a process have one
};

enum strategy_id {
#define STRATEGY(name, role, memory, code, touches, start, work, threads, summary) STRATEGY_##name,
#include "strategies/strategies.def"
#undef STRATEGY
#define DELAY(instructions) STRATEGY_box_delayed_##instructions,
#include "strategies/delays.def"
#undef DELAY
    STRATEGY_COUNT
};

enum {
    STRATEGY_DELAY_COUNT = 0
#define DELAY(instructions) +1
#include "strategies/delays.def"
#undef DELAY
};

struct strategy {
    const char *name;
    enum strategy_role role;
    enum strategy_memory memory;
    enum strategy_code code;
    enum strategy_start start;
    enum strategy_id
        work; // the strategy that it implements: itself, or the one of which it is another implementation
    enum strategy_threads threads;
    uint32_t touches;       // 1 << enum touch for each that it is compiled for
    uint32_t largest_bytes; // of the objects that it is compiled for
    const char *summary;
};

// Indexed by enum strategy_id.
extern const struct strategy strategies[STRATEGY_COUNT];

// Whether there is code for that touch, in builds that have the strategy.
bool strategy_has_touch(const struct strategy *strategy, enum touch touch);

// The same, for that touch and objects of that size.
bool strategy_has_cell(const struct strategy *strategy, enum touch touch, uint32_t object_bytes);

// Whether threads of a process can run the pattern with it: some patterns free other threads' objects.
bool strategy_has_pattern(const struct strategy *strategy, enum pattern_id pattern);

struct strategy_absence {
    const char *reason; // a phrase
    const char *remedy; // a sentence
};

// Why this build has no code for the strategy, and what brings it. NULL: it has.
const struct strategy_absence *strategy_absence(const struct strategy *strategy);

// The strategy of that name, or NULL.
const struct strategy *strategy_find(const char *name);

#endif
