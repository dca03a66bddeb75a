// box_twin: the null control. It runs the very functions of box, so that whatever difference a run shows
// between the two is the run's own error.
#include "strategies/unit.h"

extern const struct strategy_cells STRATEGY_CELLS_NAME(box);
extern const struct strategy_cells STRATEGY_CELLS_NAME(box_twin);
const struct strategy_cells STRATEGY_CELLS_NAME(box_twin) = {.same_as = &STRATEGY_CELLS_NAME(box)};
