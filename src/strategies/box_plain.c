// box_plain: the very functions of box where the self-test runs a delayed copy under the name of box: what
// these take less is what is planted.
#include "strategies/unit.h"

extern const struct strategy_cells STRATEGY_CELLS_NAME(box);
extern const struct strategy_cells STRATEGY_CELLS_NAME(box_plain);
const struct strategy_cells STRATEGY_CELLS_NAME(box_plain) = {.same_as = &STRATEGY_CELLS_NAME(box)};
