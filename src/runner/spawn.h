// Starts one worker process. Private to the runner.
#ifndef RUNNER_SPAWN_H
#define RUNNER_SPAWN_H

#include <stdint.h>
#include <sys/types.h>

#include "base/text.h"
#include "wire/wire.h"

struct child {
    pid_t pid;    // leader of a process group of its own
    int messages; // its messages are read here
    int errors;   // what it writes to standard error
};

// What a worker finds in its environment beyond the driver's.
struct spawn_environment {
    uint32_t padding;     // bytes of a variable that shifts its stack
    const char *library;  // preloaded before what the driver's environment preloads; NULL or "": none
    const char *tunables; // replaces GLIBC_TUNABLES; NULL or "": as in the driver's
    const struct string_list *variables; // NAME=value, each replaces the driver's; NULL: none
};

// Starts `worker_path` with the request on its standard input, standard output closed off, and the driver's
// environment with these changes; for the padding see Mytkowicz et al., "Producing Wrong Data Without Doing
// Anything Obviously Wrong!", ASPLOS 2009. Returns 0 or an errno number.
int spawn_worker(const char *worker_path, const struct wire_request *request,
                 const struct spawn_environment *environment, struct child *ret_child);

// Kills the worker's process group.
void child_kill(const struct child *child);

// Closes the descriptors. The process must have been reaped.
void child_close(struct child *child);

#endif
