// What a run was begun with: one that goes on with another build, kernel or machine would mix rows that do
// not belong together. Private to the runner.
#ifndef RUNNER_PROVENANCE_H
#define RUNNER_PROVENANCE_H

#include "base/error.h"
#include "base/facts.h"
#include "heap_state.h"

enum { IDENTITY_BYTES = 96 };

// Which file it is: its build id, or without one its length and its time of change. STATUS_ENVIRONMENT when
// it cannot be read.
MUST_CHECK enum status provenance_identify(const char *path, char ret_identity[IDENTITY_BYTES],
                                           struct error *error);

// Collects, of the facts of this machine and build, those that decide whether numbers may stand side by side
// (base/compared_facts.def); and which worker and which heaps there are.
MUST_CHECK enum status provenance_collect(const struct facts *facts, const char *worker_path,
                                          const struct heap_state *states, size_t state_count,
                                          struct facts *ret_begun, struct error *error);

// STATUS_USAGE, naming the first fact that differs and both values, when the run that the journal at `path`
// belongs to was begun with something else than there is `now`. A fact that is not known on one side does not
// count: reading it failed.
MUST_CHECK enum status provenance_check(const struct facts *begun, const struct facts *now, const char *path,
                                        struct error *error);

#endif
