// Kinds of measurement that have a process of their own per cell: they run after everything that is timed.
// Private to the runner.
#ifndef RUNNER_CELL_MEASUREMENTS_H
#define RUNNER_CELL_MEASUREMENTS_H

#include "heap_state.h"
#include "journal.h"
#include "runner/runner.h"
#include "spawn.h"
#include "wire/wire.h"

struct cell_task {
    const struct plan *plan;
    const struct runner_options *options;
    uint32_t deadline_seconds; // for one process
    struct journal *journal;
    struct run *run; // its measurements have room for all; those that are there are not made again
    const struct heap_state *heaps; // of the plan's
    void *context;                  // of the functions below
    struct wire_request (*request_for)(const void *context, const struct planned_process *process);
    // Runs a worker with the request and collects what it sends into the record.
    enum status (*run_worker)(void *context, const struct planned_process *process,
                              const struct wire_request *request, struct process_record *record,
                              struct error *error);
    // Before each process.
    void (*progress)(void *context, const struct planned_process *next, double remaining_seconds);
};

// Makes what is missing, cell by cell in the order of the plan, one kind after the other. A process that
// fails leaves a record without values, and so does a cell whose own process failed: its heap may not be the
// one it is called after. STATUS_INTERRUPTED after a signal; otherwise only the journal and the start of a
// worker can fail.
MUST_CHECK enum status cell_measurements_make(const struct cell_task *task, struct error *error);

// ---- census.c: a process that is traced ----

// Runs a worker with the request, tracing it where it asks for that, into the empty record. Whatever goes
// wrong is the record's outcome.
void census_run(const struct cell_task *task, const struct planned_process *process,
                const struct wire_request *request, struct measurement_record *record);

// census.hardware_counters and census.system_calls: "present", or "absent: " and the one reason.
void census_add_facts(const struct run *run, struct facts *facts);

#endif
