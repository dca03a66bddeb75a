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

const char *strategy_absence(const struct strategy *strategy)
{
    static const char of_rust[] = RUST_ABSENCE;
    return of_rust[0] && strncmp(strategy->name, "rust_", strlen("rust_")) == 0 ? of_rust : NULL;
}
