// macOS has no /proc and /sys: what is said here comes from sysctl, by what os/ offers.
#include <inttypes.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "environment/private.h"
#include "os/darwin_facts.h"
#include "os/os.h"

static void read_strings(struct facts *facts)
{
    static const struct {
        const char *name, *key;
    } rows[] = {
        {"kern.ostype", "kernel.name"},        {"kern.osrelease", "kernel.release"},
        {"kern.version", "kernel.version"},    {"kern.bootargs", "kernel.command_line"},
        {"machdep.cpu.vendor", "cpu.vendor"},  {"machdep.cpu.brand_string", "cpu.model"},
        {"machdep.cpu.features", "cpu.flags"}, {"hw.model", "machine.product"},
    };
    char value[LINE_BYTES];
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (darwin_text(rows[i].name, value, sizeof value))
            facts_set(facts, rows[i].key, value);
    if (darwin_text("kern.osproductversion", value, sizeof value))
        facts_set_format(facts, "system.distribution", "macOS %s", value);
}

static void read_numbers(struct facts *facts)
{
    static const struct {
        const char *name, *key;
    } rows[] = {
        {"machdep.cpu.family", "cpu.family"},         {"machdep.cpu.model", "cpu.model_number"},
        {"machdep.cpu.stepping", "cpu.stepping"},     {"machdep.cpu.microcode_version", "cpu.microcode"},
        {"hw.packages", "topology.sockets"},          {"hw.physicalcpu", "topology.cores"},
        {"hw.logicalcpu", "topology.threads"},        {"hw.memsize", "memory.total_bytes"},
        {"hw.l1dcachesize", "cache.l1d.size_bytes"},  {"hw.l1icachesize", "cache.l1i.size_bytes"},
        {"hw.l2cachesize", "cache.l2.size_bytes"},    {"hw.l3cachesize", "cache.l3.size_bytes"},
        {"hw.cachelinesize", "cache.l1d.line_bytes"},
    };
    uint64_t number;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (darwin_number(rows[i].name, &number) && number > 0)
            facts_set_format(facts, rows[i].key, "%" PRIu64, number);
    // Apple's own processors have two kinds of cores; level 0 is the fast one.
    uint64_t slow;
    if (darwin_number("hw.perflevel0.physicalcpu", &number) &&
        darwin_number("hw.perflevel1.physicalcpu", &slow)) {
        facts_set(facts, CORE_KINDS_KEY, "2");
        facts_set_format(facts, "topology.performance_cpus", "%" PRIu64, number);
        facts_set_format(facts, "topology.efficiency_cpus", "%" PRIu64, slow);
    }
    if (darwin_number("hw.cpufrequency_max", &number) && number > 0)
        facts_set_format(facts, "cpu.frequency_hardware_khz", "%" PRIu64, number / 1000);
    if (darwin_number("kern.hv_vmm_present", &number))
        facts_set(facts, "machine.virtual", number ? "yes" : "no");
    if (darwin_number("sysctl.proc_translated", &number) && number)
        facts_set(facts, "process.translated", "rosetta");
}

static void read_power_source(struct facts *facts)
{
    bool on_battery;
    if (darwin_runs_on_battery(&on_battery))
        facts_set(facts, "machine.power", on_battery ? "battery" : "mains");
}

void read_native(struct facts *facts)
{
    uint64_t swap_total, swap_used;
    read_strings(facts);
    read_numbers(facts);
    read_power_source(facts);
    if (darwin_swap_bytes(&swap_total, &swap_used))
        facts_set_format(facts, "memory.swap_bytes", "%" PRIu64, swap_total);
}

static void read_ticks(struct facts *facts, const char *prefix)
{
    uint32_t cpus[256];
    uint64_t idle = 0, total = 0, cpu_idle, cpu_total;
    int count = os_allowed_cpus(cpus, COUNT_OF(cpus));
    for (int i = 0; i < count; i++)
        if (os_cpu_idle_ticks(cpus[i], &cpu_idle, &cpu_total)) {
            idle += cpu_idle;
            total += cpu_total;
        }
    if (total == 0)
        return;
    set_prefixed(facts, prefix, "ticks.total", "%" PRIu64, total);
    set_prefixed(facts, prefix, "ticks.idle", "%" PRIu64, idle);
}

void read_native_load(struct facts *facts, const char *prefix)
{
    static const char *const names[] = {"load.1_minute", "load.5_minutes", "load.15_minutes"};
    double averages[COUNT_OF(names)];
    int count = getloadavg(averages, COUNT_OF(names));
    for (int i = 0; i < count; i++)
        set_prefixed(facts, prefix, names[i], "%.2f", averages[i]);
    uint64_t swap_total, swap_used;
    if (darwin_swap_bytes(&swap_total, &swap_used))
        set_prefixed(facts, prefix, "memory.swap_used_bytes", "%" PRIu64, swap_used);
    read_ticks(facts, prefix);
}
