// The bins in which times of single operations are counted: log-linear, as those of Gil Tene's HdrHistogram.
// A bin is a sixteenth of a nanosecond wide below 16 ns, and at most 1/128 of its times above. They are the
// same for every machine and clock, so histograms can be added.
#ifndef MEASUREMENTS_BINS_H
#define MEASUREMENTS_BINS_H

#include <stdint.h>

enum {
    BINS_PER_OCTAVE = 128,
    BIN_STEPS_PER_NS = 16, // the narrowest bin
    BIN_COUNT = 5120,      // up to 2^46 steps, which is more than an hour
};

// The bin of a time; the last one holds all that is longer. Not negative.
uint32_t bin_of(double time_ns);

// Its bounds in ns: it holds the times from the first on, below the second.
double bin_low_ns(uint32_t bin);
double bin_high_ns(uint32_t bin);

#endif
