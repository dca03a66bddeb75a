// Which trials were disturbed: the machine was slower than it can be, or the process did not have its CPU to
// itself. A disturbed trial is repeated; it is never dropped, and whether it was disturbed never depends on
// its own time.
#ifndef GATE_GATE_H
#define GATE_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/record.h"

enum {
    GATE_MOST_REPETITIONS = 3, // of a disturbed trial, beyond the first
    GATE_PROBE_TOLERANCE_PERCENT = 8,
    GATE_RUN_DELAY_PER_MILLE = 5, // of a trial's time: waiting for the CPU that is shorter does not matter
    GATE_PROBE_BINS = 65536,
};

// The probe times of a run, in bins of 1 ns; the last bin holds all longer ones. Start with {0}.
struct gate_history {
    uint32_t probes[GATE_PROBE_BINS];
    uint64_t probe_count;
};

void gate_add_probe(struct gate_history *history, uint64_t probe_ns);

// What a trial may show without being called disturbed. Probe: the second percentile of all probes so far,
// which is the machine at its fastest without trusting one lucky reading, plus the tolerance; UINT64_MAX
// while there are fewer than 50. Run delay: the share above.
struct gate_limits gate_limits_of(const struct gate_history *history);

// The millionths of its time that the trial waited for its CPU.
uint64_t gate_delay_share(const struct trial *trial);

// What the trials of one cell wait for in any case, in millionths of their time: the lower quartile of their
// shares, at most 2 %; 0 for fewer than 10. A trial that gives memory back in every batch makes work for
// kernel threads on its own CPU: that is what it does, not what is done to it. Sorts the shares.
uint64_t gate_usual_delay(uint64_t *shares, size_t count);

// Neither probe over the limit, not migrated, and not preempted for longer than the limit and what is usual
// in its cell.
bool gate_trial_is_clean(const struct trial *trial, const struct gate_limits *limits);

// Whether the trial at position `i` of the record's trials stands for its index among its repetitions: the
// first clean one, else the first.
bool gate_trial_stands(const struct process_record *record, size_t i, const struct gate_limits *limits);

#endif
