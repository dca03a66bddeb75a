// What a worker is started with in its environment, and whether that reached it. Private to the runner.
#ifndef RUNNER_WORKER_ENVIRONMENT_H
#define RUNNER_WORKER_ENVIRONMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "wire/record.h"

// What a worker finds in its environment beyond the driver's.
struct spawn_environment {
    uint32_t padding;     // bytes of a variable that shifts its stack
    const char *library;  // preloaded before what the driver's environment preloads; NULL or "": none
    const char *tunables; // replaces GLIBC_TUNABLES; NULL or "": as in the driver's
    const char *tunables_expected;       // as of heap_tunables_expect; NULL or "": not known
    const struct string_list *variables; // NAME=value, each replaces the driver's; NULL: none
};

// The driver's environment with some variables replaced or added. Start with {0}.
struct worker_environment {
    char **variables;           // ends with NULL; owned, its strings are not
    struct string_list changes; // those that are not the driver's
};

void worker_environment_release(struct worker_environment *environment);

// Among the variables is the list of those that the worker has to find again (wire/given.h). False when
// memory ran out.
bool worker_environment_make(const struct spawn_environment *wanted,
                             struct worker_environment *ret_environment);

// Whether the variables reached the worker and count there. False with the reason; `heap_name` begins it.
bool worker_environment_arrived(const struct spawn_environment *wanted, const struct arrival *arrival,
                                const char *heap_name, char ret_reason[PROCESS_REASON_BYTES]);

#endif
