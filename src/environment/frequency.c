// Who sets the processor's frequency, and its limits. CPUs that are scaled together share a policy folder;
// where policies differ, all their values are given.
#include <string.h>

#include "base/cleanup.h"
#include "environment/private.h"

static const char cpufreq[] = "/sys/devices/system/cpu/cpufreq";

// The different first lines of policy*/`file`, joined with ", ".
static void join_policies(const struct source *source, const struct string_list *policies, const char *key,
                          const char *file)
{
    CLEANUP(string_list_release) struct string_list values = {0};
    CLEANUP(text_release) struct text joined = {0};
    for (size_t i = 0; i < policies->count; i++) {
        char line[LINE_BYTES];
        if (!source_line(source, line, "%s/%s/%s", cpufreq, policies->items[i], file) ||
            string_list_contains(&values, line))
            continue;
        if (string_list_add(&values, line, NULL) != STATUS_OK)
            source->facts->failed = 1;
        text_append_format(&joined, "%s%s", joined.length > 0 ? ", " : "", line);
    }
    facts_set(source->facts, key, text_string(&joined));
}

static void read_boost(const struct source *source)
{
    uint64_t value;
    if (source_number(source, &value, "%s/boost", cpufreq))
        facts_set(source->facts, "cpu.boost", value ? "on" : "off");
    else if (source_number(source, &value, "/sys/devices/system/cpu/intel_pstate/no_turbo"))
        facts_set(source->facts, "cpu.boost", value ? "off" : "on");
}

static const struct {
    const char *key, *file;
} rows[] = {
    {"cpu.governor", "scaling_governor"},
    {"cpu.frequency_driver", "scaling_driver"},
    {"cpu.energy_preference", "energy_performance_preference"},
    {"cpu.frequency_lowest_khz", "scaling_min_freq"},
    {"cpu.frequency_highest_khz", "scaling_max_freq"},
    {"cpu.frequency_hardware_khz", "cpuinfo_max_freq"},
    {"cpu.frequency_base_khz", "base_frequency"},
};

void read_frequency_of(const struct source *source, int cpu)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        source_fact(source, rows[i].key, "/sys/devices/system/cpu/cpu%d/cpufreq/%s", cpu, rows[i].file);
}

void read_frequency(const struct source *source)
{
    CLEANUP(string_list_release) struct string_list policies = {0};
    source_list(source, cpufreq, "policy", &policies);
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        join_policies(source, &policies, rows[i].key, rows[i].file);
    source_fact(source, "cpu.frequency_driver_mode", "/sys/devices/system/cpu/amd_pstate/status");
    source_fact(source, "cpu.frequency_driver_mode", "/sys/devices/system/cpu/intel_pstate/status");
    read_boost(source);
}
