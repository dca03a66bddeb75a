// macOS gives a program neither the processor's counters nor the system calls of another one without
// privileges of their own (kperf, dtrace): both are absent, with that reason.
#include <errno.h>
#include <stdio.h>

#include "os/calls.h"
#include "os/counters.h"

bool os_counters_open(struct os_counters *ret_counters, char *ret_reason, size_t capacity)
{
    for (int i = 0; i < HARDWARE_COUNTER_COUNT; i++)
        ret_counters->descriptors[i] = -1;
    snprintf(ret_reason, capacity, "macOS keeps them to itself");
    return false;
}

void os_counters_start(const struct os_counters *counters)
{
    (void)counters;
}

void os_counters_stop(const struct os_counters *counters, struct os_counts *ret_counts)
{
    (void)counters;
    *ret_counts = (struct os_counts){0};
}

void os_counters_close(struct os_counters *counters)
{
    (void)counters;
}

int os_calls_begin(void)
{
    return ENOTSUP;
}

void os_calls_end(void)
{
}

void os_calls_take_stop(struct os_calls *calls, int wait_status)
{
    (void)wait_status;
    calls->state = OS_CALLS_FAILED;
    calls->error_number = ENOTSUP;
}
