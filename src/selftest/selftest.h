// The instrument measures itself: runs of identical code, of code with a slowdown of known size, in other
// orders and beside noisy neighbours go through the real runner, worker, files and comparison, and what
// comes out is set against what is known to be true. Method and meaning of every number: docs/selftest.md.
#ifndef SELFTEST_SELFTEST_H
#define SELFTEST_SELFTEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/facts.h"
#include "plan/plan.h"
#include "runner/runner.h"
#include "statistics/statistics.h"
#include "strategies/strategies.h"

enum {
    SELFTEST_LEVELS = 6,                    // planted slowdowns
    SELFTEST_DELAYS = STRATEGY_DELAY_COUNT, // numbers of planted instructions
    SELFTEST_MIN_BATCHES = 200,             // of a trial, for the smallest slowdown to be a whole batch
    SELFTEST_COVERAGE_MIN = 8,              // processes
    SELFTEST_COVERAGE_MAX = 30,
    SELFTEST_NOISE_TRIALS = 10, // the least of a process in the longer run beside the neighbour
    // The least of the run beside neighbours on every CPU, unless it is to be quick.
    SELFTEST_LOUD_PROCESSES = STANDARD_PROCESSES,
    SELFTEST_LOUD_TRIALS = 3, // as a default run has
    // Runs of a program, unless it is to be quick: of 40 without a false verdict at most 8.8 % have one (95
    // %).
    SELFTEST_PROGRAM_RUNS = 40,
    SELFTEST_PROGRAM_PROCESSES = 20, // the least of each heap in one of them, likewise
    SELFTEST_PROGRAM_IDENTICAL = 3,  // heaps that are the system's under other names, its twin not counted
    SELFTEST_AIMS = 18,
};

// What it is made of: a set of parts has the bits 1 << part.
enum selftest_part {
    SELFTEST_PART_IDENTICAL,
    SELFTEST_PART_PLANTED,
    SELFTEST_PART_INSTRUCTIONS,
    SELFTEST_PART_ORDER,
    SELFTEST_PART_NOISE,
    SELFTEST_PART_LOUD,
    SELFTEST_PART_PROGRAM,
    SELFTEST_PART_COVERAGE,
    SELFTEST_PART_COUNT,
};

// All that can be made here: a heap with a known difference is preloaded on Linux alone.
#ifdef __APPLE__
#define SELFTEST_ALL_PARTS                                                                                   \
    (((UINT64_C(1) << SELFTEST_PART_COUNT) - 1) & ~(UINT64_C(1) << SELFTEST_PART_PROGRAM))
#else
#define SELFTEST_ALL_PARTS ((UINT64_C(1) << SELFTEST_PART_COUNT) - 1)
#endif

// The word for a part, as users write it; NULL for one that cannot be made here. `part` below
// SELFTEST_PART_COUNT.
const char *selftest_part_name(size_t part);

static inline bool selftest_has_part(uint64_t parts, enum selftest_part part)
{
    return parts >> part & 1;
}

// The parts that are made when these are asked for: with the runs of identical code, where any of the others
// is compared with them.
uint64_t selftest_parts_needed(uint64_t parts);

// In batches per thousand, ascending.
extern const uint32_t selftest_extra_per_mille[SELFTEST_LEVELS];

struct selftest_options {
    struct plan_request request; // what each run measures; the controls have to be in it
    uint64_t parts;              // that are asked for
    uint32_t rounds;             // of two runs of identical code and two with planted slowdowns
    uint32_t batches;            // of a trial; at least SELFTEST_MIN_BATCHES, 0: as in every run
    bool thin;                   // the runs for order, noise and instructions measure every fourth size only
    size_t coverage_repetitions; // simulated experiments per shape, method and number of processes
    const char *worker_path;
    const char *directory; // for the files of the runs; it exists and stays
    // Between two steps; `what` names the next one, NULL after the last. May be NULL.
    void (*step)(void *context, const char *what, size_t done_runs, size_t all_runs);
    runner_progress_function *progress; // of a run; may be NULL
    void *context;                      // of both
};

// So many out of so many, with the 95 % interval of Clopper and Pearson.
struct selftest_share {
    uint64_t count, of;
    struct interval interval;
};

// Identical code, compared as two runs.
struct selftest_null {
    struct selftest_share cells;         // verdicts slower or faster: all of them are false
    struct selftest_share families;      // comparisons with at least one such verdict
    struct selftest_share control_cells; // box_twin against box, inside each run that nothing disturbs
    struct selftest_share control_runs;  // such runs in which the null control differs
    uint64_t unchanged, inconclusive;    // verdicts
    double shift_p50, shift_p90;         // of |B / A - 1| over the cells, each divided by the anchor
};

// One planted slowdown.
struct selftest_level {
    double effect;               // planted: 0.05 is 5 %
    struct selftest_share found; // verdicts slower
    uint64_t wrong;              // verdicts faster
    double recovered;            // median over the cells of what came out
    double error_p50, error_p90; // of |recovered - planted| over the cells
};

// So many instructions more per object of box.
struct selftest_delay {
    uint32_t instructions;
    double truth_p10, truth, truth_p90; // what they cost, paired inside the run; over the cells
    struct selftest_share found;        // verdicts slower, of the cells whose truth is known
    uint64_t wrong;                     // verdicts faster
    double recovered;                   // median over the cells of what came out of the comparison
    double error_p50, error_p90;        // of |recovered - truth| over the cells
};

struct selftest_delays {
    struct selftest_delay levels[SELFTEST_DELAYS];
    struct selftest_share found_from_5; // of the cells whose truth is 5 % or more
};

// The plan run forward, reversed and shuffled.
struct selftest_order {
    uint64_t comparisons;
    struct selftest_share moved;  // cells more than 1 % beyond their interval
    double max_beyond;            // the farthest of all
    struct selftest_share alarms; // verdicts slower or faster
};

// A run beside a neighbour that works in bursts.
struct selftest_noise {
    uint64_t trials;                 // repetitions included
    struct selftest_share disturbed; // trials during a burst, of all
    // Of those in processes with enough trials between the bursts: took over 8 % longer than these.
    struct selftest_share contaminated;
    struct selftest_share flagged;            // contaminated trials that the gate flags
    struct selftest_share slow_quiet;         // as contaminated, of the trials between the bursts themselves
    struct selftest_share slow_quiet_flagged; // of these, the ones that the gate flags
    struct selftest_share flagged_quiet;      // trials between the bursts that the gate flags
    struct selftest_share alarms;             // verdicts slower or faster against a run without the neighbour
};

// A run of the whole grid with neighbours on every CPU all the time, judged as `analyze` judges it: each cell
// against box, in total time, by the pairs inside the run.
struct selftest_loud {
    size_t neighbours;
    uint32_t processes, trials;
    struct selftest_share disturbed; // trials, of all
    double threshold;                // from which a difference counts there, by what its twins show
    // Identical code called different.
    struct selftest_share copies; // copies of box that nothing is planted in
    struct selftest_share twins;  // groups of the null control
    // Cells whose ratio in the run without neighbours is at least 1.5, or at most 1 / 1.5.
    struct selftest_share decided; // verdicts in that direction
    // Copies of box that are slowed down by a factor of 2.
    struct selftest_share found; // verdicts slower
    double recovered;            // median over these cells of the factor that came out
    struct selftest_share wrong; // of both: verdicts in the other direction
};

// Runs of a program, as `program` makes them: on the system's heap, on the same under other names, and on one
// whose malloc works longer.
struct selftest_program {
    uint32_t runs, processes, identical; // of each heap; identical heaps
    double effect;                       // of the work, planted: 0.05 is 5 %
    struct selftest_share found;         // runs in which that heap takes more CPU time
    uint64_t wrong;                      // less
    double recovered;                    // median over the runs of what came out; NaN: nothing
    struct selftest_share families;      // runs in which an identical heap, or the twin, differs in anything
    struct selftest_share verdicts;      // verdicts on these: heaps times metrics
};

struct selftest_coverage {
    uint64_t examined; // combinations of method and number of processes
    double least;      // share of intervals that hold the true value: the lowest
    size_t min_processes;
    double mean;
};

enum selftest_met { SELFTEST_NOT_EXAMINED, SELFTEST_MISSED, SELFTEST_MET };

struct selftest_aim {
    const char *key;
    enum selftest_part from;
    const char *part; // "A/A", "A/B", …: for a person
    const char *what; // for a person
    bool at_most;     // else at least
    double limit;     // shares and ratios as fractions: 0.05 is 5 %
    double reached;   // NaN: not examined
    enum selftest_met met;
};

struct selftest {
    uint64_t parts; // that were made
    size_t cells;   // controls not counted; 0 without the runs of identical code
    uint32_t processes, trials, rounds, batches;
    uint64_t seed;
    size_t runs;
    uint64_t started_processes, failed_processes;
    double seconds;
    struct facts facts; // of the machine and the build
    struct selftest_null null;
    struct selftest_level levels[SELFTEST_LEVELS];
    struct selftest_delays delays;
    struct selftest_order order;
    struct selftest_noise noise;
    struct selftest_loud loud;
    struct selftest_program program;
    struct selftest_coverage coverage[SHAPE_COUNT];
    struct selftest_aim aims[SELFTEST_AIMS];
    double sees; // the smallest planted slowdown from which on four cells in five are found; NaN: none is
};

// How many runs these options make; those of a program count as one.
size_t selftest_run_count(const struct selftest_options *options);

// About how long they take together, in runs of identical code. The longest are the last.
double selftest_length(const struct selftest_options *options);

// Runs all of it. STATUS_INTERRUPTED after a signal. A worker that fails is counted, not an error.
MUST_CHECK enum status selftest_run(const struct selftest_options *options, struct selftest *ret_selftest,
                                    struct error *error);
void selftest_release(struct selftest *selftest);

// One sentence: "This machine can see a slowdown of 3 % or more in four of five cells; …"; without planted
// slowdowns, what became of identical code alone, and without that, of a program.
void selftest_append_summary(struct text *text, const struct selftest *selftest);

// True when every aim of the parts that were made was reached.
bool selftest_all_met(const struct selftest *selftest);

// Appends it as JSON, as docs/selftest.md describes it.
MUST_CHECK enum status selftest_json_append(struct text *text, const struct selftest *selftest,
                                            const char *platform, bool quick, struct error *error);

#endif
