#include "runner/private.h"

#include "os/os.h"
#include "timing/clock.h"

enum { SLICES = 8, NS_PER_MS = 1000000 };

// A driver that wakes up disturbs the worker beside it a little: no more than once a second.
static const uint64_t longest_slice_ns = UINT64_C(1000000000);

struct running_time running_time_begin(pid_t worker, uint64_t limit_ns)
{
    uint64_t slice_ns = limit_ns / SLICES < longest_slice_ns ? limit_ns / SLICES : longest_slice_ns;
    return (struct running_time){.worker = worker,
                                 .limit_ns = limit_ns,
                                 .slice_ns = slice_ns > NS_PER_MS ? slice_ns : NS_PER_MS,
                                 .last_ns = clock_monotonic_raw_ns()};
}

void running_time_pass(struct running_time *time)
{
    uint64_t now_ns = clock_monotonic_raw_ns();
    uint64_t passed_ns = now_ns - time->last_ns;
    time->last_ns = now_ns;
    uint64_t counted_ns = passed_ns < time->slice_ns ? passed_ns : time->slice_ns;
    time->stood_ns += passed_ns - counted_ns;
    time->pending_ns += counted_ns;
    if (time->pending_ns < time->slice_ns)
        return;
    time->stopped = time->worker > 0 && os_process_is_stopped(time->worker);
    *(time->stopped ? &time->stood_ns : &time->ran_ns) += time->pending_ns;
    time->pending_ns = 0;
}

bool running_time_is_over(const struct running_time *time)
{
    return time->ran_ns >= time->limit_ns;
}

int running_time_slice_ms(const struct running_time *time)
{
    return (int)(time->slice_ns / NS_PER_MS);
}
