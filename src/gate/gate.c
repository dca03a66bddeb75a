#include "gate/gate.h"

enum { LEAST_PROBES = 50, PERCENTILE = 2 };

void gate_add_probe(struct probe_histogram *histogram, uint64_t probe_ns)
{
    histogram->bins[probe_ns < GATE_HISTOGRAM_BINS ? probe_ns : GATE_HISTOGRAM_BINS - 1]++;
    histogram->count++;
}

uint64_t gate_probe_limit(const struct probe_histogram *histogram)
{
    if (histogram->count < LEAST_PROBES)
        return UINT64_MAX;
    uint64_t rank = histogram->count * PERCENTILE / 100;
    uint64_t seen = 0, percentile_ns = 0;
    for (uint64_t ns = 0; ns < GATE_HISTOGRAM_BINS; ns++) {
        seen += histogram->bins[ns];
        if (seen > rank) {
            percentile_ns = ns;
            break;
        }
    }
    return percentile_ns + percentile_ns * GATE_PROBE_TOLERANCE_PERCENT / 100;
}

static bool was_preempted(const struct trial *trial)
{
    if (trial->involuntary_switches == 0)
        return false;
    if (trial->run_delay_ns == 0) // the system does not tell how long
        return true;
    return trial->run_delay_ns > trial->total_ns / 1000 * GATE_RUN_DELAY_PER_MILLE;
}

bool gate_trial_is_clean(const struct trial *trial, uint64_t probe_limit_ns)
{
    return trial->probe_before_ns <= probe_limit_ns && trial->probe_after_ns <= probe_limit_ns &&
           !trial->migrated && !was_preempted(trial);
}

bool gate_trial_stands(const struct process_record *record, size_t i, uint64_t probe_limit_ns)
{
    const struct trial *trials = record->trials;
    size_t first = trials[i].repetition <= i ? i - trials[i].repetition : 0;
    for (size_t t = first; t < record->trial_count && trials[t].index == trials[i].index; t++)
        if (gate_trial_is_clean(&trials[t], probe_limit_ns))
            return t == i;
    return i == first;
}
