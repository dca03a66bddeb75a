// The census: after everything that is timed, one short process per cell whose system calls, page faults and
// processor events are counted. Private to the runner.
#ifndef RUNNER_CENSUS_H
#define RUNNER_CENSUS_H

#include "heap_state.h"
#include "journal.h"
#include "runner/runner.h"
#include "wire/wire.h"

enum { CENSUS_BATCHES = 100, CENSUS_DEADLINE_SECONDS = 30 };

struct census_task {
    const struct plan *plan;
    const struct runner_options *options;
    uint32_t deadline_seconds; // for one process
    struct journal *journal;
    struct run *run; // its censuses have room for all cells; those that are there are not taken again
    const struct heap_state *heaps; // of the plan's
    void *context;
    struct wire_request (*request_for)(const void *context, const struct planned_process *process);
    // Before each process.
    void (*progress)(void *context, const struct planned_process *next, double remaining_seconds);
};

// Takes what is missing, cell by cell in the order of the plan. A process that fails leaves a census that is
// not counted, and so does a cell whose own process failed: its heap may not be the one it is called after.
// STATUS_INTERRUPTED after a signal; otherwise only the journal can fail.
MUST_CHECK enum status census_take(const struct census_task *task, struct error *error);

// census.hardware_counters and census.system_calls: "present", or "absent: " and the one reason.
void census_add_facts(const struct run *run, struct facts *facts);

#endif
