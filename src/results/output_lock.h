// One run of a name at a time into a directory.
#ifndef RESULTS_OUTPUT_LOCK_H
#define RESULTS_OUTPUT_LOCK_H

#include <stdbool.h>

#include "base/error.h"
#include "base/text.h"

struct output_claim {
    const char *directory;
    const char *name;       // of the run
    const char *other_name; // what to choose instead: "platform name", "--name"
    const char *journal;    // of the run, which has it locked too, for when somebody removes the lock's file
    bool resume;            // a directory that is missing stays so
};

// Start with {0} and the path set.
struct output_lock {
    struct text path;
    bool is_locked;
    bool cannot_be_locked; // the file system has no locks: a second run would not be noticed
    int descriptor;        // when locked
};

// Makes the directory and takes the lock, until output_lock_release or the end of the process.
// STATUS_ENVIRONMENT when another run goes on, with its process, or when the directory cannot be written to.
// On a file system without locks it goes on, and sets `cannot_be_locked`.
MUST_CHECK enum status output_lock_take(const struct output_claim *claim, struct output_lock *lock,
                                        struct error *error);

// STATUS_ENVIRONMENT when the lock's file was removed or replaced since: another run of that name may have
// begun, and what the run `name` writes now may be over its results.
MUST_CHECK enum status output_lock_check(const struct output_lock *lock, const char *name,
                                         struct error *error);
void output_lock_release(struct output_lock *lock);

extern const char remedy_not_writable[]; // of an output directory

#endif
