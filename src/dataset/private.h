// What the module's own files share.
#ifndef DATASET_PRIVATE_H
#define DATASET_PRIVATE_H

#include <pthread.h>

#include "dataset/dataset.h"

#define DATASET_SKIP_REMEDY "Replace it by a good copy, remove it, or go on without it by --skip-bad."
#define DATASET_REPLACE_REMEDY "Replace it by a good copy."

// ---- sources.c: which files there are ----

// One benchmark file, with its details file and its measurements file if there are such.
struct source {
    char *benchmark_name; // without its directory
    char *benchmark_path;
    char *details_name; // NULL: none
    char *details_path;
    char *measurements_name; // likewise
    char *measurements_path;
};

struct source_list {
    struct source *items; // by name
    size_t count;
    size_t capacity;
};

void source_list_release(struct source_list *list);

// Lists the benchmark files of a directory. A name that is no readable regular file (a directory, a device, a
// symlink without end, a file without permission or content) is an error, or with `skip_bad` left out and
// noted in `dataset_list`. STATUS_USAGE when the directory cannot be read or holds no such file.
MUST_CHECK enum status source_list_read(const char *directory, bool skip_bad, struct source_list *ret_list,
                                        struct dataset_list *dataset_list, struct error *error);

// The files that a user named, as in dataset_read_named().
MUST_CHECK enum status source_list_find(const char *word, const char *directory, struct source_list *ret_list,
                                        struct error *error);

// Notes a file that is left out.
MUST_CHECK enum status dataset_leave_out(struct dataset_list *list, const char *name, const char *reason,
                                         struct error *error);

// Adds the pattern by which DuckDB reads the file of that path and no other.
MUST_CHECK enum status files_add_pattern(struct string_list *list, const char *path, struct error *error);

// ---- dataset.c ----

// A database for reading files; `threads` 0 and `memory_mebibytes` 0: what the machine and its control group
// allow. One thread keeps the order of rows.
MUST_CHECK enum status dataset_open_database(uint32_t threads, uint32_t memory_mebibytes,
                                             struct database *ret_database, struct error *error);

// ---- columns.c: from a file's columns to ours ----

enum file_kind { FILE_BENCHMARK, FILE_DETAILS };

// The first column that cannot be used.
struct refused_column {
    const char *column; // NULL: all can
    struct text path;   // of its file
    char problem[192];
};

// How the columns of some files that look alike are read.
struct projection {
    struct text select;            // a list for SELECT: an expression for each column of ours
    struct text absent;            // columns of ours that the files lack, a space between them
    struct text checks;            // a query of the values that cannot be converted; empty: every value can
    struct refused_column refused; // where one is, nothing else is of use
    char path_column[64];          // what the column with a row's file is called: no column of theirs
};

void projection_release(struct projection *projection);

// Reads the columns of the files, whose paths are given as patterns of DuckDB. `ret_alike` is false, and the
// projection empty, where the files differ in their columns.
MUST_CHECK enum status projection_find(struct database *database, enum file_kind kind,
                                       const struct string_list *files, struct projection *ret_projection,
                                       bool *ret_alike, struct error *error);

// ---- tables.c ----

MUST_CHECK enum status tables_create(struct database *database, struct error *error);

// ---- measure.c: from trials to cells ----

// What is known of the processes of one cell: their numbers, ascending, then in that order their probes and
// the medians of each metric.
struct process_values {
    double *values; // one block
    size_t count;   // processes
};

// Of all cells; the column `measured` of the tables is an index in it. Several threads may add to it at once.
// Start with PROCESS_STORE_EMPTY.
struct process_store {
    struct process_values *items;
    size_t count;
    size_t capacity;
    pthread_mutex_t lock;
};
#define PROCESS_STORE_EMPTY ((struct process_store){.lock = PTHREAD_MUTEX_INITIALIZER})

void process_store_release(struct process_store *store);

// Fills batch_cells and batch_left_out from the relation details_rows or benchmark_rows, which is of the
// batch's files or of a table, and appends to the store, also on failure.
MUST_CHECK enum status measure_cells(struct database *database, bool with_details, bool from_files,
                                     struct process_store *store, struct error *error);

// ---- batch.c: from some files to the tables of sql/schema.sql ----

struct loader {
    struct dataset_list *list;
    struct database *database; // that of the list, or another connection to it
    struct source_list *sources;
    struct process_store *store;
    bool skip_bad;
};

// Some sources that are read together: either all with their details files or all without.
struct batch {
    const size_t *indices; // in the list of sources
    size_t count;
    bool with_details;
};

// `ret_alike` is false, and nothing read, when the files cannot be read together. Nothing but values in the
// store that no cell names is left of a batch that fails.
MUST_CHECK enum status load_batch(const struct loader *loader, const struct batch *batch, bool *ret_alike,
                                  struct error *error);

// STATUS_BAD_DATA: the file of that name cannot be used. `column` may be NULL.
MUST_CHECK enum status loader_refuse(const struct loader *loader, const char *name, const char *column,
                                     const char *problem, struct error *error);

// From the table `details` of details_fill_table to the same tables.
MUST_CHECK enum status load_details_table(struct dataset_list *list, const char *platform,
                                          struct process_store *ret_store, struct error *error);

// ---- load.c: from all files to them ----

MUST_CHECK enum status load_sources(struct dataset_list *list, struct source_list *sources, bool skip_bad,
                                    struct process_store *ret_store, struct error *error);

// ---- values.c: kinds of measurement that have a file of their own ----

// Fills the dataset's values, of its cells, from the source's file; and from the table `measurements` of
// measurements_fill_table. STATUS_BAD_DATA and STATUS_ENVIRONMENT name the file.
MUST_CHECK enum status values_read_file(struct database *database, const struct source *source,
                                        struct dataset *dataset, struct error *error);
MUST_CHECK enum status values_read_table(struct database *database, struct dataset *dataset,
                                         struct error *error);

// ---- filters.c ----

// Deletes the cells that were not requested. STATUS_USAGE when an option names what does not occur, with what
// does and the nearest word.
MUST_CHECK enum status filter_cells(struct database *database, const struct dataset_options *options,
                                    struct error *error);

// ---- fetch.c: from the tables to datasets ----

// Takes what it needs out of the store.
MUST_CHECK enum status fetch_datasets(struct dataset_list *list, const struct source_list *sources,
                                      bool skip_bad, struct process_store *store, struct error *error);

#endif
