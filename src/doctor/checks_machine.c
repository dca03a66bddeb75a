// Who else owns the machine: a hypervisor, a control group, the firmware. And its clock.
#include <string.h>

#include "doctor/private.h"

bool check_hypervisor(const struct evidence *evidence, struct doctor_finding *finding)
{
    if (!fact_is(evidence, "machine.virtual", "yes"))
        return false;
    const char *name = fact(evidence, "machine.hypervisor");
    return say(finding, DOCTOR_WORTH_KNOWING,
               "This is a virtual machine (%s): neighbours on the same host can change its speed by tens of "
               "percent for "
               "seconds, and no counter shows it. More processes (--processes) make up for it.",
               *name ? name : "of an unknown kind");
}

bool check_steal(const struct evidence *evidence, struct doctor_finding *finding)
{
    double percent = evidence->observed->steal_percent;
    if (percent < 0 || (percent == 0 && !fact_is(evidence, "machine.virtual", "yes")))
        return false;
    enum doctor_severity severity = percent >= 2     ? DOCTOR_SERIOUS
                                    : percent >= 0.1 ? DOCTOR_WORTH_KNOWING
                                                     : DOCTOR_FINE;
    return say(finding, severity, "The hypervisor took away %.1f %% of the time in which CPUs had work.",
               percent);
}

// The group's own folder, from the file where the kernel names it.
static void fix_quota(const struct evidence *evidence, struct doctor_finding *finding)
{
    double quota_cpus = fact_number(evidence, "cgroup.cpu_quota_cpus");
    double period_us = fact_number(evidence, "cgroup.cpu_period_us");
    if (period_us <= 0)
        return;
    double quota_us = quota_cpus * period_us;
    if (fact_is(evidence, "machine.container", "docker")) {
        fix_with(finding, "docker update --cpu-quota=-1 CONTAINER");
        undo_with(finding, "docker update --cpu-quota=%.0f CONTAINER", quota_us);
    } else if (*fact(evidence, "machine.container")) {
        return; // its manager has the only say
    } else if (fact_is(evidence, "cgroup.version", "2")) {
        static const char file[] = "\"/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)/cpu.max\"";
        fix_with(finding, "echo max | sudo tee %s", file);
        undo_with(finding, "echo '%.0f %.0f' | sudo tee %s", quota_us, period_us, file);
    } else {
        static const char file[] = "\"/sys/fs/cgroup/cpu$(sed -nE 's/^[0-9]+:([^:]+,)?cpu(,[^:]+)?://p' "
                                   "/proc/self/cgroup)/cpu.cfs_quota_us\"";
        fix_with(finding, "echo -1 | sudo tee %s", file);
        undo_with(finding, "echo %.0f | sudo tee %s", quota_us, file);
    }
}

bool check_quota(const struct evidence *evidence, struct doctor_finding *finding)
{
    double cpus = fact_number(evidence, "cgroup.cpu_quota_cpus");
    double period_ms = fact_number(evidence, "cgroup.cpu_period_us") / 1000;
    double throttled = evidence->observed->throttled_periods;
    if (cpus < 0 && throttled <= 0)
        return false;
    if (throttled <= 0 && cpus >= 2)
        return say(finding, DOCTOR_FINE,
                   "The control group may use %.4g CPUs, more than worker and driver need.", cpus);
    fix_quota(evidence, finding);
    if (throttled > 0)
        return say(finding, DOCTOR_SERIOUS,
                   "The control group used up its quota %.0f times in %.0f s; each time all of it stood "
                   "still for the "
                   "rest of the period.",
                   throttled, evidence->observed->seconds);
    return say(finding, cpus < 1.1 ? DOCTOR_SERIOUS : DOCTOR_WORTH_KNOWING,
               "The control group may use %.4g CPUs: when driver, worker and all else in it need more, they "
               "stand still "
               "for the rest of each %.4g ms.",
               cpus, period_ms > 0 ? period_ms : 100);
}

bool check_clocksource(const struct evidence *evidence, struct doctor_finding *finding)
{
    static const char file[] = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
    const char *source = fact(evidence, "clock.source");
    bool is_x86 = *fact(evidence, "clock.invariant_tsc") != '\0';
    if (!*source)
        return false;
    if (!is_x86 || strcmp(source, "tsc") == 0)
        return say(finding, DOCTOR_FINE, "The kernel tells the time by %s.", source);
    if (has_word(fact(evidence, "clock.available_sources"), "tsc") && is_plain_word(source)) {
        fix_with(finding, "echo tsc | sudo tee %s", file);
        undo_with(finding, "echo %s | sudo tee %s", source, file);
    }
    if (has_word("hpet acpi_pm pit jiffies refined-jiffies", source))
        return say(finding, DOCTOR_SERIOUS,
                   "The kernel tells the time by %s: every reading is a system call and takes about a "
                   "microsecond, as "
                   "long as many allocations.",
                   source);
    return say(finding, DOCTOR_WORTH_KNOWING,
               "The kernel tells the time by %s, not by the TSC: a reading takes tens of nanoseconds more, "
               "which shows "
               "in latency_ns of the fastest cells.",
               source);
}

bool check_clock(const struct evidence *evidence, struct doctor_finding *finding)
{
    const struct doctor_observation *observed = evidence->observed;
    if (observed->clock_cost_ns < 0)
        return false;
    enum doctor_severity severity = DOCTOR_FINE;
    if (observed->clock_cost_ns > 200 || observed->clock_step_ns > 100 || observed->clock_drift_ppm > 100)
        severity = DOCTOR_WORTH_KNOWING;
    if (observed->clock_drift_ppm > 1000 || observed->clock_step_ns > 10000)
        severity = DOCTOR_SERIOUS;
    return say(finding, severity,
               "The timer costs %.0f ns, advances in steps of %.2g ns and differs from the kernel's clock by "
               "%.0f ppm.",
               observed->clock_cost_ns, observed->clock_step_ns, observed->clock_drift_ppm);
}

bool check_battery(const struct evidence *evidence, struct doctor_finding *finding)
{
    if (fact_is(evidence, "machine.power", "mains"))
        return say(finding, DOCTOR_FINE, "The machine is on mains power.");
    return fact_is(evidence, "machine.power", "battery") &&
           say(finding, DOCTOR_SERIOUS,
               "The machine is on battery: the firmware lowers frequencies as it sees fit, often to half. "
               "Connect it to mains power.");
}

bool check_power_profile(const struct evidence *evidence, struct doctor_finding *finding)
{
    static const char file[] = "/sys/firmware/acpi/platform_profile";
    const char *profile = fact(evidence, "machine.power_profile");
    if (!*profile)
        return false;
    if (strcmp(profile, "performance") == 0)
        return say(finding, DOCTOR_FINE, "The firmware's power profile is performance.");
    fix_with(finding, "echo performance | sudo tee %s", file);
    if (is_plain_word(profile))
        undo_with(finding, "echo %s | sudo tee %s", profile, file);
    bool is_low =
        strcmp(profile, "low-power") == 0 || strcmp(profile, "quiet") == 0 || strcmp(profile, "cool") == 0;
    return say(finding, is_low ? DOCTOR_SERIOUS : DOCTOR_WORTH_KNOWING,
               "The firmware's power profile is %s: it caps frequency and heat.", profile);
}
