// box_delayed_16: box and 16 instructions more per object.
#define BOX_DELAY_INSTRUCTIONS 16
#define STRATEGY_NAME box_delayed_16
#include "strategies/box_delayed.h"
