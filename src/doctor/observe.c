// Watches the machine: first asleep, to see which CPU is idlest; then that CPU runs the same throughput probe
// that runs next to every trial, back to back, so that what disturbs it shows as slow probes, stolen time,
// pressure or heat. What the kernel counts is read before and after.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "doctor/private.h"
#include "environment/environment.h"
#include "os/os.h"
#include "timing/clock.h"
#include "timing/probe.h"

enum { MAX_WATCHED_CPUS = 1024 };

const struct doctor_observation doctor_nothing_observed = {
    .background_percent = -1,
    .busiest_percent = -1,
    .busiest_process = -1,
    .steal_percent = -1,
    .cpu_pressure_percent = -1,
    .memory_pressure_percent = -1,
    .throttled_periods = -1,
    .heat_events = -1,
    .swapped_out_pages = -1,
    .lost_percent = -1,
    .slow_probes_percent = -1,
    .slowest_probe_ratio = -1,
    .clock_cost_ns = -1,
    .clock_step_ns = -1,
    .clock_drift_ppm = -1,
};

static double larger(double one, double other)
{
    return one > other ? one : other;
}

void probe_times_add(struct probe_times *times, uint64_t elapsed_ns)
{
    uint64_t step = elapsed_ns / PROBE_STEP_NS;
    times->counts[step < PROBE_STEP_COUNT ? step : PROBE_STEP_COUNT - 1]++;
    times->count++;
    times->total_ns += elapsed_ns;
}

static double step_middle_ns(int step)
{
    return (step + 0.5) * PROBE_STEP_NS;
}

static double probe_quantile_ns(const struct probe_times *times, double quantile)
{
    uint64_t seen = 0;
    for (int step = 0; step < PROBE_STEP_COUNT; step++) {
        seen += times->counts[step];
        if ((double)seen >= quantile * (double)times->count)
            return step_middle_ns(step);
    }
    return step_middle_ns(PROBE_STEP_COUNT - 1);
}

void observation_add_probes(const struct probe_times *times, struct doctor_observation *observation)
{
    static const double slow_ratio = 1.08;
    if (times->count == 0 || times->total_ns == 0)
        return;
    double fast_ns = probe_quantile_ns(times, 0.02);
    uint64_t slow = 0;
    for (int step = 0; step < PROBE_STEP_COUNT; step++)
        if (step_middle_ns(step) > fast_ns * slow_ratio)
            slow += times->counts[step];
    double undisturbed_ns = fast_ns * (double)times->count;
    observation->slow_probes_percent = 100 * (double)slow / (double)times->count;
    observation->slowest_probe_ratio = probe_quantile_ns(times, 0.99) / fast_ns;
    observation->lost_percent = larger(100 * (1 - undisturbed_ns / (double)times->total_ns), 0);
}

static void sleep_seconds(double seconds)
{
    struct timespec pause = {.tv_sec = (time_t)seconds};
    pause.tv_nsec = (long)((seconds - (double)pause.tv_sec) * 1e9);
    nanosleep(&pause, NULL);
}

// The CPU that had the least to do while this sleeps; -1 when the system does not report it.
static int find_idlest_cpu(const uint32_t *cpus, int count, double seconds)
{
    uint64_t idle_before[MAX_WATCHED_CPUS], total_before[MAX_WATCHED_CPUS];
    bool known[MAX_WATCHED_CPUS];
    for (int i = 0; i < count; i++)
        known[i] = os_cpu_idle_ticks(cpus[i], &idle_before[i], &total_before[i]);
    sleep_seconds(seconds);
    int idlest = -1;
    double best_share = -1;
    for (int i = 0; i < count; i++) {
        uint64_t idle, total;
        if (!known[i] || !os_cpu_idle_ticks(cpus[i], &idle, &total) || total <= total_before[i])
            continue;
        double share = (double)(idle - idle_before[i]) / (double)(total - total_before[i]);
        if (share >= best_share) {
            best_share = share;
            idlest = (int)cpus[i];
        }
    }
    return idlest;
}

static void run_probes(const struct clock *clock, double seconds, struct probe_times *times,
                       struct doctor_observation *observation)
{
    uint64_t begin_ns = clock_monotonic_raw_ns();
    struct instant first = clock_begin(clock->kind);
    uint64_t elapsed_ns = 0;
    while ((double)elapsed_ns < seconds * 1e9) {
        for (int i = 0; i < 100; i++) {
            struct instant before = clock_begin(clock->kind);
            probe_run();
            probe_times_add(times, clock_elapsed_ns(clock, before, clock_end(clock->kind)));
        }
        elapsed_ns = clock_monotonic_raw_ns() - begin_ns;
    }
    double timer_ns = (double)clock_elapsed_ns(clock, first, clock_end(clock->kind));
    double drift = timer_ns / (double)elapsed_ns - 1;
    observation->clock_drift_ppm = (drift < 0 ? -drift : drift) * 1e6;
    observation->clock_cost_ns = clock->cost_ns;
    observation->clock_step_ns = clock->resolution_ns;
}

static bool get_number(const struct facts *facts, const char *prefix, const char *name, double *ret_number)
{
    char key[64];
    snprintf(key, sizeof key, "%s%s", prefix, name);
    const char *value = facts_get(facts, key);
    if (!value)
        return false;
    *ret_number = strtod(value, NULL);
    return true;
}

// How much the count has grown; -1 when it is not known or has become smaller.
static double growth(const struct facts *facts, const char *name)
{
    double before, after;
    if (!get_number(facts, "before.", name, &before) || !get_number(facts, "after.", name, &after) ||
        after < before)
        return -1;
    return after - before;
}

static double share_percent(double part, double whole)
{
    if (part < 0 || whole <= 0)
        return -1;
    return part < whole ? 100 * part / whole : 100;
}

void observation_add_load(const struct facts *facts, double elapsed_seconds, double own_seconds,
                          struct doctor_observation *observation)
{
    double ticks_per_second = (double)sysconf(_SC_CLK_TCK);
    double total = growth(facts, "ticks.total"), idle = growth(facts, "ticks.idle");
    double steal = growth(facts, "ticks.steal");
    if (total >= 0 && idle >= 0 && elapsed_seconds > 0) {
        double busy = total - idle - larger(steal, 0);
        double others_seconds = larger(busy / ticks_per_second - own_seconds, 0);
        observation->background_percent = 100 * others_seconds / elapsed_seconds;
        observation->steal_percent = share_percent(steal, larger(total - idle, 1));
    }
    observation->cpu_pressure_percent =
        share_percent(growth(facts, "pressure.cpu_total_us"), elapsed_seconds * 1e6);
    observation->memory_pressure_percent =
        share_percent(growth(facts, "pressure.memory_total_us"), elapsed_seconds * 1e6);
    observation->throttled_periods = growth(facts, "throttled.cgroup_periods");
    double cores = growth(facts, "throttled.cpu"), packages = growth(facts, "throttled.package");
    observation->heat_events = cores < 0 ? packages : cores + larger(packages, 0);
    observation->swapped_out_pages = growth(facts, "memory.swapped_out_pages");
}

// Both lists ascend by process number.
void observation_add_processes(const struct process_times *before, const struct process_times *after,
                               uint64_t own_process, double elapsed_seconds,
                               struct doctor_observation *observation)
{
    uint64_t most = 0;
    for (size_t i = 0, j = 0; j < after->count; j++) {
        const struct process_time *now = &after->items[j];
        while (i < before->count && before->items[i].process < now->process)
            i++;
        bool existed = i < before->count && before->items[i].process == now->process;
        uint64_t earlier = existed ? before->items[i].ticks : 0;
        if (now->process == own_process || now->ticks < earlier || now->ticks - earlier <= most)
            continue;
        most = now->ticks - earlier;
        observation->busiest_process = (double)now->process;
        snprintf(observation->busiest_name, sizeof observation->busiest_name, "%s", now->name);
    }
    if (most > 0)
        observation->busiest_percent = 100 * (double)most / (double)sysconf(_SC_CLK_TCK) / elapsed_seconds;
}

// Sleeps for the first part of the time and probes for the rest, on the idlest CPU; the affinity is put back.
static void watch(double seconds, struct probe_times *times, struct doctor_observation *observation)
{
    static const double asleep_share = 0.25;
    uint32_t cpus[MAX_WATCHED_CPUS];
    int count = os_allowed_cpus(cpus, MAX_WATCHED_CPUS);
    struct clock clock = clock_calibrate(clock_choose());
    int idlest = find_idlest_cpu(cpus, count, seconds * asleep_share);
    bool pinned = idlest >= 0 && os_pin_to_cpu((uint32_t)idlest);
    run_probes(&clock, seconds * (1 - asleep_share), times, observation);
    if (pinned)
        os_allow_cpus(cpus, count);
}

enum status doctor_observe(double seconds, struct doctor_observation *ret_observation, struct error *error)
{
    CLEANUP(facts_release) struct facts load = {0};
    CLEANUP(process_times_release) struct process_times before = {0};
    CLEANUP(process_times_release) struct process_times after = {0};
    CLEANUP(free_pointer) struct probe_times *times = calloc(1, sizeof *times);
    if (!times)
        return error_set_no_memory(error);
    struct doctor_observation observation = doctor_nothing_observed;
    double own_before = own_cpu_seconds(false);
    uint64_t begin_ns = clock_monotonic_raw_ns();
    environment_read_load(&load, "before.");
    environment_read_processes(&before);
    watch(seconds, times, &observation);
    environment_read_processes(&after);
    environment_read_load(&load, "after.");
    observation.seconds = (double)(clock_monotonic_raw_ns() - begin_ns) * 1e-9;
    double own_seconds = own_cpu_seconds(false) - own_before;
    observation_add_probes(times, &observation);
    observation_add_load(&load, observation.seconds, isnan(own_seconds) ? 0 : own_seconds, &observation);
    observation_add_processes(&before, &after, (uint64_t)getpid(), observation.seconds, &observation);
    enum status status = facts_check(&load, error);
    if (status == STATUS_OK)
        *ret_observation = observation;
    return status;
}
