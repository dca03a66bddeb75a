// Which trials were disturbed: the machine was slower than it can be, or the process did not have its CPU to
// itself. A disturbed trial is repeated; it is never dropped, and whether it was disturbed never depends on
// its own time.
#ifndef GATE_GATE_H
#define GATE_GATE_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/record.h"

enum {
    GATE_MOST_REPETITIONS = 3, // of a disturbed trial, beyond the first
    GATE_PROBE_TOLERANCE_PERCENT = 8,
    GATE_RUN_DELAY_PER_MILLE =
        5, // waiting for the CPU that is shorter than this share of the trial does not matter
    GATE_HISTOGRAM_BINS = 65536,
};

// The probe times of a run, in bins of 1 ns; the last bin holds all longer ones. Start with {0}.
struct probe_histogram {
    uint32_t bins[GATE_HISTOGRAM_BINS];
    uint64_t count;
};

void gate_add_probe(struct probe_histogram *histogram, uint64_t probe_ns);

// The longest probe time that counts as undisturbed: the second percentile of all so far, which is the
// machine at its fastest without trusting one lucky reading, plus the tolerance. UINT64_MAX while there are
// fewer than 50.
uint64_t gate_probe_limit(const struct probe_histogram *histogram);

// Neither probe over the limit, not migrated, and not preempted for longer than the share above. A trial of
// 0.4 s meets the scheduler in any case: what counts is the time that it lost.
bool gate_trial_is_clean(const struct trial *trial, uint64_t probe_limit_ns);

// Whether the trial at position `i` of the record's trials stands for its index among its repetitions: the
// first clean one, else the first.
bool gate_trial_stands(const struct process_record *record, size_t i, uint64_t probe_limit_ns);

#endif
