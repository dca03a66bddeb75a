// box_delayed_4: box and 4 instructions more per object.
#define BOX_DELAY_INSTRUCTIONS 4
#define STRATEGY_NAME box_delayed_4
#include "strategies/box_delayed.h"
