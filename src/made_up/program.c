// memalloc-bench-made-up-program ROUNDS: works for a while, allocates an object and frees another one, over
// and over, and prints what came of it. It holds a few objects at a time, so that no heap has much to do.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "made_up/made_up.h"

enum { LIVE = 64, OBJECT_BYTES = 96 };

int main(int argc, char **argv)
{
    uint64_t *live[LIVE] = {NULL}, state = 1;
    const unsigned long rounds = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
    if (rounds == 0) {
        fputs("Usage: memalloc-bench-made-up-program ROUNDS\n", stderr);
        return 2;
    }
    for (unsigned long i = 0; i < rounds; i++) {
        state = made_up_work(state, MADE_UP_STEPS);
        uint64_t *object = malloc(OBJECT_BYTES + made_up_nothing(state));
        if (!object)
            return 1;
        *object = state;
        state += made_up_nothing((uintptr_t)object);
        free(live[i % LIVE]);
        live[i % LIVE] = object;
    }
    for (size_t i = 0; i < LIVE; i++) {
        state += live[i] ? *live[i] : 0;
        free(live[i]);
    }
    return printf("%" PRIu64 "\n", state) > 0 ? 0 : 1;
}
