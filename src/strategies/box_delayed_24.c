// box_delayed_24: box and 24 instructions more per object, a slowdown that the self-test plants. How much
// slower that makes a cell depends on what else the processor has to do there; the self-test measures it
// beside box_plain.
#define BOX_DELAY_INSTRUCTIONS 24
#include "strategies/box_objects.h"

#define STRATEGY_NAME box_delayed_24
#include "strategies/instantiate.h"
