// box_delayed_24: box and 24 instructions more per object.
#define BOX_DELAY_INSTRUCTIONS 24
#define STRATEGY_NAME box_delayed_24
#include "strategies/box_delayed.h"
