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
    GATE_RUN_DELAY_PER_MILLE = 5, // of a trial's time: waiting for the CPU that is shorter does not matter
    GATE_PROBE_BINS = 65536,
    GATE_DELAY_BINS = 1024,
};

// What the trials of a run have shown of the machine so far. Start with {0}.
struct gate_history {
    uint32_t probes[GATE_PROBE_BINS]; // times in bins of 1 ns; the last bin holds all longer ones
    uint64_t probe_count;
    uint32_t
        delays[GATE_DELAY_BINS]; // shares of long trials in bins of 1/10000; the last holds all larger ones
    uint64_t delay_count;
};

void gate_add_probe(struct gate_history *history, uint64_t probe_ns);

// Adds the trial's probes, and the time it waited for its CPU.
void gate_add_trial(struct gate_history *history, const struct trial *trial);

// What a trial may show without being called disturbed.
//
// Probe: the second percentile of all probes so far, which is the machine at its fastest without trusting one
// lucky reading, plus the tolerance; UINT64_MAX while there are fewer than 50.
//
// Run delay: the share above, and what the system itself takes from every long trial: the lower quartile over
// the trials of at least 20 ms, 0 while there are fewer than 20. Kernel threads that run many times a
// second take 1 % of a trial of half a second whenever it is run; what takes it from a quarter of the trials
// or less is a disturbance.
struct gate_limits gate_limits_of(const struct gate_history *history);

// Neither probe over the limit, not migrated, and not preempted for longer than the limit.
bool gate_trial_is_clean(const struct trial *trial, const struct gate_limits *limits);

// Whether the trial at position `i` of the record's trials stands for its index among its repetitions: the
// first clean one, else the first.
bool gate_trial_stands(const struct process_record *record, size_t i, const struct gate_limits *limits);

#endif
