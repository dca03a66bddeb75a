#include "wire/gate.h"

#include <stdlib.h>

enum {
    MIN_PROBES = 50,
    PROBE_PERCENTILE = 2,
    MIN_SHARES = 10,
    OVERHEAD_NS =
        20000000, // of CPU time: what lies around the trial, and two ticks where it is counted in ticks
    CLOCK_STEP_NS = 1000, // by which two clocks may differ for how they are read
    MAX_USUAL_DELAY_PER_MILLION = 20000,
};

void gate_add_probe(struct gate_history *history, uint64_t probe_ns)
{
    if (probe_ns == 0)
        return;
    history->probes[probe_ns < GATE_PROBE_BINS ? probe_ns : GATE_PROBE_BINS - 1]++;
    history->probe_count++;
}

struct gate_limits gate_limits_of(const struct gate_history *history)
{
    struct gate_limits limits = {UINT64_MAX, GATE_RUN_DELAY_PER_MILLE * 1000};
    if (history->probe_count < MIN_PROBES)
        return limits;
    uint64_t rank = history->probe_count * PROBE_PERCENTILE / 100;
    uint64_t seen = 0, fastest_ns = 0;
    for (; fastest_ns < GATE_PROBE_BINS; fastest_ns++) {
        seen += history->probes[fastest_ns];
        if (seen > rank)
            break;
    }
    limits.probe_ns = fastest_ns + fastest_ns * GATE_PROBE_TOLERANCE_PERCENT / 100;
    return limits;
}

bool gate_time_is_possible(uint64_t time_ns, const struct gate_clocks *clocks)
{
    if (time_ns == 0 || time_ns > UINT64_MAX / 4)
        return false;
    return time_ns <= clocks->wall_ns + clocks->wall_ns / 8 + CLOCK_STEP_NS &&
           clocks->cpu_ns <= 2 * time_ns + OVERHEAD_NS;
}

uint64_t gate_stood_ns(const struct gate_clocks *clocks, uint64_t run_delay_ns)
{
    if (clocks->cpu_ns == 0 || clocks->cpu_ns >= clocks->wall_ns)
        return 0;
    uint64_t without_cpu_ns = clocks->wall_ns - clocks->cpu_ns;
    return without_cpu_ns > run_delay_ns ? without_cpu_ns - run_delay_ns : 0;
}

uint64_t gate_running_ns(const struct trial *trial)
{
    // A clock that stands still with the machine has not counted that time.
    return trial->total_ns > trial->stood_ns ? trial->total_ns - trial->stood_ns : trial->total_ns;
}

static uint64_t without_cpu_ns(const struct trial *trial)
{
    uint64_t sum_ns = trial->run_delay_ns + trial->stood_ns;
    return sum_ns < trial->stood_ns ? UINT64_MAX : sum_ns;
}

uint64_t gate_delay_share(const struct trial *trial)
{
    uint64_t delay_ns = without_cpu_ns(trial);
    if (delay_ns >= trial->total_ns)
        return 1000000;
    return delay_ns * 1000000 / trial->total_ns;
}

static int compare_shares(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

uint64_t gate_usual_delay(uint64_t *shares, size_t count)
{
    if (count < MIN_SHARES)
        return 0;
    qsort(shares, count, sizeof *shares, compare_shares);
    uint64_t quartile = shares[(count - 1) / 4];
    return quartile < MAX_USUAL_DELAY_PER_MILLION ? quartile : MAX_USUAL_DELAY_PER_MILLION;
}

// Only a process that was switched away from was without a CPU: the clocks are read one after the other, and
// their difference is never quite 0.
static bool was_held_up(const struct trial *trial, uint64_t limit_per_million)
{
    if (trial->involuntary_switches == 0 && trial->voluntary_switches == 0)
        return false;
    if (trial->involuntary_switches > 0 && trial->run_delay_ns == 0) // the system does not tell how long
        return true;
    return without_cpu_ns(trial) > trial->total_ns * limit_per_million / 1000000;
}

// Who stops gives up the CPU. What a hypervisor takes also passes without CPU time, but without a switch.
static bool stood_still(const struct trial *trial)
{
    return trial->voluntary_switches > 0 && trial->stood_ns > trial->total_ns / 2;
}

bool gate_trial_is_void(const struct trial *trial)
{
    return trial->total_ns == 0 || stood_still(trial);
}

bool gate_trial_is_clean(const struct trial *trial, const struct gate_limits *limits)
{
    return !gate_trial_is_void(trial) && trial->probe_before_ns <= limits->probe_ns &&
           trial->probe_after_ns <= limits->probe_ns && !trial->migrated &&
           !was_held_up(trial, limits->run_delay_per_million + trial->usual_delay_per_million);
}

enum disturbance { UNDISTURBED, DISTURBED, STOOD_STILL, TIME_NOT_KNOWN };

static enum disturbance disturbance_of(const struct trial *trial, const struct gate_limits *limits)
{
    if (gate_trial_is_clean(trial, limits))
        return UNDISTURBED;
    if (!gate_trial_is_void(trial))
        return DISTURBED;
    return trial->total_ns > 0 ? STOOD_STILL : TIME_NOT_KNOWN;
}

bool gate_trial_stands(const struct process_record *record, size_t i, const struct gate_limits *limits)
{
    const struct trial *trials = record->trials;
    size_t first = trials[i].repetition <= i ? i - trials[i].repetition : 0;
    size_t best = first;
    for (size_t t = first; t < record->trial_count && trials[t].index == trials[i].index; t++)
        if (disturbance_of(&trials[t], limits) < disturbance_of(&trials[best], limits))
            best = t;
    return i == best;
}
