// Which strategy has code for which touch is decided by the rows of strategies.def and by what this build
// has: CMakeLists.txt lists what it compiles in compiled_cells.def, as rows CELLS(touch, strategy, code).
#include "strategies/cells.h"

#define CELLS(touch, strategy, code) extern const struct strategy_cells strategy_cells_##touch##_##code;
#include "strategies/compiled_cells.def"
#undef CELLS

const struct strategy_cells *const strategy_cells[TOUCH_COUNT][STRATEGY_COUNT] = {
#define CELLS(touch, strategy, code) [TOUCH_##touch][STRATEGY_##strategy] = &strategy_cells_##touch##_##code,
#include "strategies/compiled_cells.def"
#undef CELLS
};
