// Datasets → statistics of every cell with intervals, the ratios to box, and what they mean in words.
//
// The median of a cell is the median over the medians of its processes, with the exact order-statistic
// interval over processes. It is never taken over pooled trials: trials of one process share its memory
// layout and are not independent (Kalibera & Jones, ISMM 2013). Without a details file the processes are
// unknown; then the median is that of the trials and there is no interval.
//
// A ratio's verdict rests on pairs of processes that ran next to each other, on the threshold that identical
// code shows in the same run, and on a paired test that is corrected for how many ratios there are. Disturbed
// trials are among the pairs: what disturbs one side disturbs the other as often.
#ifndef ANALYSIS_ANALYSIS_H
#define ANALYSIS_ANALYSIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analysis/causes.h"
#include "analysis/nodes.h"
#include "base/error.h"
#include "base/text.h"
#include "dataset/dataset.h"
#include "dataset/tails.h"
#include "program/archive.h"
#include "statistics/statistics.h"

struct analysis_options {
    const char *directory;
    struct dataset_options dataset; // which files and cells, and how much memory
    double practical_threshold;     // 0.01: differences within 1 % either way do not matter
    bool keep_nodes;                // show each of many equal nodes, instead of one platform for all
};

// Everything, and a threshold of 1 %.
void analysis_options_init(struct analysis_options *options);

struct analysis_cell {
    const struct dataset_cell *data;
    size_t platform;                       // index in analysis.platforms
    size_t allocator;                      // index in analysis.allocators
    size_t pattern;                        // index in analysis.patterns
    struct estimate medians[METRIC_COUNT]; // of the processes' medians, in ns of a trial or of its first
                                           // batch, each with its 95 % interval; NaN in a failed cell
};

// Whether the cell has times.
bool analysis_cell_has_times(const struct analysis_cell *cell);

// Median of `metric` per object in ns: of a trial, or of its first batch.
double analysis_cell_ns_per_object(const struct analysis_cell *cell, enum metric metric);

// Whether more than half of its trials were disturbed: its times are then upper bounds.
bool analysis_cell_is_disturbed(const struct analysis_cell *cell);

// What reading the live objects of a cell took after they were allocated.
struct analysis_traversal {
    const struct dataset_cell *data;
    size_t platform, allocator, pattern; // indices, as in struct analysis_cell
    struct estimate ns_per_object[HEAP_AGE_COUNT];
};

// The cell of a kind of measurement that has a file of its own.
struct analysis_measured {
    const struct dataset_cell
        *data;                  // the first cell of that name, where the kind gives the same for all patterns
    size_t cell;                // its index in the platform's dataset
    size_t platform, allocator; // indices, as in struct analysis_cell
};

enum { FOOTPRINT_STEPS = STEP_footprint_after_5s - STEP_footprint_start + 1 };

// The memory that the objects of a cell take at one step; NaN where it is not known.
struct analysis_footprint_step {
    double live_bytes;      // asked for and not freed
    double taken_bytes;     // of main memory, beyond what the process had before the first object
    double heap_bytes;      // that the C library's heap has from the system, by its own books
    double heap_used_bytes; // of these, handed out
    double faults;          // page faults since the start
};

// What the objects of an allocator and a size take, whatever the pattern is.
struct analysis_footprint {
    struct analysis_measured of;
    struct analysis_footprint_step steps[FOOTPRINT_STEPS];
};

// The times of one operation in a cell. Those of the timer are of the same steps on no allocation.
struct analysis_tail_times {
    double count;     // of all processes
    double preempted; // of these, met by a context switch; 0 of the timer, where it is not known
    // In ns, the clock's own time included: over the processes, each with its 95 % interval. The second
    // without operations that were preempted.
    struct estimate quantiles[TAIL_QUANTILE_COUNT], undisturbed[TAIL_QUANTILE_COUNT];
};

// How long single operations of a cell take.
struct analysis_tail {
    struct analysis_measured of;
    size_t pattern; // index in analysis.patterns
    size_t processes;
    struct analysis_tail_times times[TAIL_OPERATION_COUNT];
    double switches, interrupts, faulted; // of all processes, see measurements.def; NaN: not known
};

enum ratio_verdict {
    RATIO_FASTER, // the paired test is significant, the whole interval above 1, the ratio above the practical
                  // threshold
    RATIO_SLOWER, // likewise below
    RATIO_NO_PRACTICAL_DIFFERENCE, // the whole interval is within the threshold, and within 5 %
    RATIO_INCONCLUSIVE,
    RATIO_VERDICT_COUNT
};

const char *ratio_verdict_name(enum ratio_verdict verdict); // "no_practical_difference"

// How much faster a cell is than the same cell of box on the same heap: box's time / its time, paired by
// process.
struct analysis_ratio {
    const struct analysis_cell *cell;
    const struct analysis_cell *baseline;
    enum metric metric;
    struct estimate ratio;
    double adjusted_p; // of the paired test, by Holm over all ratios of the metric and platform and its null
                       // control
    enum ratio_verdict verdict;
    enum cause cause; // of a large gap in the total; see analysis/causes.h
};

// How much faster strategies in C are than those of reference/rust that do the same work, over the cells of
// one pattern or of all: Rust's time / C's time of the total, paired by process. Cells that either side has
// no time for are not among them.
struct analysis_against_rust {
    size_t platform;
    size_t allocator, reference; // indices in analysis.allocators, on the same heap
    size_t pattern;              // index in analysis.patterns; analysis.pattern_count: all of them
    size_t cells;                // at least 1
    double median, least, most;  // of the cells' ratios
    const struct analysis_cell *min_cell, *max_cell; // C's
    size_t as_fast;                                  // cells whose ratio is at least 1
    size_t faster, slower; // cells whose whole interval is above 1, or below; those without one are neither
};

struct analysis_platform {
    const struct dataset *dataset; // its name, files, facts
    char *label;                   // what is shown: the name, with the touch where that is not the default
    struct string_list warnings;
    char *selftest; // what a self-test says this machine can see; NULL: none is stored
    struct null_control null_controls[METRIC_COUNT];
    double thresholds[METRIC_COUNT]; // of its verdicts: the one requested, or what the null control shows if
                                     // that is more
    double practical_threshold;      // of the total
    size_t first_cell, cell_end;     // its cells: [first_cell, cell_end) of analysis.cells
    size_t first_ratio, ratio_end;
};

// The question that a finding answers.
enum finding_topic {
    FINDING_nodes,       // which of equal nodes is slow
    FINDING_platforms,   // how the platforms differ
    FINDING_fastest,     // who is the fastest
    FINDING_gain,        // how an allocator compares with malloc
    FINDING_mallocs,     // which malloc is the best
    FINDING_other_heaps, // who is the fastest on other heaps
    FINDING_remedy,      // what takes a gap away without other code
    FINDING_first_batch, // where the first batch says otherwise than the total
    FINDING_reading,     // what reading the objects costs
    FINDING_littered,    // what is left of a lead on a littered heap
    FINDING_threads,     // what several threads make of an allocator
    FINDING_footprint,   // what memory the objects take, and what comes back
    FINDING_tails,       // how long the slowest operations take
    FINDING_failures,
    FINDING_selftest,
    FINDING_TOPIC_COUNT
};

const char *finding_topic_name(enum finding_topic topic); // "first_batch"

// One sentence for a person.
struct finding {
    enum finding_topic topic;
    const char *platform; // a label in analysis.platforms; NULL: about all
    char *text;
};

// False when another program wrote its files.
bool analysis_platform_is_own(const struct analysis_platform *platform);

struct analysis {
    struct dataset_list datasets;
    struct program_archive programs; // results of `program` in the same directory
    struct node_groups node_groups;
    bool has_estimates;                  // the database has what stats.csv needs of each dataset
    struct analysis_platform *platforms; // by name
    size_t platform_count;
    const char *
        *allocators; // in the order of their table, unknown ones after them by name; texts of the datasets
    size_t allocator_count;
    const char **patterns; // likewise
    size_t pattern_count;
    struct analysis_cell *cells; // of the standard value on every swept axis, without controls; by platform,
                                 // allocator, pattern, size
    size_t cell_count;
    struct analysis_cell
        *swept_cells;        // of any values, where a platform was measured with several on a swept axis; as
    size_t swept_cell_count; // cells, then by these axes
    bool swept[AXIS_COUNT];  // the axes for which that is so on some platform
    struct analysis_ratio *ratios;
    size_t ratio_count;
    struct analysis_against_rust
        *against_rust; // by platform, allocator, reference; all patterns after the patterns
    size_t against_rust_count;
    struct analysis_traversal *traversals; // as swept_cells
    size_t traversal_count;
    struct analysis_footprint *footprints; // by platform, allocator, size and swept axes
    size_t footprint_count;
    struct analysis_tail *tails; // by platform, allocator, pattern, size and swept axes
    size_t tail_count;
    struct finding *findings;
    size_t finding_count;
};

// Start with {0}; released by the caller, also after a failure. Errors: as dataset_read_directory();
// STATUS_BAD_DATA names the files that were left out when nothing remains.
MUST_CHECK enum status analysis_run(const struct analysis_options *options, struct analysis *ret_analysis,
                                    struct error *error);
// The same of one dataset in memory, with the threshold of the options. It is taken over: `dataset` is left
// empty, and references into it stay good. There is no self-test, and no stats.csv can be written.
// STATUS_BAD_DATA: it has no cell of the standard values.
MUST_CHECK enum status analysis_of_dataset(struct dataset *dataset, double practical_threshold,
                                           struct analysis *ret_analysis, struct error *error);

void analysis_release(struct analysis *analysis);

// stats.csv, replaced whole or not at all. Columns: see sql/stats_csv.sql.
MUST_CHECK enum status analysis_write_stats(struct analysis *analysis, const char *path, struct error *error);

// What the analysis makes of a kind of measurement whose values have a file of their own. The rows are in
// kinds.c.
struct analysis_kind {
    const char *title;                                // "Footprints": what there is, for a person
    const char *stats_file;                           // "footprint_stats.csv"
    size_t (*count)(const struct analysis *analysis); // cells that were measured so
    // The file, replaced whole or not at all.
    enum status (*write_stats)(const struct analysis *analysis, const char *path, struct error *error);
};

enum { ANALYSIS_KINDS = 2 };
extern const struct analysis_kind analysis_kinds[ANALYSIS_KINDS];

// Writes the tails as files of HdrHistogram, one per cell and operation: its percentiles in the text format
// that such tools read (.hgrm), in ns. The directory is made where there is none. Appends nothing where there
// are none.
MUST_CHECK enum status tails_write_hgrm(const struct analysis *analysis, const char *directory,
                                        struct error *error);

enum analysis_unit { UNIT_NS_PER_OBJECT, UNIT_TOTAL };

// The whole analysis as JSON, as docs/analysis-json.md describes it.
void analysis_append_json(struct text *text, const struct analysis *analysis, enum analysis_unit unit);

#endif
