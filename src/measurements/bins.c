#include "measurements/bins.h"

// The first two octaves' worth of bins are single steps; from there on each octave of the time has as many.
enum { SINGLE_STEPS = 2 * BINS_PER_OCTAVE, OCTAVE_BITS = 7 };

uint32_t bin_of(double time_ns)
{
    static const double most = (double)(UINT64_C(1) << 46) - 1;
    double in_steps = time_ns * BIN_STEPS_PER_NS;
    uint64_t steps = (uint64_t)(in_steps < most ? in_steps : most);
    if (steps < SINGLE_STEPS)
        return (uint32_t)steps;
    uint32_t shift = 63 - (uint32_t)__builtin_clzll(steps) - OCTAVE_BITS;
    return shift * BINS_PER_OCTAVE + (uint32_t)(steps >> shift);
}

double bin_low_ns(uint32_t bin)
{
    uint64_t steps = bin;
    if (bin >= SINGLE_STEPS) {
        uint32_t shift = bin / BINS_PER_OCTAVE - 1;
        steps = (uint64_t)(BINS_PER_OCTAVE + bin % BINS_PER_OCTAVE) << shift;
    }
    return (double)steps / BIN_STEPS_PER_NS;
}

double bin_high_ns(uint32_t bin)
{
    return bin_low_ns(bin + 1);
}
