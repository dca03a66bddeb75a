#include <string.h>

#include "base/cleanup.h"
#include "environment/cpu_list.h"
#include "environment/private.h"

static const struct {
    const char *name, *key;
} kinds[CPU_KIND_COUNT] = {
    [CPU_KIND_PERFORMANCE] = {"performance", "topology.performance_cpus"},
    [CPU_KIND_EFFICIENCY] = {"efficiency", "topology.efficiency_cpus"},
};

const char *cpu_kind_name(size_t kind)
{
    return kinds[kind].name;
}

// Where the system does not say which CPUs a process may use, as macOS, the facts hold numbers, no lists.
static bool read_kind(const struct facts *facts, enum cpu_kind kind, struct cpu_list *ret_cpus)
{
    const char *list = facts_get(facts, kinds[kind].key);
    if (!list || !facts_get(facts, CORE_KINDS_KEY) || !facts_get(facts, ALLOWED_CPUS_KEY))
        return false;
    cpu_list_parse(ret_cpus, list);
    return cpu_list_count(ret_cpus) > 0;
}

int environment_cpus_of_kind(const struct facts *facts, enum cpu_kind kind, uint32_t *ret_cpus, int capacity)
{
    struct cpu_list of_kind, allowed;
    if (!read_kind(facts, kind, &of_kind))
        return -1;
    cpu_list_parse(&allowed, facts_get(facts, ALLOWED_CPUS_KEY));
    int count = 0;
    for (int cpu = cpu_list_next(&of_kind, 0); cpu >= 0; cpu = cpu_list_next(&of_kind, cpu + 1))
        if (cpu_list_contains(&allowed, (uint32_t)cpu) && count < capacity)
            ret_cpus[count++] = (uint32_t)cpu;
    return count;
}

void set_worker_kind(struct facts *facts, uint32_t cpu)
{
    struct cpu_list of_kind;
    for (int kind = 0; kind < CPU_KIND_COUNT; kind++)
        if (read_kind(facts, (enum cpu_kind)kind, &of_kind) && cpu_list_contains(&of_kind, cpu))
            facts_set(facts, "worker.cpu_kind", kinds[kind].name);
}
