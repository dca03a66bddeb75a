// How long the rest of a plan will take, learned from the processes that have run.
//
// Cells differ in cost by a factor of thousand, so an average over all processes would mislead: a cell's own
// earlier processes tell its cost. For a cell that has not run yet, those of the same allocator and pattern
// with neighbouring sizes do, then other allocators with the same pattern and size, then everything; before
// anything has run, a rough model of a common machine. Times are fed in, so the module is pure.
#ifndef PLAN_ESTIMATE_H
#define PLAN_ESTIMATE_H

#include <stddef.h>
#include <stdint.h>

#include "plan/plan.h"

// What was seen of a cell.
struct estimate_cell {
    uint32_t process_count;
    double seconds; // sums over these processes
    double trials;
};

// A strategy on a heap: the same cell may cost a hundred times as much on another one.
enum { ESTIMATE_ALLOCATORS = STRATEGY_COUNT * MAX_HEAPS };

// Start with {0}. It has some hundred kilobytes.
struct duration_estimate {
    struct estimate_cell cells[ESTIMATE_ALLOCATORS][PATTERN_COUNT][SIZE_COUNT];
    double seconds;                 // of all that was seen
    double recent_seconds;          // of what was seen lately and had been seen before: what it took
    double recent_expected_seconds; // and what was expected of it
};

// Processes that are to run, counted cell by cell: what they take is known without a walk over all of them.
// Start with {0}. It has some hundred kilobytes.
struct estimate_work {
    struct {
        uint32_t process_count;
        uint32_t trials;
    } cells[ESTIMATE_ALLOCATORS][PATTERN_COUNT][SIZE_COUNT];
    double other_seconds; // the model's, of sizes that are not in the grid
};

void estimate_work_add(struct estimate_work *work, const struct planned_process *process);

// Takes away what was added.
void estimate_work_remove(struct estimate_work *work, const struct planned_process *process);

// Learns that `process` took `seconds` of wall time, from its start to the start of the next one. Times that
// are no positive number are ignored.
void estimate_add(struct duration_estimate *estimate, const struct planned_process *process, double seconds);

// Learns from an earlier part of the run, of which only the time of the process's trials is known.
void estimate_add_trials(struct duration_estimate *estimate, const struct planned_process *process,
                         double trial_seconds);

// The expected wall time of one process, at the machine's speed on the whole so far.
double estimate_process_seconds(const struct duration_estimate *estimate,
                                const struct planned_process *process);

// What is expected of work that has not run yet.
struct expected_time {
    double seconds;        // wall time, at the machine's speed of late
    double unseen_seconds; // of these, of cells that were not seen: what others tell of them
};

// Takes some tens of microseconds.
struct expected_time estimate_work_seconds(const struct duration_estimate *estimate,
                                           const struct estimate_work *work);

// The expected wall time of `count` processes one after the other, likewise.
double estimate_seconds(const struct duration_estimate *estimate, const struct planned_process *processes,
                        size_t count);

#endif
