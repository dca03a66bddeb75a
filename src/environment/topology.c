// How many sockets, cores, threads and memory nodes there are, and which of them this process may use.
#include <string.h>

#include "base/cleanup.h"
#include "environment/cpu_list.h"
#include "environment/private.h"

static const char cpu_folder[] = "/sys/devices/system/cpu";

bool read_online_cpus(const struct source *source, struct cpu_list *ret_cpus)
{
    char line[LINE_BYTES];
    if (!source_line(source, line, "%s/online", cpu_folder))
        return false;
    cpu_list_parse(ret_cpus, line);
    return cpu_list_count(ret_cpus) > 0;
}

static bool read_allowed(const struct source *source, char ret_line[LINE_BYTES])
{
    CLEANUP(text_release) struct text status = {0};
    ret_line[0] = '\0';
    return source_read(source, &status, FILE_LIMIT_BYTES, "/proc/self/status") &&
           find_value(&status, "Cpus_allowed_list", ret_line);
}

int first_allowed_cpu(const struct source *source)
{
    char line[LINE_BYTES];
    uint64_t cpu = 0;
    if (!read_allowed(source, line) || !read_number(line, &cpu, NULL) || cpu >= MAX_CPUS)
        return 0;
    return (int)cpu;
}

// A core is counted at the first of the CPUs that share it, a socket by its number.
static void count_cores(const struct source *source, const struct cpu_list *online)
{
    struct cpu_list cores = {0}, sockets = {0};
    for (int cpu = cpu_list_next(online, 0); cpu >= 0; cpu = cpu_list_next(online, cpu + 1)) {
        char line[LINE_BYTES];
        struct cpu_list siblings;
        if (source_line(source, line, "%s/cpu%d/topology/thread_siblings_list", cpu_folder, cpu)) {
            cpu_list_parse(&siblings, line);
            int first = cpu_list_next(&siblings, 0);
            if (first >= 0)
                cpu_list_add(&cores, (uint32_t)first);
        }
        uint64_t socket;
        if (source_number(source, &socket, "%s/cpu%d/topology/physical_package_id", cpu_folder, cpu) &&
            socket < MAX_CPUS)
            cpu_list_add(&sockets, (uint32_t)socket);
    }
    if (cpu_list_count(&sockets) > 0)
        facts_set_format(source->facts, "topology.sockets", "%u", cpu_list_count(&sockets));
    if (cpu_list_count(&cores) > 0)
        facts_set_format(source->facts, "topology.cores", "%u", cpu_list_count(&cores));
    facts_set_format(source->facts, "topology.threads", "%u", cpu_list_count(online));
}

static void set_list(const struct source *source, const char *key, const struct cpu_list *list)
{
    CLEANUP(text_release) struct text text = {0};
    cpu_list_append(list, &text);
    facts_set(source->facts, key, text_string(&text));
}

enum { MAX_CORE_KINDS = 8 };

static unsigned count_capacities(const struct source *source, const struct cpu_list *online)
{
    uint64_t seen[MAX_CORE_KINDS];
    unsigned count = 0;
    for (int cpu = cpu_list_next(online, 0); cpu >= 0; cpu = cpu_list_next(online, cpu + 1)) {
        uint64_t capacity;
        if (!source_number(source, &capacity, "%s/cpu%d/cpu_capacity", cpu_folder, cpu))
            continue;
        unsigned i = 0;
        while (i < count && seen[i] != capacity)
            i++;
        if (i == count && count < MAX_CORE_KINDS)
            seen[count++] = capacity;
    }
    return count;
}

// Where a machine has kinds of cores, x86 kernels name them, arm64 kernels give each CPU a capacity.
static void read_core_kinds(const struct source *source, const struct cpu_list *online)
{
    if (source_exists(source, "/sys/devices/cpu_atom/cpus")) {
        source_fact(source, "topology.performance_cpus", "/sys/devices/cpu_core/cpus");
        source_fact(source, "topology.efficiency_cpus", "/sys/devices/cpu_atom/cpus");
        facts_set(source->facts, CORE_KINDS_KEY,
                  source_exists(source, "/sys/devices/cpu_lowpower/cpus") ? "3" : "2");
        return;
    }
    uint64_t largest = 0;
    struct cpu_list fast = {0}, slow = {0};
    for (int pass = 0; pass < 2; pass++) {
        for (int cpu = cpu_list_next(online, 0); cpu >= 0; cpu = cpu_list_next(online, cpu + 1)) {
            uint64_t capacity;
            if (!source_number(source, &capacity, "%s/cpu%d/cpu_capacity", cpu_folder, cpu))
                return;
            if (pass == 0 && capacity > largest)
                largest = capacity;
            if (pass == 1)
                cpu_list_add(capacity == largest ? &fast : &slow, (uint32_t)cpu);
        }
    }
    if (cpu_list_count(&slow) == 0)
        return;
    facts_set_format(source->facts, CORE_KINDS_KEY, "%u", count_capacities(source, online));
    set_list(source, "topology.performance_cpus", &fast);
    set_list(source, "topology.efficiency_cpus", &slow);
}

void read_siblings(const struct source *source, int cpu)
{
    source_fact(source, "topology.smt_siblings", "%s/cpu%d/topology/thread_siblings_list", cpu_folder, cpu);
}

void read_topology(const struct source *source)
{
    char line[LINE_BYTES];
    if (read_allowed(source, line))
        facts_set(source->facts, ALLOWED_CPUS_KEY, line);
    read_siblings(source, first_allowed_cpu(source));
    struct cpu_list online, nodes;
    if (read_online_cpus(source, &online)) {
        count_cores(source, &online);
        read_core_kinds(source, &online);
    }
    if (source_line(source, line, "/sys/devices/system/node/online")) {
        cpu_list_parse(&nodes, line);
        if (cpu_list_count(&nodes) > 0)
            facts_set_format(source->facts, "topology.numa_nodes", "%u", cpu_list_count(&nodes));
    }
}
