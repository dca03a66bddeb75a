// Collects what one worker sends and tells how it ended. Private to the runner.
#ifndef RUNNER_COLLECT_H
#define RUNNER_COLLECT_H

#include "heap_state.h"
#include "runner/runner.h"
#include "spawn.h"
#include "wire/record.h"

struct collection {
    struct process_record *record; // filled in; its trials have room for all repetitions
    int load_failure;              // filled in: LOADED, or the way
    uint32_t trials_planned;
    uint32_t kinds;                              // whose values it may send, a bit each
    uint32_t deadline_seconds;                   // of running time
    uint64_t *stood_ns;                          // the time in which driver or worker stood still is added
    const struct heap_state *heap;               // that must serve; NULL when the cell uses none
    const char *heap_name;                       // of the plan, for reasons
    const struct spawn_environment *environment; // that the worker was started with
    runner_stopped_function *stopped;            // may be NULL
    void *stopped_context;
};

// Reads the worker's messages until it ends, reaps it and classifies the outcome. Kills it at the deadline,
// on a message that is none, or when a signal ends the run. Returns false in the last case: the record is
// then void.
bool collect(struct child *child, struct collection *collection);

#endif
