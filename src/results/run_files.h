// The files of a run: where they are, and what is checked of them before anything is measured.
#ifndef RESULTS_RUN_FILES_H
#define RESULTS_RUN_FILES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "results/output_lock.h"

#define RESULTS_DEFAULT_DIRECTORY "results"

// Which run, and what may be done with files that are there.
struct run_files_request {
    const char *platform;
    const char *output_directory;
    bool resume; // go on with the journal
    bool finish; // with resume: measure no more
    bool force;  // replace results
};

struct run_files {
    struct text benchmark;
    struct text details;
    struct text measurements; // written where such kinds were asked for
    struct text journal;      // <output directory>/benchmark_<platform>.journal
    struct output_lock lock;  // <output directory>/benchmark_<platform>.lock
};

// `ret_files` is {0}; the caller releases it, on failure too.
MUST_CHECK enum status run_files_name(const struct run_files_request *request, struct run_files *ret_files,
                                      struct error *error);

// Gives up the lock, too.
void run_files_release(struct run_files *files);

// Whether an interrupted run of this name is there to go on with. An empty journal is none: its run ended
// before it had begun.
bool run_files_have_journal(const struct run_files *files);

// Sees to it that no other run of this name goes on beside this one, from here to run_files_release, which
// also when killed gives the name free; makes the directory for it. STATUS_ENVIRONMENT when one goes on, with
// its process, or when the directory cannot be written to. On a file system without locks it goes on,
// and sets `lock.cannot_be_locked`.
//
// Then STATUS_USAGE when results or an interrupted run exist that the options do not allow to replace, or
// when there is nothing to resume; the remedy says how to go on.
MUST_CHECK enum status run_files_claim(const struct run_files_request *request, struct run_files *files,
                                       struct error *error);

// Makes the directory, and finds out whether `needed_bytes` can be written there. STATUS_ENVIRONMENT when
// not.
MUST_CHECK enum status output_directory_check(const char *directory, uint64_t needed_bytes,
                                              struct error *error);

// An estimate of what journal and files of `trial_count` trials take, on the safe side.
uint64_t run_files_needed_bytes(uint64_t process_count, uint64_t trial_count);

// The command that goes on with this run, such as "memalloc-bench run local --resume"; with `replace`, also
// over results that exist.
void resume_command_append(struct text *text, const struct run_files_request *request, bool replace);

#endif
