// What a run was begun with: one that goes on with another build, kernel or machine would mix rows that do
// not belong together. Private to the runner.
#ifndef RUNNER_BEGUN_WITH_H
#define RUNNER_BEGUN_WITH_H

#include "base/error.h"
#include "base/facts.h"
#include "heap_state.h"

// Collects, of the facts of this machine and build, those that decide whether numbers may stand side by side
// (base/compared_facts.def); and which worker and which heaps there are: a file's build id, or without one
// its length and its time of change.
MUST_CHECK enum status begun_with_collect(const struct facts *facts, const char *worker_path,
                                          const struct heap_state *states, size_t state_count,
                                          struct facts *ret_begun, struct error *error);

// STATUS_USAGE, naming the first fact that differs and both values, when the run that the journal at `path`
// belongs to was begun with something else than there is `now`. A fact that is not known on one side does not
// count: reading it failed.
MUST_CHECK enum status begun_with_check(const struct facts *begun, const struct facts *now, const char *path,
                                        struct error *error);

#endif
