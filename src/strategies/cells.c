#include "strategies/cells.h"

#define STRATEGY(name, role, summary) extern const struct strategy_cells strategy_cells_##name;
#include "strategies/strategies.def"
#undef STRATEGY

const struct strategy_cells *const strategy_cells[STRATEGY_COUNT] = {
#define STRATEGY(name, role, summary) &strategy_cells_##name,
#include "strategies/strategies.def"
#undef STRATEGY
};
