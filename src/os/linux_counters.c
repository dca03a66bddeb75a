// One pinned group by perf_event_open(2), led by the cycles. A processor has few counters, some of them taken
// (by a watchdog, a hypervisor): a pinned group that does not fit reads nothing at all, so members are given
// up from the end until a trial stretch reads something.
#define _GNU_SOURCE // syscall
#include "os/private.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define READ_MISSES_OF(cache)                                                                                \
    ((cache) | (PERF_COUNT_HW_CACHE_OP_READ << 8) | (PERF_COUNT_HW_CACHE_RESULT_MISS << 16))

static const struct linux_event hardware_events[HARDWARE_COUNTER_COUNT] = {
    [HARDWARE_COUNTER_CYCLES] = {PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES},
    [HARDWARE_COUNTER_INSTRUCTIONS] = {PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS},
    [HARDWARE_COUNTER_BRANCH_MISSES] = {PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_MISSES},
    [HARDWARE_COUNTER_L1D_MISSES] = {PERF_TYPE_HW_CACHE, READ_MISSES_OF(PERF_COUNT_HW_CACHE_L1D)},
    [HARDWARE_COUNTER_DTLB_MISSES] = {PERF_TYPE_HW_CACHE, READ_MISSES_OF(PERF_COUNT_HW_CACHE_DTLB)},
};

static int open_event(const struct linux_event *event, int leader)
{
    struct perf_event_attr attributes = {
        .type = event->type,
        .size = sizeof attributes,
        .config = event->config,
        .read_format = PERF_FORMAT_GROUP,
        .disabled = leader < 0, // the others follow their leader
        .pinned = leader < 0,
        .exclude_kernel = 1, // what an unprivileged user may see at the usual perf_event_paranoid
        .exclude_hv = 1,
    };
    return (int)syscall(SYS_perf_event_open, &attributes, 0, -1, leader, PERF_FLAG_FD_CLOEXEC);
}

static void give_up(struct os_counters *counters, int index)
{
    close(counters->descriptors[index]);
    counters->descriptors[index] = -1;
}

static bool counts_something(const struct os_counters *counters)
{
    struct os_counts counts;
    os_counters_start(counters);
    os_counters_stop(counters, &counts);
    return counts.present[0];
}

bool linux_counters_open(const struct linux_event events[HARDWARE_COUNTER_COUNT],
                         struct os_counters *ret_counters, char *ret_reason, size_t capacity)
{
    for (int i = 0; i < HARDWARE_COUNTER_COUNT; i++)
        ret_counters->descriptors[i] = -1;
    ret_counters->descriptors[0] = open_event(&events[0], -1);
    if (ret_counters->descriptors[0] < 0) {
        snprintf(ret_reason, capacity, "perf_event_open: %s", strerror(errno));
        return false;
    }
    for (int i = 1; i < HARDWARE_COUNTER_COUNT; i++)
        ret_counters->descriptors[i] = open_event(&events[i], ret_counters->descriptors[0]);
    for (int last = HARDWARE_COUNTER_COUNT - 1; last > 0; last--) {
        if (counts_something(ret_counters))
            return true;
        if (ret_counters->descriptors[last] >= 0)
            give_up(ret_counters, last);
    }
    if (counts_something(ret_counters))
        return true;
    os_counters_close(ret_counters);
    snprintf(ret_reason, capacity, "the processor's counters are taken");
    return false;
}

bool os_counters_open(struct os_counters *ret_counters, char *ret_reason, size_t capacity)
{
    return linux_counters_open(hardware_events, ret_counters, ret_reason, capacity);
}

void os_counters_start(const struct os_counters *counters)
{
    int leader = counters->descriptors[0];
    if (leader < 0)
        return;
    ioctl(leader, PERF_EVENT_IOC_RESET, PERF_IOC_FLAG_GROUP);
    ioctl(leader, PERF_EVENT_IOC_ENABLE, 0); // its members are always enabled and follow it
}

void os_counters_stop(const struct os_counters *counters, struct os_counts *ret_counts)
{
    struct {
        uint64_t count;
        uint64_t values[HARDWARE_COUNTER_COUNT]; // of the members, in the order in which they were opened
    } group;
    int leader = counters->descriptors[0];
    *ret_counts = (struct os_counts){0};
    if (leader < 0)
        return;
    ioctl(leader, PERF_EVENT_IOC_DISABLE, 0);
    ssize_t length = read(leader, &group, sizeof group); // nothing when the group lost its place
    if (length < (ssize_t)sizeof group.count || group.count > HARDWARE_COUNTER_COUNT)
        return;
    for (uint64_t i = 0, member = 0; i < HARDWARE_COUNTER_COUNT && member < group.count; i++) {
        ret_counts->present[i] = counters->descriptors[i] >= 0;
        if (ret_counts->present[i])
            ret_counts->values[i] = group.values[member++];
    }
}

void os_counters_close(struct os_counters *counters)
{
    for (int i = 0; i < HARDWARE_COUNTER_COUNT; i++)
        if (counters->descriptors[i] >= 0)
            give_up(counters, i);
}
