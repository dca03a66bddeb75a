#include "runner/private.h"

#include <stdbool.h>
#include <time.h>

#include "os/os.h"

enum { MAX_CPUS = 1024, IDLE_SAMPLE_NS = 100000000 };

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

// Keeps those that are wanted. Returns how many are left.
static int keep_wanted(uint32_t *cpus, int count, const uint32_t *wanted, int wanted_count)
{
    int kept = 0;
    for (int i = 0; i < count; i++)
        for (int k = 0; k < wanted_count; k++)
            if (wanted[k] == cpus[i]) {
                cpus[kept++] = cpus[i];
                break;
            }
    return kept;
}

void worker_cpus_find(struct worker_cpus *ret_cpus, const uint32_t *wanted, int wanted_count)
{
    uint32_t allowed[MAX_CPUS];
    struct sampled_cpu sampled[MAX_CPUS];
    *ret_cpus = (struct worker_cpus){0};
    int count = os_allowed_cpus(allowed, MAX_CPUS);
    if (wanted)
        count = keep_wanted(allowed, count, wanted, wanted_count);
    for (int i = 0; i < count; i++)
        sampled[i] = (struct sampled_cpu){.cpu = allowed[i]};
    int readable = sample_idle_shares(sampled, count);
    int idlest = -1;
    for (int i = readable - 1; i >= 0; i--) {
        if (idlest < 0 || sampled[i].share > sampled[idlest].share)
            idlest = i;
        if (sampled[i].share >= idle_enough && ret_cpus->count < WORKER_MAX_CPUS)
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
    if (cpus->unasked > 0) {
        cpus->unasked--;
        return (int32_t)cpus->cpus[cpus->current];
    }
    uint64_t fastest_ns = UINT64_MAX;
    bool is_slow = false;
    int fastest = cpus->current;
    for (int tried = 0; cpus->count > 1 && limit_ns != UINT64_MAX && tried < cpus->count; tried++) {
        int candidate = (cpus->current + tried) % cpus->count;
        uint64_t probe_ns = probe(context, cpus->cpus[candidate]);
        if (probe_ns < fastest_ns) {
            fastest_ns = probe_ns;
            fastest = candidate;
        }
        is_slow = fastest_ns > limit_ns;
        if (!is_slow || tried == WORKER_MAX_PROBES)
            break;
    }
    const int longer = 2 * cpus->pause + 1;
    cpus->pause = !is_slow ? 0 : longer < WORKER_MAX_UNASKED ? longer : WORKER_MAX_UNASKED;
    cpus->unasked = cpus->pause;
    cpus->current = fastest;
    return (int32_t)cpus->cpus[fastest];
}
