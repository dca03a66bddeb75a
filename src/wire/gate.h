// Which trials were disturbed: the machine was slower than it can be, the process did not have its CPU to
// itself, or it stood still meanwhile: stopped by a signal or a debugger, frozen with its container, asleep
// with the machine. A disturbed trial is repeated; it is never dropped, and whether it was disturbed never
// depends on its own time.
#ifndef WIRE_GATE_H
#define WIRE_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/record.h"

enum {
    GATE_MAX_REPETITIONS = 3, // of a disturbed trial, beyond the first
    GATE_PROBE_TOLERANCE_PERCENT = 8,
    GATE_RUN_DELAY_PER_MILLE = 5, // of a trial's time: being without a CPU for less does not matter
    GATE_PROBE_BINS = 65536,
};

// The probe times of a run, in bins of 1 ns; the last bin holds all longer ones. Start with {0}.
struct gate_history {
    uint32_t probes[GATE_PROBE_BINS];
    uint64_t probe_count;
};

// A probe of 0 ns is none: the clock went back while it ran.
void gate_add_probe(struct gate_history *history, uint64_t probe_ns);

// What a trial may show without being called disturbed. Probe: the second percentile of all probes so far,
// which is the machine at its fastest without trusting one lucky reading, plus the tolerance; UINT64_MAX
// while there are fewer than 50. Run delay: the share above.
struct gate_limits gate_limits_of(const struct gate_history *history);

// What the kernel's clocks say of a stretch that the trial's own clock timed, or of one that holds it.
struct gate_clocks {
    uint64_t wall_ns; // that passed
    uint64_t cpu_ns;  // that the process had a CPU; 0: not known
};

// Whether a time can be right. A counter may be set back or forward under the one who reads it: when the
// machine wakes up, or a virtual one goes on elsewhere. It cannot be 0, nor longer than what passed by the
// clock of the wall (and an eighth, by which that may be slewed), nor much less than half of the CPU time
// spent in it.
bool gate_time_is_possible(uint64_t time_ns, const struct gate_clocks *clocks);

// The time of the stretch in which the process neither ran nor waited for a CPU, of which it waited
// `run_delay_ns`; 0 when the CPU time is not known.
uint64_t gate_stood_ns(const struct gate_clocks *clocks, uint64_t run_delay_ns);

// The trial's time without that in which it stood still.
uint64_t gate_running_ns(const struct trial *trial);

// The millionths of its time that the trial was without a CPU.
uint64_t gate_delay_share(const struct trial *trial);

// What the trials of one cell are without a CPU in any case, in millionths of their time: the lower quartile
// of their shares, at most 2 %; 0 for fewer than 10. A trial that gives memory back in every batch makes work
// for kernel threads on its own CPU: that is what it does, not what is done to it. Sorts the shares.
uint64_t gate_usual_delay(uint64_t *shares, size_t count);

// Whether the trial says nothing of its cell: its time is not known, or it stood still for more than half of
// it. It is repeated even where others are not.
bool gate_trial_is_void(const struct trial *trial);

// Not void, neither probe over the limit, not migrated, and not without a CPU for longer than the limit and
// what is usual in its cell.
bool gate_trial_is_clean(const struct trial *trial, const struct gate_limits *limits);

// Whether the trial at position `i` of the record's trials stands for its index among its repetitions: the
// first clean one, else the first that is not void, else the first whose time is known, else the first.
bool gate_trial_stands(const struct process_record *record, size_t i, const struct gate_limits *limits);

#endif
