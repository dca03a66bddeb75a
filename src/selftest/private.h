// The parts of the self-test, each for itself: pure but for the neighbour, and tested on scripted data.
#ifndef SELFTEST_PRIVATE_H
#define SELFTEST_PRIVATE_H

#include "compare/compare.h"
#include "program/analysis.h"
#include "selftest/selftest.h"

// ---- design.c: what is done to a plan ----

// The slowdown planted in a cell in that round, an index of selftest_extra_per_mille: the levels rotate over
// the cells and over the rounds, so that each run holds all of them and six rounds give each cell each level.
int selftest_level_of(enum strategy_id strategy, enum pattern_id pattern, uint32_t size_bytes,
                      uint32_t round);

// Plants them in every cell but the anchor's; in box_twin what box has. `batches` of a trial: at least
// SELFTEST_MIN_BATCHES.
void selftest_plant(struct plan *plan, uint32_t batches, uint32_t round);

enum selftest_sequence { SEQUENCE_SHUFFLED, SEQUENCE_FORWARD, SEQUENCE_REVERSED };

// Puts the processes of each replicate into the order of the tables (strategy, pattern, size), or the
// opposite. Shuffled: stays as planned.
void selftest_reorder(struct plan *plan, enum selftest_sequence sequence);

// ---- delay.c: instructions planted in box ----

// Turns a request into that of a run in which they can be planted: box, its twin, box_plain and the anchor,
// and of the sizes asked for those that the delayed copies of box have. False when there is none.
bool selftest_delay_request(const struct plan_request *asked, struct plan_request *ret_request);

// The delay planted in box for that pattern and size in that round: an index below SELFTEST_DELAYS. They
// rotate over the cells and over the rounds.
int selftest_delay_of(enum pattern_id pattern, uint32_t size_bytes, uint32_t round);

// Plants them in box and its twin.
void selftest_delay_plant(struct plan *plan, uint32_t round);

// ---- judge.c: what comparisons show ----

// Numbers that are collected. Start with {0}.
struct selftest_values {
    double *items;
    size_t count, capacity;
    bool failed; // memory ran out
};
void selftest_values_add(struct selftest_values *values, double value);
void selftest_values_release(struct selftest_values *values);
// Sorts them. NaN when there are none.
double selftest_values_quantile(struct selftest_values *values, double probability);

// Of one delay, a value per cell.
struct selftest_delay_values {
    struct selftest_values truths;  // box / box_plain - 1, paired inside the run
    struct selftest_values effects; // ratio - 1
    struct selftest_values errors;  // |ratio - 1 - truth|
};

struct selftest_judge {
    struct selftest_delay_values delays[SELFTEST_DELAYS];
    struct selftest_values shifts;                   // A/A: |ratio - 1|
    struct selftest_values effects[SELFTEST_LEVELS]; // A/B: ratio - 1
    struct selftest_values errors[SELFTEST_LEVELS];  // A/B: |ratio - 1 - planted|
};
void selftest_judge_release(struct selftest_judge *judge);

// Each adds what one comparison shows to the counts of its part.
void selftest_judge_null(struct selftest_judge *judge, const struct comparison *comparison,
                         struct selftest_null *null);
void selftest_judge_planted(struct selftest_judge *judge, const struct comparison *comparison, uint32_t round,
                            uint32_t batches, struct selftest_level levels[SELFTEST_LEVELS]);
void selftest_judge_order(const struct comparison *comparison, struct selftest_order *order);
void selftest_judge_alarms(const struct comparison *comparison, struct selftest_share *alarms);
void selftest_judge_control(const struct null_control *control, struct selftest_null *null);

// In delay.c. `comparison`: of a run of identical code with `planted`.
MUST_CHECK enum status selftest_judge_delays(struct selftest_judge *judge, const struct dataset *planted,
                                             const struct comparison *comparison, uint32_t round,
                                             struct selftest_delays *ret_delays, struct error *error);

// In delay.c: their quantiles and intervals. False when values were lost.
bool selftest_delays_finish(struct selftest_delay_values values[SELFTEST_DELAYS],
                            struct selftest_delays *ret_delays);
void selftest_delay_values_release(struct selftest_delay_values *values);

// Quantiles and intervals, once all were added. STATUS_NO_MEMORY when values were lost.
MUST_CHECK enum status selftest_judge_finish(struct selftest_judge *judge, struct selftest *selftest,
                                             struct error *error);
void selftest_share_finish(struct selftest_share *share);

// ---- neighbour.c: processes that disturb ----

struct neighbour {
    int process;       // 0: none
    uint64_t start_ns; // Unix time of its first burst
};

// Starts a process on the first allowed CPU that works on 64 MiB of memory in bursts: 0.4 s at first, so
// that the runner sees which CPU is busy, then, with pauses as long, of 128 ms, 32 ms, 8 ms and 2 ms, a
// quarter of a second each.
MUST_CHECK enum status neighbour_start(struct neighbour *ret_neighbour, struct error *error);
void neighbour_stop(struct neighbour *neighbour);

// Whether it works at that time, and whether it does at any moment of a trial that begins then.
bool neighbour_is_busy(uint64_t start_ns, uint64_t time_ns);
bool neighbour_disturbs(uint64_t start_ns, uint64_t trial_start_ns, uint64_t trial_ns);

// Processes that work on every allowed CPU, one each, all the time.
struct crowd {
    int *processes;
    size_t count;
};

// Starts them: on the first, third, … CPU one that writes 64 MiB of memory over and over (less where there
// are so many that all of them would take more than 1 GiB), on the others one that computes. They end with
// the program, however it ends.
MUST_CHECK enum status crowd_start(struct crowd *ret_crowd, struct error *error);
void crowd_stop(struct crowd *crowd);

// STATUS_ENVIRONMENT when one of them has ended by itself: then the CPU was not busy all the time.
MUST_CHECK enum status crowd_check(struct crowd *crowd, struct error *error);

// ---- noise.c: which of its trials the gate flags ----

// Adds the trials of the run, which was made beside the neighbour.
MUST_CHECK enum status selftest_judge_noise(const struct run *run, uint64_t neighbour_start_ns,
                                            struct selftest_noise *noise, struct error *error);

// ---- loud.c: what is decided beside a crowd ----

// Turns a request into that of a run beside it: box_plain, a copy of box, is among what is measured.
void selftest_loud_request(const struct plan_request *asked, struct plan_request *ret_request);

// Whether the copy of box is slowed down by a factor of 2 for that pattern and size: in every second cell. In
// the others it is box once more.
bool selftest_loud_plants(enum pattern_id pattern, uint32_t size_bytes);

// Plants it. `batches` of a trial.
void selftest_loud_plant(struct plan *plan, uint32_t batches);

// Holds the verdicts of `analyze` on a run beside a crowd against what is known. `ret_loud` already holds its
// neighbours, processes and trials and is otherwise empty; untouched on failure. Both datasets are taken over
// and left empty.
MUST_CHECK enum status selftest_judge_loud(struct dataset *quiet, struct dataset *loud,
                                           struct selftest_loud *ret_loud, struct error *error);

// ---- program.c: a program on heaps whose difference is known ----

// Makes the runs and judges them. STATUS_INTERRUPTED after a signal.
MUST_CHECK enum status selftest_run_program(const struct selftest_options *options,
                                            struct selftest_program *ret_program, struct error *error);

// Adds what one run shows. Its last heap is the one that works longer; `effects` gets the measured ratio - 1.
void selftest_judge_program(const struct program_result *result, struct selftest_program *program,
                            struct selftest_values *effects);

// ---- simulate.c: the intervals, in simulation ----

MUST_CHECK enum status selftest_simulate(size_t repetitions, uint64_t seed,
                                         struct selftest_coverage ret_coverage[SHAPE_COUNT],
                                         struct error *error);

// ---- aims.c ----

// Fills `aims` and `sees` from all else.
void selftest_set_aims(struct selftest *selftest);

#endif
