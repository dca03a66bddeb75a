#include "runner/private.h"

#include "os/os.h"
#include "timing/probe.h"

enum { PROBING_NS = 50000000, PROBES_AT_ONCE = 8, PROBES_PER_CHOICE = 3 };

static uint64_t time_probe(const struct clock *clock)
{
    struct instant begin = clock_begin(clock->kind);
    probe_run();
    return clock_elapsed_ns(clock, begin, clock_end(clock->kind));
}

static void probe_machine(const struct placement *placement)
{
    uint64_t end_ns = clock_monotonic_raw_ns() + PROBING_NS;
    for (int i = 0; i < placement->cpus.count || clock_monotonic_raw_ns() < end_ns; i++) {
        if (placement->cpus.count > 0)
            os_pin_to_cpu(placement->cpus.cpus[i % placement->cpus.count]);
        for (int k = 0; k < PROBES_AT_ONCE; k++)
            gate_add_probe(placement->gate, time_probe(placement->clock));
    }
}

// The shortest of a few: an interrupt does not make a CPU slow. One that is fast is enough.
static uint64_t probe_cpu(void *placement_, uint32_t cpu)
{
    struct placement *placement = placement_;
    const uint64_t limit_ns = gate_limits_of(placement->gate).probe_ns;
    uint64_t shortest_ns = UINT64_MAX;
    placement->has_moved = true;
    if (!os_pin_to_cpu(cpu))
        return UINT64_MAX;
    for (int i = 0; i < PROBES_PER_CHOICE && shortest_ns > limit_ns; i++) {
        uint64_t probe_ns = time_probe(placement->clock);
        shortest_ns = probe_ns < shortest_ns ? probe_ns : shortest_ns;
    }
    return shortest_ns;
}

void placement_end(const struct placement *placement)
{
    if (placement->allowed_count > 0)
        os_allow_cpus(placement->allowed_cpus, placement->allowed_count);
}

void placement_choose(struct placement *placement)
{
    const int32_t before = placement->worker_cpu;
    placement->worker_cpu =
        worker_cpus_choose(&placement->cpus, gate_limits_of(placement->gate).probe_ns, probe_cpu, placement);
    if (placement->worker_cpu == before && !placement->has_moved)
        return;
    placement->has_moved = false;
    placement_end(placement);
    if (placement->worker_cpu >= 0)
        os_avoid_cpu((uint32_t)placement->worker_cpu);
}

void placement_begin(struct placement *ret_placement, const struct runner_options *options,
                     const struct clock *clock, struct gate_history *gate)
{
    *ret_placement = (struct placement){.clock = clock, .gate = gate, .worker_cpu = -1, .has_moved = true};
    ret_placement->allowed_count = os_allowed_cpus(ret_placement->allowed_cpus, PLACEMENT_MAX_CPUS);
    worker_cpus_find(&ret_placement->cpus, options->cpus, options->cpu_count);
    probe_machine(ret_placement);
    placement_choose(ret_placement);
}
