// box_delayed_32: box and 32 instructions more per object.
#define BOX_DELAY_INSTRUCTIONS 32
#define STRATEGY_NAME box_delayed_32
#include "strategies/box_delayed.h"
