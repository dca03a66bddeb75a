// The result files: benchmark_<platform>.parquet (the document's seven columns), details_<platform>.parquet
// (everything known of every trial and every failed process) and, where kinds of measurement were asked for
// that have no columns there, measurements_<platform>.parquet (a row per value); all with the run's facts as
// key-value metadata.
#ifndef RESULTS_RESULTS_H
#define RESULTS_RESULTS_H

#include <stdbool.h>

#include "base/error.h"
#include "base/facts.h"
#include "plan/plan.h"
#include "wire/record.h"

// Of the files that are written. Files of this and of every earlier format can be read.
enum { RESULTS_FORMAT = 1 };

struct database;

struct results {
    const char *platform;
    const struct plan *plan;
    const struct process_record *processes; // in any order; at most one per planned process
    size_t process_count;
    const struct measurement_record *measurements; // ordered by plan_order; see runner/runner.h
    size_t measurement_count;
    struct gate_limits limits; // by which a trial counts as disturbed
    const struct facts *facts;
};

// Paths of the two files in `directory`. The strings are appended to empty texts owned by the caller.
MUST_CHECK enum status results_paths(const char *directory, const char *platform, struct text *ret_benchmark,
                                     struct text *ret_details, struct error *error);

// Likewise of the measurements file.
MUST_CHECK enum status results_measurements_path(const char *directory, const char *platform,
                                                 struct text *ret_path, struct error *error);

// Sets the facts that the files have: the run's and two of the file itself, by which a reader knows what it
// has before it. The caller releases them.
MUST_CHECK enum status results_file_facts(const struct results *results, struct facts *ret_facts,
                                          struct error *error);

// Whether they have values for a measurements file.
bool results_have_rows(const struct results *results);

// Writes the files, each to a temporary file that is synced and renamed: whole or not at all. Existing files
// are replaced (the caller has asked); a measurements file is removed where this run has none. Schema, order
// of rows and columns: see results/schema.def and results/measurements_schema.def.
MUST_CHECK enum status results_write(const char *directory, const struct results *results,
                                     struct error *error);

// Creates the table `details` and fills it, ordered by strategy (as in its table), pattern, size, iteration.
// Its column `used` says which row stands for a trial, in cells of which no process failed; such rows make
// the benchmark file, but for those of controls.
MUST_CHECK enum status details_fill_table(struct database *database, const struct results *results,
                                          struct error *error);

// Creates the table `measurements` and fills it; see results/measurements_schema.def.
MUST_CHECK enum status measurements_fill_table(struct database *database, const struct results *results,
                                               struct error *error);

#endif
