// The files of a run: where they are, and what is checked of them before anything is measured.
#ifndef CLI_RUN_FILES_H
#define CLI_RUN_FILES_H

#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/run_options.h"

struct run_files {
    struct text benchmark;
    struct text details;
    struct text journal; // <output directory>/benchmark_<platform>.journal
};

// `ret_files` is {0}; the caller releases it, on failure too.
MUST_CHECK enum status run_files_name(const struct run_options *options, struct run_files *ret_files,
                                      struct error *error);
void run_files_release(struct run_files *files);

// STATUS_USAGE when results or an interrupted run exist that the options do not allow to replace, or when
// there is nothing to resume; the remedy says how to go on.
MUST_CHECK enum status run_files_check_existing(const struct run_options *options,
                                                const struct run_files *files, struct error *error);

// Makes the directory, and finds out whether `needed_bytes` can be written there. STATUS_ENVIRONMENT when
// not.
MUST_CHECK enum status output_directory_check(const char *directory, uint64_t needed_bytes,
                                              struct error *error);

// An estimate of what journal and files of `trial_count` trials take, on the safe side.
uint64_t run_files_needed_bytes(uint64_t process_count, uint64_t trial_count);

// Finds the worker executable: beside this program, or in ../libexec/memalloc-bench.
MUST_CHECK enum status find_worker(struct text *ret_path, struct error *error);

// The command that goes on with this run, such as "memalloc-bench run local --resume"; with `replace`, also
// over results that exist.
void resume_command_append(struct text *text, const struct run_options *options, bool replace);

#endif
