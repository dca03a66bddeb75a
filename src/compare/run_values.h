// One stored run as a comparison sees it: per cell the values of its processes.
#ifndef COMPARE_RUN_VALUES_H
#define COMPARE_RUN_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/facts.h"
#include "base/text.h"

enum run_side { RUN_A, RUN_B, RUN_COUNT };

// Labels of the controls in the details file.
#define ANCHOR_LABEL "anchor"
#define TWIN_LABEL "box_twin"
#define TWIN_OF_LABEL "box"

// What a cell is called: every axis of it.
struct cell_name {
    const char *allocator;
    const char *pattern;
    uint64_t size_bytes;
    uint64_t live_objects; // of a batch
};

struct cell_values {
    struct cell_name name; // its texts are owned
    uint64_t trials;       // planned
    uint64_t clean_trials; // with an undisturbed repetition
    char *failure;         // outcome and reason of a process that failed; NULL: none did
    double *numbers;       // of the processes that have a value, ascending: the replicate
    double *values;        // theirs: the median of the clean trials, in ns per object
    size_t process_count;
    double kernel_events; // page faults and system calls for memory, per object; NaN: not counted
};

// Start with {0}.
struct run_values {
    char *file; // what it was read from
    char *platform;
    bool replicated; // there is a details file: processes are known
    struct facts facts;
    struct cell_values *cells; // ordered by cell_name_order()
    size_t count;
    size_t capacity;
};

enum compare_metric { COMPARE_TOTAL, COMPARE_LATENCY, COMPARE_METRIC_COUNT };
const char *compare_metric_name(enum compare_metric metric); // "total", "latency"

// What to read.
struct run_source {
    struct text benchmark; // paths
    struct text details;   // empty: there is none
};
void run_source_release(struct run_source *source);

// Finds the files of what a user named: a path of either file when `word` has a slash or ends in ".parquet",
// else a platform with results in `directory`. STATUS_USAGE when there is no such file.
MUST_CHECK enum status run_source_find(const char *word, const char *directory, struct run_source *ret_source,
                                       struct error *error);

// Reads a run. STATUS_BAD_DATA and STATUS_ENVIRONMENT name the file, and the column where there is one.
MUST_CHECK enum status run_values_read(const struct run_source *source, enum compare_metric metric,
                                       struct run_values *ret_run, struct error *error);
void run_values_release(struct run_values *run);

// Adds a cell without values, to be filled; `ret_cell` points to it until the next one is added. The name is
// copied.
MUST_CHECK enum status run_values_add(struct run_values *run, struct cell_name name,
                                      struct cell_values **ret_cell, struct error *error);

// Makes room for `count` processes of a cell. `numbers` are set to 0, 1, 2, …, `values` to 0.
MUST_CHECK enum status cell_values_resize(struct cell_values *cell, size_t count, struct error *error);

// Puts the cells in order: allocators and patterns as in their tables, unknown ones after them by name; then
// size, then live objects.
void run_values_sort(struct run_values *run);
int cell_name_order(struct cell_name a, struct cell_name b);

// The cell, or NULL. The run must be sorted.
const struct cell_values *run_values_find(const struct run_values *run, struct cell_name name);

// The most that a cell of the run has; 0 without cells.
size_t run_values_most_processes(const struct run_values *run);

// True when less than half of the trials are clean.
bool cell_is_disturbed(const struct cell_values *cell);

// Whether a cell's allocator is that strategy, on whatever heap: `label` is "STRATEGY" or "STRATEGY@HEAP".
bool label_is_of(const char *label, const char *strategy);

// The same cell of another allocator.
struct cell_name cell_name_with(struct cell_name name, const char *allocator);

#endif
