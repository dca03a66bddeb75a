#include "idlest_cpu.h"

#include <time.h>

#include "os/os.h"

enum { MOST_CPUS = 1024, IDLE_SAMPLE_NS = 100000000 };

struct cpu_ticks {
    uint32_t cpu;
    uint64_t idle, total;
};

int32_t idlest_cpu(void)
{
    uint32_t cpus[MOST_CPUS];
    struct cpu_ticks before[MOST_CPUS];
    int count = os_allowed_cpus(cpus, MOST_CPUS);
    int readable = 0;
    for (int i = 0; i < count; i++) {
        struct cpu_ticks ticks = {.cpu = cpus[i]};
        if (os_cpu_idle_ticks(cpus[i], &ticks.idle, &ticks.total))
            before[readable++] = ticks;
    }
    if (readable == 0)
        return count > 0 ? (int32_t)cpus[count - 1] : -1;
    struct timespec sample = {0, IDLE_SAMPLE_NS};
    nanosleep(&sample, NULL);
    int32_t best_cpu = -1;
    double best_share = -1;
    for (int i = readable - 1; i >= 0; i--) { // of equals the last: interrupts tend to go to the first
        uint64_t idle, total;
        if (!os_cpu_idle_ticks(before[i].cpu, &idle, &total))
            continue;
        double share =
            total > before[i].total ? (double)(idle - before[i].idle) / (double)(total - before[i].total) : 0;
        if (share > best_share) {
            best_share = share;
            best_cpu = (int32_t)before[i].cpu;
        }
    }
    return best_cpu;
}
