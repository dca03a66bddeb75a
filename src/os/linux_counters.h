// The group behind os/counters.h with its events chosen by the caller. Private to the Linux files and their
// test.
#ifndef OS_LINUX_COUNTERS_H
#define OS_LINUX_COUNTERS_H

#include "os/counters.h"

struct linux_event {
    uint32_t type; // of struct perf_event_attr
    uint64_t config;
};

// As os_counters_open. Events of which the kernel knows nothing are left out; the first one must be there.
bool linux_counters_open(const struct linux_event events[HARDWARE_COUNTER_COUNT],
                         struct os_counters *ret_counters, char *ret_reason, size_t capacity);

#endif
