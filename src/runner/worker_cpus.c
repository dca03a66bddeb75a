#include "worker_cpus.h"

#include <time.h>

#include "os/os.h"

enum { MOST_CPUS = 1024, IDLE_SAMPLE_NS = 100000000 };

static const double idle_enough = 0.9;

struct sampled_cpu {
    uint32_t cpu;
    uint64_t idle, total; // ticks
    double share;         // of idle ones
};

// Leaves out what cannot be read. Returns how many are left.
static int sample_idle_shares(struct sampled_cpu *cpus, int count)
{
    int readable = 0;
    for (int i = 0; i < count; i++) {
        struct sampled_cpu sampled = cpus[i];
        if (os_cpu_idle_ticks(sampled.cpu, &sampled.idle, &sampled.total))
            cpus[readable++] = sampled;
    }
    if (readable == 0)
        return 0;
    struct timespec pause = {0, IDLE_SAMPLE_NS};
    nanosleep(&pause, NULL);
    for (int i = 0; i < readable; i++) {
        uint64_t idle, total;
        if (os_cpu_idle_ticks(cpus[i].cpu, &idle, &total) && total > cpus[i].total)
            cpus[i].share = (double)(idle - cpus[i].idle) / (double)(total - cpus[i].total);
    }
    return readable;
}

void worker_cpus_find(struct worker_cpus *ret_cpus)
{
    uint32_t allowed[MOST_CPUS];
    struct sampled_cpu sampled[MOST_CPUS];
    *ret_cpus = (struct worker_cpus){0};
    int count = os_allowed_cpus(allowed, MOST_CPUS);
    for (int i = 0; i < count; i++)
        sampled[i] = (struct sampled_cpu){.cpu = allowed[i]};
    int readable = sample_idle_shares(sampled, count);
    int idlest = -1;
    for (int i = readable - 1; i >= 0; i--) {
        if (idlest < 0 || sampled[i].share > sampled[idlest].share)
            idlest = i;
        if (sampled[i].share >= idle_enough && ret_cpus->count < WORKER_MOST_CPUS)
            ret_cpus->cpus[ret_cpus->count++] = sampled[i].cpu;
    }
    if (ret_cpus->count > 0 || count <= 0)
        return;
    ret_cpus->cpus[0] = idlest >= 0 ? sampled[idlest].cpu : allowed[count - 1];
    ret_cpus->count = 1;
}

int32_t worker_cpus_choose(struct worker_cpus *cpus, uint64_t limit_ns, worker_probe_function *probe,
                           void *context)
{
    if (cpus->count == 0)
        return -1;
    uint64_t fastest_ns = UINT64_MAX;
    int fastest = cpus->current;
    for (int tried = 0; cpus->count > 1 && limit_ns != UINT64_MAX && tried < cpus->count; tried++) {
        int candidate = (cpus->current + tried) % cpus->count;
        uint64_t probe_ns = probe(context, cpus->cpus[candidate]);
        if (probe_ns < fastest_ns) {
            fastest_ns = probe_ns;
            fastest = candidate;
        }
        if (probe_ns <= limit_ns || tried == WORKER_MOST_PROBES)
            break;
    }
    cpus->current = fastest;
    return (int32_t)cpus->cpus[fastest];
}
