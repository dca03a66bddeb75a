// Hardware counters of the calling thread, in user mode. All of a group count over the same stretch of code
// or none does: a pinned group is never taken turns with other users of the counters.
#ifndef OS_COUNTERS_H
#define OS_COUNTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum hardware_counter {
    HARDWARE_COUNTER_CYCLES,
    HARDWARE_COUNTER_INSTRUCTIONS,
    HARDWARE_COUNTER_BRANCH_MISSES,
    HARDWARE_COUNTER_L1D_MISSES,  // loads that the first-level data cache did not hold
    HARDWARE_COUNTER_DTLB_MISSES, // loads whose page the data TLB did not hold
    HARDWARE_COUNTER_COUNT
};

// Start with os_counters_open; released by os_counters_close.
struct os_counters {
    int descriptors[HARDWARE_COUNTER_COUNT]; // -1: this machine does not have it, or not beside the others
};

struct os_counts {
    bool present[HARDWARE_COUNTER_COUNT];
    uint64_t values[HARDWARE_COUNTER_COUNT];
};

// Opens as many of the counters as count together here, and proves by a short stretch that they do. False
// when there are none; then `ret_reason` says why, for a person, and the other functions do nothing.
bool os_counters_open(struct os_counters *ret_counters, char *ret_reason, size_t capacity);

void os_counters_start(const struct os_counters *counters);

// What was counted since os_counters_start; nothing present when the group lost the hardware meanwhile.
void os_counters_stop(const struct os_counters *counters, struct os_counts *ret_counts);

void os_counters_close(struct os_counters *counters);

#endif
