// Result files → samples → summaries with intervals. Reads every benchmark_*.parquet of a directory, with its
// details_*.parquet where there is one, from any platform and also from programs that write the seven columns
// alone; gives the statistics of every cell, the ratios to box, and what they mean in words.
//
// The median of a cell is the median over the medians of its processes, with the exact order-statistic
// interval over processes. It is never taken over pooled trials: trials of one process share its memory
// layout and are not independent (Kalibera & Jones, ISMM 2013). Without a details file the processes are
// unknown; then the median is that of the trials and there is no interval.
#ifndef ANALYSIS_ANALYSIS_H
#define ANALYSIS_ANALYSIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "base/facts.h"
#include "base/text.h"
#include "causes/causes.h"
#include "database/database.h"
#include "patterns/patterns.h"
#include "statistics/statistics.h"

enum metric { METRIC_TOTAL, METRIC_LATENCY, METRIC_COUNT };

const char *metric_name(enum metric metric); // "total", "latency"

struct analysis_options {
    const char *directory;
    struct string_list allocators; // these four: only cells with one of these words; empty: all
    struct string_list patterns;
    struct string_list sizes; // "64"
    struct string_list platforms;
    bool skip_bad;              // leave out files that cannot be used, instead of failing at the first one
    double practical_threshold; // 0.01: differences within 1 % either way do not matter
    uint32_t memory_limit_mebibytes; // of the database
};

// Everything, a threshold of 1 % and 1 GiB.
void analysis_options_init(struct analysis_options *options);

// Statistics of one metric in one cell, all in ns. NaN where there is none.
struct metric_summary {
    struct estimate median; // of process medians, with its 95 % interval
    double mean;            // these: of the trials
    double standard_deviation;
    double minimum, p5, p25, p75, p95, maximum;
    const double *process_medians; // in the order of the cell's process_numbers
};

struct analysis_cell {
    size_t platform;  // index in analysis.platforms
    size_t allocator; // index in analysis.allocators
    enum pattern_id pattern;
    uint64_t size_bytes;
    char *outcome;     // "ok", or why there are no times
    char *reason;      // NULL when outcome is ok
    bool inconclusive; // less than half of its trials were undisturbed
    uint64_t trials;
    size_t process_count;    // 0: unknown
    double *process_numbers; // ascending; owns the process medians as well
    double objects_per_trial;
    struct metric_summary metrics[METRIC_COUNT];
    struct cause_counts counts; // of the census; without the time
};

// Median of `metric` per object in ns: of a trial, or of its first batch.
double analysis_cell_ns_per_object(const struct analysis_cell *cell, enum metric metric);

// As a cell, of any number of live objects; there are some where a platform was measured with more than one.
struct analysis_live_cell {
    size_t platform, allocator; // indices, as in struct analysis_cell
    enum pattern_id pattern;
    uint64_t size_bytes;
    uint64_t live_objects;
    char *outcome;
    char *reason; // NULL when outcome is ok
    bool inconclusive;
    uint64_t trials; // 0 in a failed cell
    size_t process_count;
    struct estimate ns_per_object[METRIC_COUNT]; // NaN in a failed cell
};

enum heap_age { HEAP_FRESH, HEAP_AGED, HEAP_AGE_COUNT };

const char *heap_age_name(enum heap_age age); // "fresh", "aged"

// What reading the live objects of a cell took after they were allocated.
struct analysis_traversal {
    size_t platform, allocator; // indices, as in struct analysis_cell
    enum pattern_id pattern;
    uint64_t size_bytes;
    uint64_t live_objects;
    size_t process_count;
    struct estimate ns_per_object[HEAP_AGE_COUNT];
};

enum ratio_verdict {
    RATIO_FASTER, // the whole interval is above 1 and the ratio above the practical threshold
    RATIO_SLOWER, // likewise below
    RATIO_NO_PRACTICAL_DIFFERENCE, // the whole interval is within the threshold
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
    enum ratio_verdict verdict;
    enum cause cause; // of a large gap in the total; see causes/causes.h
};

// How much faster strategies in C are than those of reference/rust that do the same work, over the cells of
// one pattern or of all: Rust's time / C's time of the total, paired by process. Cells that either side has
// no time for are not among them.
struct analysis_against_rust {
    size_t platform;
    size_t allocator, reference;                        // indices in analysis.allocators, on the same heap
    int pattern;                                        // an enum pattern_id; PATTERN_COUNT: all of them
    size_t cells;                                       // at least 1
    double median, least, most;                         // of the cells' ratios
    const struct analysis_cell *least_cell, *most_cell; // C's
    size_t as_fast;                                     // cells whose ratio is at least 1
    size_t faster, slower; // cells whose whole interval is above 1, or below; those without one are neither,
                           // nor are disturbed ones and those of a run whose null control differs
};

// What a run shows between box and box_twin, which is the same code.
struct null_control {
    size_t measured;       // (pattern, size, live objects) groups in which processes of both ran
    size_t most_processes; // in any of these
    size_t groups;         // of these, with enough processes that can be used; 0: the run has no control
    size_t differing;      // of these, how many differ by more than chance: should be none
    double p95;            // of the groups, the 95th percentile of the difference: 0.02 is 2 %
};

struct analysis_platform {
    char *name;           // as its files have it
    char *label;          // what is shown: the name, with the touch where that is not the default
    char *benchmark_file; // name in the directory
    char *details_file;   // NULL: none
    struct facts facts;   // none when another program wrote the file
    struct string_list warnings;
    char *selftest; // what a self-test says this machine can see; NULL: none is stored
    struct null_control null_control;
    double practical_threshold;  // of its verdicts: the one asked for, or the control's p95 if that is larger
    size_t first_cell, cell_end; // its cells: [first_cell, cell_end) of analysis.cells
    size_t first_ratio, ratio_end;
};

// One sentence for a person.
struct finding {
    const char *platform; // a label in analysis.platforms; NULL: about all
    char *text;
};

struct left_out_file {
    char *name;
    char *reason;
};

// False when another program wrote its files.
bool analysis_platform_is_own(const struct analysis_platform *platform);

struct analysis {
    struct analysis_platform *platforms; // by name
    size_t platform_count;
    char **allocators; // in the order of their table, unknown ones after them by name
    size_t allocator_count;
    struct analysis_cell *cells; // by platform, allocator, pattern, size
    size_t cell_count;
    struct analysis_ratio *ratios;
    size_t ratio_count;
    struct analysis_against_rust
        *against_rust; // by platform, allocator, reference; all patterns after the patterns
    size_t against_rust_count;
    struct analysis_live_cell *live_cells; // as cells, then by number of live objects
    size_t live_cell_count;
    struct analysis_traversal *traversals; // as live_cells
    size_t traversal_count;
    struct finding *findings;
    size_t finding_count;
    struct left_out_file *left_out; // with skip_bad
    size_t left_out_count;
    struct database database; // the tables behind it, for analysis_write_stats
};

// Start with {0}; released by the caller, also after a failure. STATUS_BAD_DATA and STATUS_ENVIRONMENT name
// the file, and the column where there is one, or the files that were left out when nothing remains;
// STATUS_USAGE: no such directory, no file to read, a filter that matches nothing.
MUST_CHECK enum status analysis_run(const struct analysis_options *options, struct analysis *ret_analysis,
                                    struct error *error);
void analysis_release(struct analysis *analysis);

// stats.csv, replaced whole or not at all. Columns: see sql/stats_csv.sql.
MUST_CHECK enum status analysis_write_stats(struct analysis *analysis, const char *path, struct error *error);

enum analysis_unit { UNIT_NS_PER_OBJECT, UNIT_TOTAL };

// The whole analysis as JSON, as docs/analysis-json.md describes it. A failure to write shows in
// ferror(stream).
void analysis_write_json(const struct analysis *analysis, enum analysis_unit unit, FILE *stream);

#endif
