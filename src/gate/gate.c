#include "gate/gate.h"

enum {
    LEAST_PROBES = 50,
    PROBE_PERCENTILE = 2,
    LEAST_LONG_TRIALS = 20,
    DELAY_PERCENTILE = 25,
    PER_MILLION_OF_A_BIN = 100,
};

#define LONG_TRIAL_NS UINT64_C(20000000)

void gate_add_probe(struct gate_history *history, uint64_t probe_ns)
{
    history->probes[probe_ns < GATE_PROBE_BINS ? probe_ns : GATE_PROBE_BINS - 1]++;
    history->probe_count++;
}

static uint64_t per_million(uint64_t part, uint64_t whole)
{
    return part > whole ? 1000000 : part * 1000000 / whole;
}

void gate_add_trial(struct gate_history *history, const struct trial *trial)
{
    gate_add_probe(history, trial->probe_before_ns);
    gate_add_probe(history, trial->probe_after_ns);
    if (trial->total_ns < LONG_TRIAL_NS)
        return;
    uint64_t bin = per_million(trial->run_delay_ns, trial->total_ns) / PER_MILLION_OF_A_BIN;
    history->delays[bin < GATE_DELAY_BINS ? bin : GATE_DELAY_BINS - 1]++;
    history->delay_count++;
}

static uint64_t percentile_bin(const uint32_t *bins, uint64_t bin_count, uint64_t count, uint64_t percentile)
{
    uint64_t rank = count * percentile / 100;
    uint64_t seen = 0;
    for (uint64_t bin = 0; bin < bin_count; bin++) {
        seen += bins[bin];
        if (seen > rank)
            return bin;
    }
    return bin_count - 1;
}

struct gate_limits gate_limits_of(const struct gate_history *history)
{
    struct gate_limits limits = {UINT64_MAX, GATE_RUN_DELAY_PER_MILLE * 1000};
    if (history->probe_count >= LEAST_PROBES) {
        uint64_t fastest_ns =
            percentile_bin(history->probes, GATE_PROBE_BINS, history->probe_count, PROBE_PERCENTILE);
        limits.probe_ns = fastest_ns + fastest_ns * GATE_PROBE_TOLERANCE_PERCENT / 100;
    }
    if (history->delay_count >= LEAST_LONG_TRIALS)
        limits.run_delay_per_million +=
            PER_MILLION_OF_A_BIN *
            percentile_bin(history->delays, GATE_DELAY_BINS, history->delay_count, DELAY_PERCENTILE);
    return limits;
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
           !trial->migrated && !was_preempted(trial, limits->run_delay_per_million);
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
