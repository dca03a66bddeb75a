// box_twin: the null control. It runs the very functions of box, so that whatever difference a run shows
// between the two is the run's own error.
#include "strategies/cells.h"

extern const struct strategy_cells strategy_cells_box;
extern const struct strategy_cells strategy_cells_box_twin;
const struct strategy_cells strategy_cells_box_twin = {.same_as = &strategy_cells_box};
