// box_delayed_8: box and 8 instructions more per object.
#define BOX_DELAY_INSTRUCTIONS 8
#define STRATEGY_NAME box_delayed_8
#include "strategies/box_delayed.h"
