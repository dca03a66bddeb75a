#include "runner/private.h"

#include <math.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#include "os/os.h"

static const double min_seconds = 1;

struct cpu_times cpu_times_now(void)
{
    uint64_t idle, total;
    long ticks_per_second = sysconf(_SC_CLK_TCK);
    double own = own_cpu_seconds(true);
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (!os_cpu_idle_ticks(OS_ALL_CPUS, &idle, &total) || ticks_per_second <= 0 || isnan(own))
        return (struct cpu_times){.known = false};
    return (struct cpu_times){.known = true,
                              .wall_seconds = (double)now.tv_sec + (double)now.tv_nsec * 1e-9,
                              .total_seconds = (double)total / (double)ticks_per_second,
                              .idle_seconds = (double)idle / (double)ticks_per_second,
                              .own_seconds = own};
}

double other_load_cpus(struct cpu_times begin, struct cpu_times end)
{
    double total = end.total_seconds - begin.total_seconds;
    double wall = end.wall_seconds - begin.wall_seconds;
    if (!begin.known || !end.known || !(total >= min_seconds) || !(wall > 0))
        return NAN;
    double idle = end.idle_seconds - begin.idle_seconds;
    double own = end.own_seconds - begin.own_seconds;
    return fmax(total - idle - own, 0) / wall; // own time is finer than ticks
}
