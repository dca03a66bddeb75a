// box_delayed_12: box and 12 instructions more per object.
#define BOX_DELAY_INSTRUCTIONS 12
#define STRATEGY_NAME box_delayed_12
#include "strategies/box_delayed.h"
