// How long a run will take on this machine, known before it starts: every cell once, in one process of one
// trial, teaches the estimate. It takes some seconds.
#ifndef CLI_REHEARSAL_H
#define CLI_REHEARSAL_H

#include "cli/run_options.h"
#include "plan/estimate.h"

// For --time-budget: sets the request's iterations and processes to what fits. STATUS_USAGE when too little
// does, with what it would need. For --precise: finds out how long it takes. Either says so on standard
// error, unless quiet. With --dry-run nothing is measured and the rough guess has to do. `ret_learned`, {0}
// before, is what the run's own estimate begins with.
MUST_CHECK enum status rehearse(struct run_options *options, struct duration_estimate *ret_learned,
                                struct error *error);

// A rough guess at the seconds a request takes, before anything was measured.
MUST_CHECK enum status guess_seconds(const struct plan_request *request, double *ret_seconds,
                                     struct error *error);

#endif
