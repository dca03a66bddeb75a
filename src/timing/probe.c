#include "timing/probe.h"

#include <stdint.h>

void probe_run(void)
{
    uint64_t a = 1, b = 2, c = 3, d = 4, e = 5, f = 6, g = 7, h = 8;
    for (int i = 0; i < PROBE_ROUNDS; i++) {
        // An empty barrier on each sum keeps the compiler from folding the loop into one multiplication.
        a += 3, b += 5, c += 7, d += 9;
        e += 11, f += 13, g += 15, h += 17;
        __asm__ volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d));
        __asm__ volatile("" : "+r"(e), "+r"(f), "+r"(g), "+r"(h));
    }
}
