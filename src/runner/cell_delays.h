// What the trials of each cell waited for their CPU so far: what is usual there is no disturbance
// (src/gate/gate.h).
#ifndef RUNNER_CELL_DELAYS_H
#define RUNNER_CELL_DELAYS_H

#include "plan/plan.h"
#include "wire/record.h"

struct delay_shares;

// Start with {0} and cell_delays_init.
struct cell_delays {
    const struct plan *plan;
    struct delay_shares *cells; // by plan_cell_slot
    size_t count;
};

MUST_CHECK enum status cell_delays_init(struct cell_delays *delays, const struct plan *plan,
                                        struct error *error);
void cell_delays_release(struct cell_delays *delays);

// Adds the first tries of a process. What memory does not suffice for is left out.
void cell_delays_add(struct cell_delays *delays, const struct process_record *record);

// As gate_usual_delay, of the cell's trials so far.
uint64_t cell_delays_usual(const struct cell_delays *delays, const struct cell *cell);

// Writes it into all trials of the run.
void cell_delays_set(const struct cell_delays *delays, struct process_record *processes, size_t count);

#endif
