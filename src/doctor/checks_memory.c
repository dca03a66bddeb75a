// Memory: how the kernel gives it out, and whether there is enough.
#include <string.h>

#include "doctor/private.h"

static const double mebibyte = 1048576;

bool check_memory_pressure(const struct evidence *evidence, struct doctor_finding *finding)
{
    double percent = evidence->observed->memory_pressure_percent;
    if (percent < 0)
        return false;
    enum doctor_severity severity = percent >= 1     ? DOCTOR_SERIOUS
                                    : percent >= 0.1 ? DOCTOR_WORTH_KNOWING
                                                     : DOCTOR_FINE;
    return say(finding, severity, "In %.1f %% of the time something waited for memory.", percent);
}

bool check_thp(const struct evidence *evidence, struct doctor_finding *finding)
{
    static const char file[] = "/sys/kernel/mm/transparent_hugepage/enabled";
    const char *choice = fact(evidence, "memory.thp");
    if (!*choice)
        return false;
    if (strcmp(choice, "always") != 0 || fact_is(evidence, "process.thp", "off"))
        return say(finding, DOCTOR_FINE,
                   "Transparent huge pages are given only to programs that ask for them.");
    double bytes = fact_number(evidence, "memory.thp_bytes");
    double page_bytes = fact_number(evidence, "memory.page_bytes");
    fix_with(finding, "echo madvise | sudo tee %s", file);
    undo_with(finding, "echo always | sudo tee %s", file);
    return say(
        finding, DOCTOR_WORTH_KNOWING,
        "Transparent huge pages are always on: the first touch of a large block may clear %.0f KiB instead "
        "of %.0f KiB, and later touches are cheaper; machines without them differ in cells with page faults.",
        (bytes > 0 ? bytes : 2 * mebibyte) / 1024, (page_bytes > 0 ? page_bytes : 4096) / 1024);
}

bool check_numa(const struct evidence *evidence, struct doctor_finding *finding)
{
    if (fact_number(evidence, "topology.numa_nodes") < 2 || !*fact(evidence, "kernel.numa_balancing"))
        return false;
    if (fact_is(evidence, "kernel.numa_balancing", "0"))
        return say(finding, DOCTOR_FINE, "Pages stay on their memory node.");
    fix_with(finding, "sudo sysctl kernel.numa_balancing=0");
    undo_with(finding, "sudo sysctl kernel.numa_balancing=%.0f",
              fact_number(evidence, "kernel.numa_balancing"));
    return say(finding, DOCTOR_WORTH_KNOWING,
               "The kernel moves pages between memory nodes while programs run: it takes their mappings "
               "away, and each "
               "first touch after that is a page fault of a microsecond or more.");
}

bool check_overcommit(const struct evidence *evidence, struct doctor_finding *finding)
{
    const char *value = fact(evidence, "memory.overcommit");
    if (!*value)
        return false;
    if (strcmp(value, "2") != 0)
        return say(finding, DOCTOR_FINE, "Memory is allocated when it is touched.");
    fix_with(finding, "sudo sysctl vm.overcommit_memory=0");
    undo_with(finding, "sudo sysctl vm.overcommit_memory=2");
    return say(finding, DOCTOR_WORTH_KNOWING,
               "Memory is accounted strictly: a large malloc fails here that succeeds elsewhere, and its "
               "cell with it.");
}

bool check_memory(const struct evidence *evidence, struct doctor_finding *finding)
{
    static const double serious_bytes = 512 * 1048576.0, enough_bytes = 1024 * 1048576.0;
    double available = fact_number(evidence, "before.memory.available_bytes");
    double limit = fact_number(evidence, "cgroup.memory_limit_bytes");
    bool is_limited = limit >= 0 && (available < 0 || limit < available);
    double bytes = is_limited ? limit : available;
    if (bytes < 0)
        return false;
    if (bytes >= enough_bytes)
        return say(finding, DOCTOR_FINE, "%.1f GiB of memory are available.", bytes / mebibyte / 1024);
    return say(
        finding, bytes < serious_bytes ? DOCTOR_SERIOUS : DOCTOR_WORTH_KNOWING,
        "%s %.0f MiB: the driver takes up to 256, and what is left over caches files; when it runs out, a "
        "process is killed or swapped out.",
        is_limited ? "The control group may use" : "Memory that is free or can be freed:", bytes / mebibyte);
}

bool check_swap(const struct evidence *evidence, struct doctor_finding *finding)
{
    double used = fact_number(evidence, "before.memory.swap_used_bytes");
    double pages = evidence->observed->swapped_out_pages;
    if (fact_number(evidence, "memory.swap_bytes") <= 0)
        return false;
    if (used <= 0 && pages <= 0)
        return say(finding, DOCTOR_FINE, "Swap space is not in use.");
    if (!fact_is(evidence, "kernel.name", "Darwin")) {
        fix_with(finding, "sudo swapoff -a");
        undo_with(finding, "sudo swapon -a");
    }
    if (pages > 0)
        return say(finding, DOCTOR_SERIOUS,
                   "%.0f pages were swapped out in %.0f s: a page that comes back from disk takes as long as "
                   "thousands "
                   "of allocations.",
                   pages, evidence->observed->seconds);
    return say(finding, DOCTOR_WORTH_KNOWING,
               "%.0f MiB are swapped out: workers are fresh processes and seldom touch them, but other "
               "programs wake up "
               "slowly.",
               used / mebibyte);
}
