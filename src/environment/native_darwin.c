// macOS has no /proc and /sys: everything here comes from sysctl, and the power source from IOKit.
#include <CoreFoundation/CoreFoundation.h>
#include <IOKit/ps/IOPowerSources.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysctl.h>

#include "base/cleanup.h"
#include "environment/sections.h"
#include "os/os.h"

static bool get_string(const char *name, char ret_value[LINE_BYTES])
{
    size_t size = LINE_BYTES - 1;
    if (sysctlbyname(name, ret_value, &size, NULL, 0) != 0)
        return false;
    ret_value[size] = '\0';
    return true;
}

// Numbers come as 4 or 8 bytes; both are little-endian.
static bool get_number(const char *name, uint64_t *ret_number)
{
    uint64_t number = 0;
    size_t size = sizeof number;
    if (sysctlbyname(name, &number, &size, NULL, 0) != 0 || (size != 4 && size != 8))
        return false;
    *ret_number = number;
    return true;
}

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
        if (get_string(rows[i].name, value))
            facts_set(facts, rows[i].key, value);
    if (get_string("kern.osproductversion", value))
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
        if (get_number(rows[i].name, &number) && number > 0)
            facts_set_format(facts, rows[i].key, "%" PRIu64, number);
    // Apple's own processors have two kinds of cores; level 0 is the fast one.
    uint64_t slow;
    if (get_number("hw.perflevel0.physicalcpu", &number) && get_number("hw.perflevel1.physicalcpu", &slow)) {
        facts_set_format(facts, "topology.performance_cpus", "%" PRIu64, number);
        facts_set_format(facts, "topology.efficiency_cpus", "%" PRIu64, slow);
    }
    if (get_number("hw.cpufrequency_max", &number) && number > 0)
        facts_set_format(facts, "cpu.frequency_hardware_khz", "%" PRIu64, number / 1000);
    if (get_number("kern.hv_vmm_present", &number))
        facts_set(facts, "machine.virtual", number ? "yes" : "no");
    if (get_number("sysctl.proc_translated", &number) && number)
        facts_set(facts, "process.translated", "rosetta");
}

static void read_power_source(struct facts *facts)
{
    CFTypeRef information = IOPSCopyPowerSourcesInfo();
    if (!information)
        return;
    CFStringRef source = IOPSGetProvidingPowerSourceType(information);
    CFArrayRef batteries = IOPSCopyPowerSourcesList(information);
    char name[64];
    if (source && batteries && CFArrayGetCount(batteries) > 0 &&
        CFStringGetCString(source, name, sizeof name, kCFStringEncodingUTF8))
        facts_set(facts, "machine.power", strcmp(name, "AC Power") == 0 ? "mains" : "battery");
    if (batteries)
        CFRelease(batteries);
    CFRelease(information);
}

static bool get_swap(struct xsw_usage *ret_swap)
{
    size_t size = sizeof *ret_swap;
    return sysctlbyname("vm.swapusage", ret_swap, &size, NULL, 0) == 0;
}

void read_native(struct facts *facts)
{
    struct xsw_usage swap;
    read_strings(facts);
    read_numbers(facts);
    read_power_source(facts);
    if (get_swap(&swap))
        facts_set_format(facts, "memory.swap_bytes", "%" PRIu64, (uint64_t)swap.xsu_total);
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
    struct xsw_usage swap;
    if (get_swap(&swap))
        set_prefixed(facts, prefix, "memory.swap_used_bytes", "%" PRIu64, (uint64_t)swap.xsu_used);
    read_ticks(facts, prefix);
}
