// All results of `program` in a directory: of several machines and programs.
#ifndef PROGRAM_ARCHIVE_H
#define PROGRAM_ARCHIVE_H

#include "program/analysis.h"

struct program_archive_options {
    const char *directory;
    const struct string_list *platforms; // only these; empty or NULL: all
    bool skip_bad;                       // leave out files that cannot be used, and list them
};

// Start with {0}.
struct program_archive {
    struct program_data *data;
    struct program_results *results; // of each
    size_t count;
    struct string_list left_out; // file names and reasons in turn
};

// Reads every program_*.parquet of the directory, in the order of their names. Without any the archive is
// empty. Errors: those of program_file_read, unless `skip_bad`.
MUST_CHECK enum status program_archive_read(const struct program_archive_options *options,
                                            struct program_archive *ret_archive, struct error *error);
// Writes all of it as CSV (program_results_append_csv). Replaced whole or not at all.
MUST_CHECK enum status program_archive_write_stats(const struct program_archive *archive, const char *path,
                                                   struct error *error);
void program_archive_release(struct program_archive *archive);

#endif
