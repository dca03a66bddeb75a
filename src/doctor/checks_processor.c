// The processor: its frequency, its cores, and whether it is left alone.
#include <string.h>

#include "base/cleanup.h"
#include "doctor/private.h"
#include "environment/cpu_list.h"

#define CPU_FOLDER "/sys/devices/system/cpu"

static void fix_governor(struct doctor_finding *finding, const char *governor)
{
    static const char files[] = CPU_FOLDER "/cpufreq/policy*/scaling_governor";
    if (is_plain_word(governor)) {
        fix_with(finding, "echo performance | sudo tee %s", files);
        undo_with(finding, "echo %s | sudo tee %s", governor, files);
        return;
    }
    fix_with(finding, "grep . %s > governors.txt; echo performance | sudo tee %s", files, files);
    undo_with(finding, "while IFS=: read -r file governor; do echo \"$governor\" | sudo tee \"$file\"; done "
                       "< governors.txt");
}

bool check_governor(const struct evidence *evidence, struct doctor_finding *finding)
{
    const char *governor = fact(evidence, "cpu.governor"), *driver = fact(evidence, "cpu.frequency_driver");
    if (!*governor)
        return false;
    if (strcmp(governor, "performance") == 0)
        return say(finding, DOCTOR_FINE, "The governor is performance.");
    fix_governor(finding, governor);
    // These drivers let the hardware choose, within microseconds; their "powersave" is no fixed low
    // frequency.
    bool hardware_chooses = strcmp(driver, "intel_pstate") == 0 || strcmp(driver, "amd-pstate-epp") == 0;
    double lowest = fact_number(evidence, "cpu.frequency_lowest_khz");
    double highest = fact_number(evidence, "cpu.frequency_highest_khz");
    if (hardware_chooses)
        return say(
            finding, DOCTOR_WORTH_KNOWING,
            "The governor is %s: the processor chooses its frequency by its load, so the first trials of a "
            "process may be slower than the later ones.",
            governor);
    if (lowest > 0 && highest > lowest)
        return say(
            finding, DOCTOR_SERIOUS,
            "The governor is %s: the frequency follows the load with a delay, and the lowest is %.1f times "
            "slower than the highest.",
            governor, highest / lowest);
    return say(finding, DOCTOR_SERIOUS, "The governor is %s: the frequency follows the load with a delay.",
               governor);
}

bool check_boost(const struct evidence *evidence, struct doctor_finding *finding)
{
    if (fact_is(evidence, "cpu.boost", "off"))
        return say(finding, DOCTOR_FINE, "Boost is off: the frequency does not depend on heat.");
    if (!fact_is(evidence, "cpu.boost", "on"))
        return false;
    if (strncmp(fact(evidence, "cpu.frequency_driver"), "intel_", strlen("intel_")) == 0) {
        fix_with(finding, "echo 1 | sudo tee " CPU_FOLDER "/intel_pstate/no_turbo");
        undo_with(finding, "echo 0 | sudo tee " CPU_FOLDER "/intel_pstate/no_turbo");
    } else {
        fix_with(finding, "echo 0 | sudo tee " CPU_FOLDER "/cpufreq/boost");
        undo_with(finding, "echo 1 | sudo tee " CPU_FOLDER "/cpufreq/boost");
    }
    double base = fact_number(evidence, "cpu.frequency_base_khz");
    double highest = fact_number(evidence, "cpu.frequency_hardware_khz");
    if (base > 0 && highest > base)
        return say(
            finding, DOCTOR_WORTH_KNOWING,
            "Boost is on: a cool processor with idle cores is up to %.0f %% faster than a hot or busy one.",
            100 * (highest / base - 1));
    return say(finding, DOCTOR_WORTH_KNOWING,
               "Boost is on: a cool processor with idle cores is faster than a hot or busy one.");
}

bool check_heat(const struct evidence *evidence, struct doctor_finding *finding)
{
    double events = evidence->observed->heat_events;
    if (events < 0)
        return false;
    if (events > 0)
        return say(finding, DOCTOR_SERIOUS,
                   "The processor slowed down %.0f times in %.0f s because of its heat: let it cool, or "
                   "switch boost "
                   "off.",
                   events, evidence->observed->seconds);
    return say(finding, DOCTOR_FINE, "The processor is not too hot.");
}

bool check_smt(const struct evidence *evidence, struct doctor_finding *finding)
{
    struct cpu_list siblings;
    const char *list = fact(evidence, "topology.smt_siblings"), *control = fact(evidence, "topology.smt");
    cpu_list_parse(&siblings, list);
    if (cpu_list_count(&siblings) < 2)
        return (strcmp(control, "off") == 0 || strcmp(control, "forceoff") == 0) &&
               say(finding, DOCTOR_FINE, "Each core runs one thread.");
    if (strcmp(control, "on") == 0) {
        fix_with(finding, "echo off | sudo tee " CPU_FOLDER "/smt/control");
        undo_with(finding, "echo on | sudo tee " CPU_FOLDER "/smt/control");
    } else {
        int second = cpu_list_next(&siblings, cpu_list_next(&siblings, 0) + 1);
        fix_with(finding, "echo 0 | sudo tee " CPU_FOLDER "/cpu%d/online", second);
        undo_with(finding, "echo 1 | sudo tee " CPU_FOLDER "/cpu%d/online", second);
    }
    return say(finding, DOCTOR_WORTH_KNOWING,
               "CPUs %s share a core: whatever runs on one slows the other by tens of percent while it runs.",
               list);
}

bool check_core_kinds(const struct evidence *evidence, struct doctor_finding *finding)
{
    const char *fast_list = fact(evidence, "topology.performance_cpus");
    const char *slow_list = fact(evidence, "topology.efficiency_cpus");
    const char *allowed_list = fact(evidence, "topology.allowed_cpus");
    if (!*fast_list || !*slow_list)
        return false;
    if (!*allowed_list)
        return say(
            finding, DOCTOR_WORTH_KNOWING,
            "There are %s fast and %s slow cores, and the system chooses: a worker on a slow one takes "
            "noticeably longer.",
            fast_list, slow_list);
    struct cpu_list fast, slow, allowed;
    cpu_list_parse(&fast, fast_list);
    cpu_list_parse(&slow, slow_list);
    cpu_list_parse(&allowed, allowed_list);
    if (cpu_list_is_within(&allowed, &fast))
        return say(finding, DOCTOR_FINE, "Only fast cores are used.");
    if (is_plain_word(fast_list) && is_plain_word(allowed_list)) {
        fix_with(finding, "taskset -pc %s $$", fast_list);
        undo_with(finding, "taskset -pc %s $$", allowed_list);
    }
    if (cpu_list_is_within(&allowed, &slow))
        return say(finding, DOCTOR_WORTH_KNOWING, "Only slow cores are used (%s); the fast ones are %s.",
                   allowed_list, fast_list);
    return say(finding, DOCTOR_SERIOUS,
               "CPUs %s are fast and %s are slow: which kind a run gets decides its numbers.", fast_list,
               slow_list);
}

bool check_cpus(const struct evidence *evidence, struct doctor_finding *finding)
{
    struct cpu_list allowed, group;
    const char *allowed_list = fact(evidence, "topology.allowed_cpus");
    const char *online_list = fact(evidence, "topology.online_cpus");
    cpu_list_parse(&allowed, allowed_list);
    unsigned count = cpu_list_count(&allowed);
    if (count == 0)
        return false;
    if (count > 1)
        return say(finding, DOCTOR_FINE, "The worker has a CPU for itself: %u may be used.", count);
    if (fact_number(evidence, "topology.threads") == 1)
        return say(finding, DOCTOR_WORTH_KNOWING,
                   "There is one CPU: everything else on the machine interrupts the worker.");
    cpu_list_parse(&group, fact(evidence, "cgroup.cpus"));
    if (cpu_list_count(&group) != 1 && is_plain_word(online_list) && is_plain_word(allowed_list)) {
        fix_with(finding, "taskset -pc %s $$", online_list);
        undo_with(finding, "taskset -pc %s $$", allowed_list);
    }
    return say(finding, DOCTOR_SERIOUS,
               "Only CPU %s may be used: the driver and everything else there interrupt the worker.",
               allowed_list);
}

bool check_speed(const struct evidence *evidence, struct doctor_finding *finding)
{
    const struct doctor_observation *observed = evidence->observed;
    double slow = observed->slow_probes_percent, lost = observed->lost_percent;
    if (slow < 0 || lost < 0)
        return false;
    enum doctor_severity severity = DOCTOR_FINE;
    if (slow >= 2 || lost >= 1)
        severity = DOCTOR_WORTH_KNOWING;
    if (slow >= 20 || lost >= 10)
        severity = DOCTOR_SERIOUS;
    return say(finding, severity,
               "A busy CPU lost %.1f %% of its time to something else; %.1f %% of the probes were more than "
               "8 %% slower "
               "than the machine can be, and trials that are hit have to be repeated.",
               lost, slow);
}

bool check_background(const struct evidence *evidence, struct doctor_finding *finding)
{
    const struct doctor_observation *observed = evidence->observed;
    struct cpu_list allowed;
    cpu_list_parse(&allowed, fact(evidence, "topology.allowed_cpus"));
    double serious_percent = cpu_list_count(&allowed) == 1 ? 5 : 25;
    if (observed->background_percent < 0)
        return false;
    if (observed->background_percent < 3)
        return say(finding, DOCTOR_FINE, "Other programs use %.1f %% of a CPU.",
                   observed->background_percent);
    enum doctor_severity severity =
        observed->background_percent >= serious_percent ? DOCTOR_SERIOUS : DOCTOR_WORTH_KNOWING;
    if (observed->busiest_percent < 1)
        return say(finding, severity,
                   "Other programs use %.0f %% of a CPU, and with it caches and memory bandwidth.",
                   observed->background_percent);
    fix_with(finding, "kill -STOP %.0f", observed->busiest_process);
    undo_with(finding, "kill -CONT %.0f", observed->busiest_process);
    return say(finding, severity,
               "Other programs use %.0f %% of a CPU, and with it caches and memory bandwidth; most of all %s "
               "(process %.0f, %.0f %%).",
               observed->background_percent, observed->busiest_name, observed->busiest_process,
               observed->busiest_percent);
}

bool check_cpu_pressure(const struct evidence *evidence, struct doctor_finding *finding)
{
    double percent = evidence->observed->cpu_pressure_percent;
    if (percent < 0)
        return false;
    enum doctor_severity severity = percent >= 10  ? DOCTOR_SERIOUS
                                    : percent >= 1 ? DOCTOR_WORTH_KNOWING
                                                   : DOCTOR_FINE;
    return say(finding, severity, "In %.1f %% of the time something waited for a CPU.", percent);
}
