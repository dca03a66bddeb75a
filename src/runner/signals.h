// SIGINT, SIGTERM and SIGHUP while a run goes on: they end the worker in flight, and the run, without losing
// what is done. Private to the runner.
#ifndef RUNNER_SIGNALS_H
#define RUNNER_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

#include "base/error.h"

enum { CAUGHT_SIGNALS = 3 };

struct signals {
    struct sigaction saved[CAUGHT_SIGNALS];
    struct sigaction saved_pipe;
};

// Catches the signals until signals_release, which restores what was there before. SIGPIPE is ignored
// meanwhile: a worker that died shows as a failed write.
MUST_CHECK enum status signals_catch(struct signals *ret_signals, struct error *error);
void signals_release(struct signals *signals);

// A descriptor that becomes readable when one of the signals has come, for poll().
int signals_descriptor(void);

// The signal that has come, or 0.
int signals_pending(void);

#endif
