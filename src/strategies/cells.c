#include "strategies/cells.h"

#define STRATEGY(name, role, memory, summary)                                                                \
    extern const struct strategy_cells strategy_cells_word_##name, strategy_cells_none_##name,               \
        strategy_cells_full_##name, strategy_cells_read_##name;
#include "strategies/strategies.def"
#undef STRATEGY

const struct strategy_cells *const strategy_cells[TOUCH_COUNT][STRATEGY_COUNT] = {
    [TOUCH_word] =
        {
#define STRATEGY(name, role, memory, summary) &strategy_cells_word_##name,
#include "strategies/strategies.def"
#undef STRATEGY
        },
    [TOUCH_none] =
        {
#define STRATEGY(name, role, memory, summary) &strategy_cells_none_##name,
#include "strategies/strategies.def"
#undef STRATEGY
        },
    [TOUCH_full] =
        {
#define STRATEGY(name, role, memory, summary) &strategy_cells_full_##name,
#include "strategies/strategies.def"
#undef STRATEGY
        },
    [TOUCH_read] =
        {
#define STRATEGY(name, role, memory, summary) &strategy_cells_read_##name,
#include "strategies/strategies.def"
#undef STRATEGY
        },
};
