// Many nodes of a cluster, through Slurm's own commands: the scripts of a job, its submission, what has
// become of it, and the nodes that failed once more.
//
// A submission is an array job with one task per node, and a job that depends on it and analyses. Each task
// is bound to its node before the array may start, so that no node is measured twice, and that a task which
// is queued again finds the journal of its own machine. What is known of a submission is kept in a folder
// beside the results, submit_PLATFORM: the scripts, each task's output and its last word, and the list of
// tasks.
#ifndef CLUSTER_CLUSTER_H
#define CLUSTER_CLUSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

// ---- the job ----

// What a job is to do. Strings belong to the caller.
struct cluster_job {
    const char *platform;  // node n1 writes the results of PLATFORM-n1
    const char *directory; // absolute: where all nodes write to
    const char *folder;    // absolute: of the submission
    const char *program;   // absolute path of memalloc-bench
    const char *partition; // this and the next two: NULL when not asked for
    const char *account;
    const char *constraint;
    struct string_list run_words;   // options of `run` for every node
    struct string_list modules;     // environment modules to load first
    struct string_list slurm_words; // further options of sbatch, with or without their dashes
    uint32_t minutes;               // time limit of a task
    bool requeue;                   // queue tasks again after preemption, timeout or a failed node
    bool replace;                   // a task that starts over replaces results: `run --force`
    size_t task_count;
};

// STATUS_USAGE when a text of the job cannot stand in a script: it holds a control character.
MUST_CHECK enum status cluster_job_check(const struct cluster_job *job, struct error *error);

// Appends the script of the array, and that of the analysis.
void cluster_append_job_script(struct text *text, const struct cluster_job *job);
void cluster_append_analysis_script(struct text *text, const struct cluster_job *job);

// The time limit for a run that is expected to take so many seconds: twice as long, and some minutes for what
// comes before and after, and for the signal that Slurm sends up to a minute early.
uint32_t cluster_minutes(double expected_seconds);

// ---- nodes ----

// Expands a list as Slurm writes it, "n[1-3,7]", into names that are appended, each once.
MUST_CHECK enum status cluster_expand_nodes(const char *list, struct string_list *ret_nodes,
                                            struct error *error);

// Lets Slurm name `count` nodes on which the job could run; of 0 all nodes with the job's constraint, which
// then must be the name of one feature. STATUS_ENVIRONMENT with Slurm's own words when it cannot.
MUST_CHECK enum status cluster_choose_nodes(const struct cluster_job *job, size_t count,
                                            struct string_list *ret_nodes, struct error *error);

// ---- submissions ----

struct cluster_task {
    char *node;
    uint64_t job; // the array of which it is now; its index there is its place in the list
};

// What is kept of a submission. Start with {0}.
struct submission {
    struct cluster_task *tasks;
    size_t count;
    uint64_t analysis; // the job that analyses
};

void submission_release(struct submission *submission);

// Reads and writes the list of a submission's folder. Reading: STATUS_USAGE when there is none, and
// STATUS_BAD_DATA when it is damaged.
bool submission_exists(const char *folder);
MUST_CHECK enum status submission_read(const char *folder, struct submission *ret_submission,
                                       struct error *error);
MUST_CHECK enum status submission_write(const char *folder, const struct submission *submission,
                                        struct error *error);

// One task for each node, none submitted yet.
MUST_CHECK enum status submission_of_nodes(const struct string_list *nodes, struct submission *ret_submission,
                                           struct error *error);

// Submits those tasks for which `chosen` is true, bound to their nodes, and the analysis after them, by the
// scripts in the folder. Nothing stays queued after a failure.
MUST_CHECK enum status cluster_submit(const char *folder, struct submission *submission, const bool *chosen,
                                      struct error *error);

// Writes both scripts into the folder, which is made.
MUST_CHECK enum status cluster_write_scripts(const struct cluster_job *job, struct error *error);

// ---- what has become of it ----

enum task_state {
    TASK_WAITING,
    TASK_RUNNING,
    TASK_FINISHED,
    TASK_FAILED,
    TASK_CANCELLED,
    TASK_UNKNOWN, // Slurm has forgotten it, and it left no word
    TASK_STATE_COUNT
};

const char *task_state_name(enum task_state state); // "waiting"

// Whether the state is a last one.
bool task_state_has_ended(enum task_state state);

struct task_status {
    enum task_state state;
    struct text reason; // Slurm's and the program's own; empty when there is nothing to say
};

// Start with {0}.
struct submission_status {
    struct task_status *tasks; // as in the submission
    size_t count;
    struct task_status analysis;
    size_t counts[TASK_STATE_COUNT]; // tasks in each state
};

void submission_status_release(struct submission_status *status);

// Asks Slurm: its controller, then its accounting where there is one; tasks that neither knows by the last
// word in their folder. STATUS_ENVIRONMENT when Slurm does not answer.
MUST_CHECK enum status cluster_read_status(const char *folder, const struct submission *submission,
                                           struct submission_status *ret_status, struct error *error);

#endif
