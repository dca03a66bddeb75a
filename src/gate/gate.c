#include "gate/gate.h"

#include <stdlib.h>

enum {
    LEAST_PROBES = 50,
    PROBE_PERCENTILE = 2,
    LEAST_SHARES = 10,
    MOST_USUAL_DELAY_PER_MILLION = 20000,
};

void gate_add_probe(struct gate_history *history, uint64_t probe_ns)
{
    history->probes[probe_ns < GATE_PROBE_BINS ? probe_ns : GATE_PROBE_BINS - 1]++;
    history->probe_count++;
}

struct gate_limits gate_limits_of(const struct gate_history *history)
{
    struct gate_limits limits = {UINT64_MAX, GATE_RUN_DELAY_PER_MILLE * 1000};
    if (history->probe_count < LEAST_PROBES)
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

uint64_t gate_delay_share(const struct trial *trial)
{
    if (trial->run_delay_ns >= trial->total_ns)
        return 1000000;
    return trial->run_delay_ns * 1000000 / trial->total_ns;
}

static int compare_shares(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

uint64_t gate_usual_delay(uint64_t *shares, size_t count)
{
    if (count < LEAST_SHARES)
        return 0;
    qsort(shares, count, sizeof *shares, compare_shares);
    uint64_t quartile = shares[(count - 1) / 4];
    return quartile < MOST_USUAL_DELAY_PER_MILLION ? quartile : MOST_USUAL_DELAY_PER_MILLION;
}

static bool was_preempted(const struct trial *trial, uint64_t limit_per_million)
{
    if (trial->involuntary_switches == 0)
        return false;
    if (trial->run_delay_ns == 0) // the system does not tell how long
        return true;
    return trial->run_delay_ns > trial->total_ns * limit_per_million / 1000000;
}

bool gate_trial_is_clean(const struct trial *trial, const struct gate_limits *limits)
{
    return trial->probe_before_ns <= limits->probe_ns && trial->probe_after_ns <= limits->probe_ns &&
           !trial->migrated &&
           !was_preempted(trial, limits->run_delay_per_million + trial->usual_delay_per_million);
}

bool gate_trial_stands(const struct process_record *record, size_t i, const struct gate_limits *limits)
{
    const struct trial *trials = record->trials;
    size_t first = trials[i].repetition <= i ? i - trials[i].repetition : 0;
    for (size_t t = first; t < record->trial_count && trials[t].index == trials[i].index; t++)
        if (gate_trial_is_clean(&trials[t], limits))
            return t == i;
    return i == first;
}
