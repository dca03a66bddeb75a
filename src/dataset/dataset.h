// The one reader of results. From result files, or from the records of a run that was just made, to the
// values of processes: what every command compares, counts and shows comes from here.
//
//   - A trial is the repetition that stands for it (column `used`): the first undisturbed one, or else
//     the first.
//
//   - The value of a process is the median over its trials, in ns of a trial or of its first batch.
//     Per object it is divided by the objects of the cell: dataset_objects().
//
//   - The probe of a process is the median over its trials of the geometric mean of the two beside each.
//
//   - The value of a cell is the median over its processes. If the processes are unknown (a benchmark file
//     without details, as the original Rust benchmark writes it), it is the median over the trials.
//
//   - A cell with a failed process has no times.
//
//   - A disturbed trial counts. Their number is kept, since times are then upper bounds.
//
//   - A row that cannot be true (a trial of no time, of more than a day, or shorter than its first batch: a
//     clock that jumped) is left out and counted. The rest of its file is used.
#ifndef DATASET_DATASET_H
#define DATASET_DATASET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "axes/axes.h"
#include "base/error.h"
#include "base/facts.h"
#include "base/text.h"
#include "database/database.h"
#include "measurements/measurements.h"
#include "results/results.h"
#include "statistics/statistics.h"

// ---- metrics ----

enum metric { METRIC_TOTAL, METRIC_LATENCY, METRIC_COUNT };

const char *metric_name(enum metric metric); // "total", "latency": of trials, and of the first batch of each

// ---- cells ----

// What a cell is called. Files may have allocators and patterns that are not in our tables, and so these are
// texts; of the swept axes, each of which is a field, the values are ours.
struct cell_name {
    const char *allocator; // "box", "box@jemalloc"
    const char *pattern;
    uint64_t size_bytes;
#define AXIS(name, place, ...) CELL_NAME_##place(name)
#define CELL_NAME_STRATEGY(name)
#define CELL_NAME_HEAP(name)
#define CELL_NAME_GRID(name)
#define CELL_NAME_SWEPT(name) uint64_t name;
#define CELL_NAME_RUN(name)
#include "axes/axes.def"
#undef AXIS
#undef CELL_NAME_SWEPT
};

// The name of a cell with the standard value on every swept axis.
struct cell_name cell_name_standard(const char *allocator, const char *pattern, uint64_t size_bytes);
bool cell_name_is_standard(struct cell_name name);

// The value of a swept axis; 0 for others.
uint64_t cell_name_value(struct cell_name name, enum axis_id axis);
void cell_name_set(struct cell_name *name, enum axis_id axis, uint64_t value);

// Allocators and patterns as in their tables, unknown ones after them by name; then size, then the swept
// axes.
int cell_name_order(struct cell_name a, struct cell_name b);

// The same name with another allocator.
struct cell_name cell_name_with(struct cell_name name, const char *allocator);

// Of one metric of a cell, in ns of a trial, or of its first batch. NaN where there is none.
struct cell_metric {
    double *process_medians; // in the order of the cell's process_numbers
    double mean;             // these: over the trials
    double standard_deviation;
    double minimum, p5, p25, median, p75, p95, maximum;
};

enum heap_age { HEAP_FRESH, HEAP_AGED, HEAP_AGE_COUNT };

const char *heap_age_name(enum heap_age age); // "fresh", "aged"

struct dataset_cell {
    struct cell_name name; // its texts are owned
    bool control;          // it judges the measurement: anchor, box_twin
    char *outcome;         // "ok", or why there are no times
    char *reason;          // NULL when outcome is ok, or none is stored
    uint64_t trials;       // 0 in a failed cell
    uint64_t disturbed_trials;
    double objects_per_trial;
    size_t process_count;    // 0: unknown, or failed
    double *process_numbers; // ascending: the replicate; owned
    double *process_probes;  // ns of the throughput probe beside each process's trials; NaN, or NULL: unknown
    struct cell_metric metrics[METRIC_COUNT];
    size_t traversal_count;             // processes whose live objects were read
    double *traversals[HEAP_AGE_COUNT]; // ns per object of each; owned
    // These: per object, as the census counted them; NaN: not counted.
    double page_faults, heap_calls, map_calls, l1d_misses, dtlb_misses;
};

// Objects by which a time of the metric is divided to be per object: those of a trial, or of its first batch.
double dataset_objects(const struct dataset_cell *cell, enum metric metric);

// The median of a cell, in ns per object; NaN in a failed one.
double dataset_ns_per_object(const struct dataset_cell *cell, enum metric metric);

// ---- datasets ----

// One value of a kind of measurement that has a file of its own (measurements/measurements.h).
struct dataset_value {
    size_t cell; // its index; the first with the name, where the kind gives the same for all patterns
    enum measured_metric metric;
    uint32_t process; // of the cell's of that kind
    uint32_t index;   // of the kind's steps or bins
    double value;
};

// The results of one platform. Start with {0}.
struct dataset {
    char *platform;
    char *benchmark_file; // names without their directory; NULL: from records
    char *details_file;   // NULL: none
    struct facts facts;   // none when another program wrote the file
    char *other_platform; // what the details file calls the platform, where that is another name; else NULL
    bool replicated;      // processes are known
    uint64_t left_out_rows;
    struct dataset_cell *cells; // by cell_name_order()
    size_t count;
    struct dataset_value *values; // by cell, metric, process and index
    size_t value_count;
};

void dataset_release(struct dataset *dataset);

// The cell, or NULL.
const struct dataset_cell *dataset_find(const struct dataset *dataset, struct cell_name name);

// The same; quicker where the cell is at `place`, as in datasets of equal plans. It may be any number.
const struct dataset_cell *dataset_find_near(const struct dataset *dataset, struct cell_name name,
                                             size_t place);

// The value of that cell, metric and step in the cell's first process; NaN where there is none.
double dataset_value(const struct dataset *dataset, size_t cell, enum measured_metric metric, uint32_t index);

// All values of that cell and metric, process after process, each by index. They belong to the dataset.
const struct dataset_value *dataset_values(const struct dataset *dataset, size_t cell,
                                           enum measured_metric metric, size_t *ret_count);

// Both cells' medians of the processes that both have: those of one replicate, which ran next to each other.
// Returns how many. `ret_a` and `ret_b` have room for the processes of either.
size_t dataset_pair(const struct dataset_cell *a, const struct dataset_cell *b, enum metric metric,
                    double *ret_a, double *ret_b);

// ---- reading ----

struct left_out_file {
    char *name;
    char *reason;
};

struct dataset_options {
    struct string_list
        allocators; // these four: only cells with one of these words; empty: all. Controls stay.
    struct string_list patterns;
    struct string_list sizes; // "64"
    struct string_list platforms;
    bool skip_bad; // leave out files that cannot be used, instead of failing at the first one
    uint32_t
        memory_limit_mebibytes; // of the database; 0: half of what this machine and its control group allow
};

// What was read. Start with {0}.
struct dataset_list {
    struct dataset *items; // by platform
    size_t count;
    struct left_out_file *left_out; // with skip_bad
    size_t left_out_count;
    struct database database; // the tables behind it: sql/schema.sql
};

void dataset_list_release(struct dataset_list *list);

// Whether the directory holds a benchmark file, whatever is in it.
bool dataset_is_there(const char *directory);

// Reads every benchmark_*.parquet of a directory, with its details_*.parquet where there is one. Released by
// the caller, also after a failure. STATUS_BAD_DATA and STATUS_ENVIRONMENT name the file, and the column
// where there is one; STATUS_USAGE: no such directory, no file to read, a filter that matches nothing.
MUST_CHECK enum status dataset_read_directory(const char *directory, const struct dataset_options *options,
                                              struct dataset_list *ret_list, struct error *error);

// Reads what a user named: a path of either file when `word` has a slash or ends in ".parquet", else a
// platform with results in `directory`. The file must hold one platform. Errors as above.
MUST_CHECK enum status dataset_read_named(const char *word, const char *directory,
                                          const struct dataset_options *options, struct dataset *ret_dataset,
                                          struct error *error);

// The path of the benchmark file that these words name, appended to `ret_path`. STATUS_USAGE when there is
// none.
MUST_CHECK enum status dataset_find_file(const char *word, const char *directory, struct text *ret_path,
                                         struct error *error);

enum { RELABELLED_FILES = 4 };

// Gives the platform of the files that a user named, as in dataset_read_named(), another name: in the rows,
// in the metadata of its files and in their names, benchmark_NAME.parquet, details_NAME.parquet and
// measurements_NAME.parquet. Columns
// and facts stay as they are. New files are complete before old ones are removed; no file of another platform
// is replaced. The platform's self-test in the same directory, if any, gets the new name, too. `platform` has
// passed platform_check(). Appends the new paths to `ret_paths`: of the benchmark file, the details file, the
// measurements file and the self-test; empty where there is none. Errors as in dataset_read_named();
// STATUS_USAGE when a file of the new name exists.
MUST_CHECK enum status dataset_relabel(const char *word, const char *directory, const char *platform,
                                       struct text ret_paths[RELABELLED_FILES], struct error *error);

// The dataset of a run that was just made, from its records: as if its files had been written and read.
MUST_CHECK enum status dataset_from_results(const struct results *results, struct dataset *ret_dataset,
                                            struct error *error);

// ---- the null control ----

// What a run shows between box and box_twin, which is the same code: measurement noise.
struct null_control {
    size_t measured;      // blocks (pattern, size, live objects) in which processes of both have times
    size_t max_processes; // in any of these
    size_t cells;         // of these, with enough processes; 0: the run has no control
    size_t differing;     // of these, how many differ by more than chance and by more than 1 %
    double p95;           // of the cells, the 95th percentile of the difference: 0.02 is 2 %
    double
        threshold; // differences up to this are no differences: statistics_null_threshold(); 0 without cells
    struct cell_name widest; // the cell that differs most, by its twin; refers to the dataset
    double widest_ratio;     // twin / box
};

// Judges the twins of a dataset. `ret_p_values`, unless NULL, gets the p value of each cell that counts, and
// has room for all cells of the dataset. STATUS_NO_MEMORY is the only failure.
MUST_CHECK enum status null_control_judge(const struct dataset *dataset, enum metric metric,
                                          struct null_control *ret_control, double *ret_p_values,
                                          struct error *error);

#endif
