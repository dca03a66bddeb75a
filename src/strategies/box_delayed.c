// box_delayed_<instructions>: box and so many instructions more per object, a slowdown that the self-test
// plants. Compiled once per row of delays.def, which gives BOX_DELAY_INSTRUCTIONS and STRATEGY_NAME. How much
// slower that makes a cell depends on what else the processor has to do there; the self-test measures it
// beside box_plain.
#include "strategies/box_objects.h"

#define STRATEGY_FOR_EACH_SIZE FOR_EACH_SMALL_SIZE
#include "strategies/instantiate.h"
