// What the module's own files share.
#ifndef CLUSTER_PRIVATE_H
#define CLUSTER_PRIVATE_H

#include "cluster/cluster.h"

// ---- outside.c ----
//
// Slurm's commands, run to their end.

struct outside {
    struct text output; // what it wrote on standard output, and on standard error
    struct text errors;
    int exit_code; // 128 and the signal's number for one that was killed
};

void outside_release(struct outside *outside);

// Runs the command, found by PATH, without standard input. STATUS_ENVIRONMENT when it cannot be started.
MUST_CHECK enum status outside_run(const char *const *arguments, struct outside *ret_outside,
                                   struct error *error);

// As outside_run; a command that fails is STATUS_ENVIRONMENT with its own words.
MUST_CHECK enum status outside_must_run(const char *const *arguments, struct outside *ret_outside,
                                        struct error *error);

// The error of a command that failed, with what it said.
enum status outside_failed(const char *const *arguments, const struct outside *outside, struct error *error);

// ---- submission.c ----

// The line that a task leaves when it ends, in the folder of its submission: "task_3.state".
void append_state_path(struct text *text, const char *folder, size_t task);

// ---- job_script.c ----

// "--partition=main", and so on: appends to `words` what the job asks Slurm for, but for its size.
MUST_CHECK enum status list_slurm_words(const struct cluster_job *job, struct string_list *words,
                                        struct error *error);

#endif
