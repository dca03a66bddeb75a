// Starts one worker process. Private to the runner.
#ifndef RUNNER_SPAWN_H
#define RUNNER_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "wire/record.h"
#include "wire/wire.h"
#include "worker_environment.h"

struct child {
    pid_t pid;    // leader of a process group of its own
    int messages; // its messages are read here
    int errors;   // what it writes to standard error
    int request;  // the end from which it reads its request
};

// Starts `worker_path` with the request on its standard input, standard output closed off, and the driver's
// environment with these changes; for the padding see Mytkowicz et al., "Producing Wrong Data Without Doing
// Anything Obviously Wrong!", ASPLOS 2009. Returns 0 or an errno number.
int spawn_worker(const char *worker_path, const struct wire_request *request,
                 const struct spawn_environment *environment, struct child *ret_child);

// Whether a worker that has ended had read its request: otherwise it failed at load, before its main
// function.
bool child_took_request(const struct child *child);

// Kills the worker's process group.
void child_kill(const struct child *child);

// Closes the descriptors. The process must have been reaped.
void child_close(struct child *child);

// What became of a worker that could not be started: a failure of its cell, in `record`; or, when it cannot
// be started at all, STATUS_ENVIRONMENT: that is the installation's fault.
MUST_CHECK enum status spawn_failed(const char *worker_path, int error_number, struct process_record *record,
                                    struct error *error);

#endif
