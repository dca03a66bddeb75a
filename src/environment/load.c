// What changes while a benchmark runs: how busy the machine is, and what held it up.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "environment/cpu_list.h"
#include "environment/private.h"

enum { MAX_FREQUENCIES = 8 }; // each may interrupt the CPU that it is asked of

// Reads a decimal number with an optional fraction; false when there is none. `ret_end` may be NULL.
static bool read_decimal(const char *string, double *ret_number, const char **ret_end)
{
    if (*string < '0' || *string > '9')
        return false;
    char *end;
    *ret_number = strtod(string, &end);
    if (ret_end)
        *ret_end = end;
    return true;
}

// "0.24 0.19 0.09 1/93 14052"
static void read_averages(const struct source *source, const char *prefix)
{
    static const char *const names[] = {"load.1_minute", "load.5_minutes", "load.15_minutes"};
    char line[LINE_BYTES];
    const char *rest = line;
    uint64_t runnable;
    if (!source_line(source, line, "/proc/loadavg"))
        return;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        double average;
        if (!read_decimal(rest, &average, &rest))
            return;
        set_prefixed(source->facts, prefix, names[i], "%.2f", average);
        rest += *rest == ' ';
    }
    if (read_number(rest, &runnable, NULL))
        set_prefixed(source->facts, prefix, "load.runnable", "%" PRIu64, runnable);
}

// "some avg10=1.17 avg60=1.58 avg300=0.82 total=17003424"
static void read_pressure(const struct source *source, const char *prefix)
{
    static const char *const resources[] = {"cpu", "memory", "io"};
    static const char percent_name[] = "some avg10=", total_name[] = " total=";
    for (size_t i = 0; i < COUNT_OF(resources); i++) {
        char line[LINE_BYTES], name[64];
        double percent;
        uint64_t total_us;
        if (!source_line(source, line, "/proc/pressure/%s", resources[i]) ||
            strncmp(line, percent_name, strlen(percent_name)) != 0 ||
            !read_decimal(line + strlen(percent_name), &percent, NULL))
            continue;
        snprintf(name, sizeof name, "pressure.%s_percent", resources[i]);
        set_prefixed(source->facts, prefix, name, "%.2f", percent);
        const char *total = strstr(line, total_name);
        if (!total || !read_number(total + strlen(total_name), &total_us, NULL))
            continue;
        snprintf(name, sizeof name, "pressure.%s_total_us", resources[i]);
        set_prefixed(source->facts, prefix, name, "%" PRIu64, total_us);
    }
}

// The first line: "cpu" and the columns user, nice, system, idle, iowait, irq, softirq, steal, guest,
// guest_nice; guests are part of user and nice.
static void read_ticks(const struct source *source, const char *prefix)
{
    enum { IDLE = 3, IO_WAIT, INTERRUPT, SOFT_INTERRUPT, STEAL, COLUMNS };
    CLEANUP(text_release) struct text content = {0};
    uint64_t ticks[COLUMNS] = {0}, total = 0, number;
    if (!source_read(source, &content, FILE_LIMIT_BYTES, "/proc/stat"))
        return;
    const char *rest = text_string(&content);
    size_t columns = 0;
    if (strncmp(rest, "cpu ", 4) == 0)
        for (rest += 3 + strspn(rest + 3, " ");
             columns < COLUMNS && read_number(rest, &ticks[columns], &rest); columns++) {
            total += ticks[columns];
            rest += *rest == ' ';
        }
    if (columns == COLUMNS) {
        set_prefixed(source->facts, prefix, "ticks.total", "%" PRIu64, total);
        set_prefixed(source->facts, prefix, "ticks.idle", "%" PRIu64, ticks[IDLE] + ticks[IO_WAIT]);
        set_prefixed(source->facts, prefix, "ticks.interrupt", "%" PRIu64,
                     ticks[INTERRUPT] + ticks[SOFT_INTERRUPT]);
        set_prefixed(source->facts, prefix, "ticks.steal", "%" PRIu64, ticks[STEAL]);
    }
    if (find_counter(&content, "ctxt", &number))
        set_prefixed(source->facts, prefix, "switches", "%" PRIu64, number);
    if (find_counter(&content, "processes", &number))
        set_prefixed(source->facts, prefix, "forks", "%" PRIu64, number);
}

static void read_thermal_throttling(const struct source *source, const char *prefix,
                                    const struct cpu_list *online)
{
    static const char folder[] = "/sys/devices/system/cpu";
    uint64_t cores = 0, package = 0, number;
    bool found = false;
    for (int cpu = cpu_list_next(online, 0); cpu >= 0; cpu = cpu_list_next(online, cpu + 1)) {
        if (!source_number(source, &number, "%s/cpu%d/thermal_throttle/core_throttle_count", folder, cpu))
            break;
        found = true;
        cores += number;
        if (source_number(source, &number, "%s/cpu%d/thermal_throttle/package_throttle_count", folder, cpu) &&
            number > package)
            package = number;
    }
    if (!found)
        return;
    set_prefixed(source->facts, prefix, "throttled.cpu", "%" PRIu64, cores);
    set_prefixed(source->facts, prefix, "throttled.package", "%" PRIu64, package);
}

static void read_current_frequency(const struct source *source, const char *prefix,
                                   const struct cpu_list *online)
{
    uint64_t lowest = UINT64_MAX, highest = 0, khz;
    int count = 0;
    for (int cpu = cpu_list_next(online, 0); cpu >= 0 && count < MAX_FREQUENCIES;
         cpu = cpu_list_next(online, cpu + 1), count++) {
        if (!source_number(source, &khz, "/sys/devices/system/cpu/cpu%d/cpufreq/scaling_cur_freq", cpu))
            break;
        lowest = khz < lowest ? khz : lowest;
        highest = khz > highest ? khz : highest;
    }
    CLEANUP(text_release) struct text cpuinfo = {0};
    char megahertz[LINE_BYTES];
    if (count == 0 && source_read(source, &cpuinfo, 16384, "/proc/cpuinfo") &&
        find_value(&cpuinfo, "cpu MHz", megahertz)) {
        double value = strtod(megahertz, NULL) * 1000;
        if (value > 0 && value < 1e9)
            lowest = highest = (uint64_t)value;
    }
    if (highest == 0)
        return;
    set_prefixed(source->facts, prefix, "frequency.lowest_khz", "%" PRIu64, lowest);
    set_prefixed(source->facts, prefix, "frequency.highest_khz", "%" PRIu64, highest);
}

static void read_memory_load(const struct source *source, const char *prefix)
{
    CLEANUP(text_release) struct text meminfo = {0};
    CLEANUP(text_release) struct text vmstat = {0};
    const uint64_t max_kilobytes = UINT64_MAX / 1024;
    uint64_t available, total, unused, number;
    if (source_read(source, &meminfo, FILE_LIMIT_BYTES, "/proc/meminfo")) {
        if (find_number(&meminfo, "MemAvailable", &available) && available <= max_kilobytes)
            set_prefixed(source->facts, prefix, "memory.available_bytes", "%" PRIu64, available * 1024);
        if (find_number(&meminfo, "SwapTotal", &total) && find_number(&meminfo, "SwapFree", &unused) &&
            unused <= total && total <= max_kilobytes)
            set_prefixed(source->facts, prefix, "memory.swap_used_bytes", "%" PRIu64,
                         (total - unused) * 1024);
    }
    if (source_read(source, &vmstat, FILE_LIMIT_BYTES, "/proc/vmstat")) {
        if (find_counter(&vmstat, "pswpout", &number))
            set_prefixed(source->facts, prefix, "memory.swapped_out_pages", "%" PRIu64, number);
        if (find_counter(&vmstat, "compact_stall", &number))
            set_prefixed(source->facts, prefix, "memory.compaction_stalls", "%" PRIu64, number);
    }
}

void environment_read_load_files(const char *root, struct facts *facts, const char *prefix)
{
    const struct source source = {root, facts};
    struct cpu_list online = {0};
    read_averages(&source, prefix);
    read_pressure(&source, prefix);
    read_ticks(&source, prefix);
    read_memory_load(&source, prefix);
    read_cgroup_throttling(&source, prefix);
    if (!read_online_cpus(&source, &online))
        cpu_list_add(&online, 0);
    read_thermal_throttling(&source, prefix, &online);
    read_current_frequency(&source, prefix, &online);
}
