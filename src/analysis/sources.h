// Which result files a directory holds.
#ifndef ANALYSIS_SOURCES_H
#define ANALYSIS_SOURCES_H

#include <stdbool.h>

#include "analysis/analysis.h"

// One benchmark file, with its details file if there is one.
struct source {
    char *benchmark_name; // in the directory
    char *benchmark_path; // absolute
    char *details_name;   // NULL: none
    char *details_path;
};

struct source_list {
    struct source *items; // by name
    size_t count;
    size_t capacity;
};

void source_list_release(struct source_list *list);

// Lists the benchmark files of a directory. A name that is no readable regular file (a directory, a device, a
// symlink without end, a file without permission or content) is an error, or with `skip_bad` left out and
// noted in `analysis`. STATUS_USAGE when the directory cannot be read or holds no such file.
MUST_CHECK enum status source_list_read(const char *directory, bool skip_bad, struct source_list *ret_list,
                                        struct analysis *analysis, struct error *error);

// Notes a file that is left out.
MUST_CHECK enum status analysis_leave_out(struct analysis *analysis, const char *name, const char *reason,
                                          struct error *error);

#endif
