#include "strategies/strategies.h"

#include <string.h>

const struct strategy strategies[STRATEGY_COUNT] = {
#define STRATEGY(name, role, memory, summary)                                                                \
    {#name, STRATEGY_ROLE_##role, STRATEGY_MEMORY_##memory, summary},
#include "strategies/strategies.def"
#undef STRATEGY
};

const struct strategy *strategy_find(const char *name)
{
    for (size_t i = 0; i < STRATEGY_COUNT; i++)
        if (strcmp(strategies[i].name, name) == 0)
            return &strategies[i];
    return NULL;
}

bool strategy_is_rust(const struct strategy *strategy)
{
    return strncmp(strategy->name, "rust_", strlen("rust_")) == 0;
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
                    "What cargo said is in rust.log of the build's folder; mend that and build again."},
    };
    return state != BUILT && strategy_is_rust(strategy) ? &absences[state] : NULL;
}
