// The table of strategies: names and summaries, without the code that is measured (which only the worker
// links).
#ifndef STRATEGIES_STRATEGIES_H
#define STRATEGIES_STRATEGIES_H

#include <stdbool.h>
#include <stddef.h>

enum strategy_role {
    STRATEGY_ROLE_STANDARD, // of the seed document, measured by default
    STRATEGY_ROLE_EXTRA,    // measured when asked for
    STRATEGY_ROLE_CONTROL,  // judges the instrument; details file only
    STRATEGY_ROLE_HARNESS,  // times the harness, or is planted by the self-test
};

enum strategy_memory {
    STRATEGY_MEMORY_HEAP,   // the malloc underneath: measured on every heap
    STRATEGY_MEMORY_MAPPED, // its own
};

enum strategy_id {
#define STRATEGY(name, role, memory, summary) STRATEGY_##name,
#include "strategies/strategies.def"
#undef STRATEGY
    STRATEGY_COUNT
};

struct strategy {
    const char *name;
    enum strategy_role role;
    enum strategy_memory memory;
    const char *summary;
};

// Indexed by enum strategy_id.
extern const struct strategy strategies[STRATEGY_COUNT];

// True for those of reference/rust, which have code for the touch `word` alone, and in some builds none.
bool strategy_is_rust(const struct strategy *strategy);

struct strategy_absence {
    const char *reason; // a phrase
    const char *remedy; // a sentence
};

// Why this build has no code for the strategy, and what brings it. NULL: it has.
const struct strategy_absence *strategy_absence(const struct strategy *strategy);

// The strategy of that name, or NULL.
const struct strategy *strategy_find(const char *name);

#endif
