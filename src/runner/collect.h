// Collects what one worker sends and tells how it ended. Private to the runner.
#ifndef RUNNER_COLLECT_H
#define RUNNER_COLLECT_H

#include "heap_state.h"
#include "spawn.h"
#include "wire/record.h"

struct collection {
    struct process_record *record; // filled in; its trials have room for all repetitions
    uint32_t trials_planned;
    uint32_t most_repetitions; // of each
    uint32_t deadline_seconds;
    const struct heap_state *heap; // that must serve; NULL when the cell uses none
};

// Reads the worker's messages until it ends, reaps it and classifies the outcome. Kills it at the deadline,
// on a message that is none, or when a signal ends the run. Returns false in the last case: the record is
// then void.
bool collect(struct child *child, const struct collection *collection);

#endif
