// A short throughput probe: a fixed amount of independent additions, about 4 µs. The machine's speed can fall
// by tens of percent for seconds while nothing in the kernel's accounting shows it (a busy sibling thread,
// frequency, another guest); more work in flight than one dependent chain sees it, a chain of multiplications
// does not.
#ifndef TIMING_PROBE_H
#define TIMING_PROBE_H

enum { PROBE_ROUNDS = 6250, PROBE_CHAINS = 8 };

// The time of one probe is this function's run time; the caller reads the clock around it.
void probe_run(void);

#endif
