// Events that a child gets from its parent at fork (inherit) and that begin to count when a program is
// started (enable_on_exec): those of the caller itself never do. A group cannot be inherited and read as one,
// so each is an event of its own, and counts only when it never had to take turns.
#define _GNU_SOURCE // syscall
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/private.h"

void linux_tree_counters_open(const struct linux_event events[TREE_COUNTER_COUNT],
                              struct os_tree_counters *ret_counters)
{
    for (int i = 0; i < TREE_COUNTER_COUNT; i++) {
        struct perf_event_attr attributes = {
            .type = events[i].type,
            .size = sizeof attributes,
            .config = events[i].config,
            .read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING,
            .disabled = 1,
            .inherit = 1,
            .enable_on_exec = 1,
            .exclude_kernel = 1,
            .exclude_hv = 1,
        };
        ret_counters->descriptors[i] =
            (int)syscall(SYS_perf_event_open, &attributes, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
    }
}

void os_tree_counters_open(struct os_tree_counters *ret_counters)
{
    static const struct linux_event events[TREE_COUNTER_COUNT] = {
        [TREE_COUNTER_INSTRUCTIONS] = {PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS},
        [TREE_COUNTER_CYCLES] = {PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES},
    };
    linux_tree_counters_open(events, ret_counters);
}

bool os_tree_counters_read(const struct os_tree_counters *counters, enum tree_counter which,
                           uint64_t *ret_count)
{
    struct {
        uint64_t value, enabled, running;
    } event;
    int descriptor = counters->descriptors[which];
    if (descriptor < 0 || read(descriptor, &event, sizeof event) != (ssize_t)sizeof event ||
        event.running == 0 || event.running < event.enabled)
        return false;
    *ret_count = event.value;
    return true;
}

void os_tree_counters_close(struct os_tree_counters *counters)
{
    for (int i = 0; i < TREE_COUNTER_COUNT; i++) {
        if (counters->descriptors[i] >= 0)
            close(counters->descriptors[i]);
        counters->descriptors[i] = -1;
    }
}
