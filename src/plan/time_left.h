// What a run says of the time that it still takes: made of an estimate and of the work that is left, kept up
// to date process by process, and shown so that a person can rely on it.
//
// The estimate follows every new thing seen; a line that did so too would jump. So what is shown is the
// moment of the end, and a line may move it by a few percent of the time left, no more: it is smooth rather
// than right at once. Times are fed in, so the module is pure.
#ifndef PLAN_TIME_LEFT_H
#define PLAN_TIME_LEFT_H

#include <stdbool.h>
#include <stddef.h>

#include "plan/estimate.h"

// What a run may take with the replicates that are added, in seconds: the first of the standard plan, which
// leaves two minutes of eight for building and for what was not foreseen; the other of longer ones, for each
// cell.
#define MAX_SECONDS_WITH_MORE 360.0
#define MAX_SECONDS_WITH_MORE_PER_CELL 0.95

// Some hundred kilobytes.
struct time_left {
    struct duration_estimate estimate;
    struct estimate_work work;      // that has not run yet
    size_t planned, done;           // processes
    struct estimate_work all_spare; // all spare replicates of the plan
    size_t spare_processes;         // of them
    uint32_t spare;                 // how many they are
    uint32_t added;                 // that were added to the plan
    uint32_t more;                  // that are still to be
    double max_seconds;             // what the run may take with them
};

// `learned`: what is known beforehand; NULL: nothing.
void time_left_init(struct time_left *left, const struct plan *plan, const struct duration_estimate *learned);

// The process took `seconds` of wall time, from its start to the start of the next one.
void time_left_take(struct time_left *left, const struct planned_process *process, double seconds);

// An earlier part of the run had it, whose trials took `trial_seconds` together.
void time_left_take_earlier(struct time_left *left, const struct planned_process *process,
                            double trial_seconds);

// Decides how many spare replicates are still to be added: as many as fit `saved_seconds`, and as the run
// has time for. While planned processes are to run, what is saved is taken to grow as they do; the number
// stays what it was until it is wrong by a quarter of a replicate. `other_seconds`: what the run still does
// besides processes.
void time_left_allow_more(struct time_left *left, double saved_seconds, double other_seconds);

// The processes of the run, with those of the replicates that are still to be added.
size_t time_left_processes(const struct time_left *left);

// Whether a spare replicate is to be added.
bool time_left_wants_more(const struct time_left *left);

// The replicate was added that is `count` processes from `first` on.
void time_left_add_replicate(struct time_left *left, const struct planned_process *first, size_t count);

// Seconds that the rest of the plan takes, with the replicates that are still to be added. `ret_is_rough`:
// less than a twentieth of the plan was run, or what was run says little of the rest.
double time_left_seconds(const struct time_left *left, bool *ret_is_rough);

// What was shown last. Start with {0}.
struct time_shown {
    bool is_set;
    bool is_rough;
    double at_seconds;  // on the clock of the run
    double end_seconds; // likewise, when the run was to end
};

// The seconds left to show at a moment of the run when `left_seconds` are expected. They differ from what was
// due after the line before by at most 2 % for each second since then, and 12 % in all; unless that line was
// rough. Rough lines after rough ones stay what they were until what is expected differs by a quarter.
double time_shown_next(struct time_shown *shown, double elapsed_seconds, double left_seconds, bool is_rough);

#endif
