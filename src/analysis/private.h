// What the module's own files share.
#ifndef ANALYSIS_PRIVATE_H
#define ANALYSIS_PRIVATE_H

#include <stdbool.h>

#include "analysis/analysis.h"
#include "base/json.h"
#include "base/text.h"

// ---- cells.c ----
//
// From datasets to the cells of analysis.h: the indices of their axes, medians with intervals.

// Fills platforms, allocators, patterns, cells, swept_cells and traversals.
MUST_CHECK enum status cells_gather(struct analysis *analysis, struct error *error);

// The median of a cell's processes with its interval; of its trials, without one, where processes are
// unknown. NaN in a failed cell. `scratch`: its processes.
struct estimate cell_median_estimate(const struct dataset_cell *cell, enum metric metric, double confidence,
                                     double *scratch);

// The cell of another allocator with the same platform, pattern and size, if it has times; otherwise NULL.
const struct analysis_cell *cells_find(const struct analysis *analysis, const struct analysis_cell *cell,
                                       size_t allocator);

// ---- ratios.c ----
//
// How much faster every allocator is than box on the same heap.

// Fills analysis->ratios, in the order of the cells, total before latency, and every platform's null controls
// and thresholds: `min_threshold`, or what the control shows if that is more. Failed cells have no ratio.
MUST_CHECK enum status ratios_compute(struct analysis *analysis, double min_threshold, struct error *error);

// Sets ratio->ratio from its cell, baseline and metric; both cells have times.
MUST_CHECK enum status ratios_estimate(struct analysis_ratio *ratio, struct error *error);

// What an estimate of a single ratio says. Without an interval it says nothing. What may be farther from 1
// than RATIO_MAX_ALIKE is never called no practical difference, however large the threshold is.
#define RATIO_MAX_ALIKE 0.05
enum ratio_verdict ratio_verdict_of(const struct estimate *ratio, double practical_threshold);

// ---- regions.c ----
//
// Sets of cells of one platform, and how a person names them: "in lifo and fifo from 1.5 KiB on".

// The sizes of a platform. Its places are the pairs of pattern and size, by pattern, then by size; a region
// is an array of as many bools.
struct grid {
    const char *const *patterns; // all of the analysis
    size_t pattern_count;
    uint64_t *sizes; // ascending
    size_t size_count;
};

// Of the cells of one platform. The caller releases it, before the analysis.
MUST_CHECK enum status grid_build(const struct analysis *analysis, size_t platform, struct grid *ret_grid,
                                  struct error *error);
void grid_release(struct grid *grid);
size_t grid_places(const struct grid *grid);

// The place of a pattern, which is an index, and a size; SIZE_MAX where the platform has no cell of that
// size.
size_t grid_place(const struct grid *grid, size_t pattern, uint64_t size_bytes);

size_t region_count(const struct grid *grid, const bool *region);

// How a region is put into words: flags.
enum region_detail {
    REGION_IN_WORDS = 0,
    REGION_COUNTED = 1,    // all but "everywhere" and whole patterns is counted
    REGION_TOTAL_SAID = 2, // "in 31" instead of "in 31 of 76 cells"
};

// Appends where `region`, which is not empty, lies in `all`, which holds it: "everywhere", "in lifo and
// fifo", "up to 256 bytes", "in lifo from 1.5 KiB on and in random for most sizes", "everywhere but in fifo
// at 8 bytes". What takes more than two such phrases is counted: "in 31 of 76 cells"; it returns whether it
// was.
bool region_append(struct text *text, const struct grid *grid, const bool *all, const bool *region,
                   unsigned detail);

// "12 bytes", "1.5 KiB".
void size_append(struct text *text, uint64_t size_bytes);

// ---- sentences.c ----
//
// What the sentences of all findings share: names, numbers, ranges, and the length that a sentence may have.

// One platform, of which the sentences are.
struct view {
    struct analysis *analysis;
    size_t platform;
    struct grid grid;
    const char *heap; // of the strategies that the findings are mainly about: "", the system's, or "jemalloc"
    bool several_heaps; // something was measured on another one, too
};

// The caller releases it.
MUST_CHECK enum status view_build(struct analysis *analysis, size_t platform, struct view *ret_view,
                                  struct error *error);
void view_release(struct view *view);

// ---- allocators ----

// The heap in an allocator's label, or "".
const char *heap_of(const char *allocator);
bool is_malloc(const char *allocator); // box, on whatever heap
bool is_rust(const char *allocator);   // of reference/rust
bool is_arena(const char *allocator);  // which frees no single object

// True where the platform has times of the allocator.
bool view_has(const struct view *view, size_t allocator);

// Fills `ret_allocators` (room for all of the analysis) with what competes on a heap: neither arena nor those
// in Rust, where at least two others were measured there. Returns how many.
size_t contestants_on(const struct view *view, const char *heap, size_t *ret_allocators);
size_t contestants_of_mallocs(const struct view *view, size_t *ret_allocators);

// "malloc" is box on the heap of the view when strategies are compared, "the system's malloc" when mallocs
// are; a box on another heap goes by the heap's name, all else by its own.
enum naming { NAMING_STRATEGIES, NAMING_MALLOCS };

void name_append(struct text *text, const struct view *view, size_t allocator, enum naming naming);

// "a, b and c": call for each of `count`, before its name.
void separator_append(struct text *text, size_t index, size_t count);

// ---- numbers ----

// What a ratio says by itself, where nothing tells whether it is more than chance: less than 10 % is no
// difference.
enum ratio_verdict measured_verdict(double ratio);

// Two significant digits; between 0.1 and 1.1 two decimals: "0.94", "1.04", "4.6", "14", "1400".
void number_append(struct text *text, double number);

struct span {
    double least, most, sum_of_logs;
    size_t count;
};

void span_add(struct span *span, double value);
void span_add_all(struct span *span, const struct span *other);
void span_append(struct text *text, const struct span *span); // "2 to 14 times"

// "2 to 14 times as fast as malloc"; of a wide range "on average 6.2 times as fast as malloc (1.1 to 640)",
// the average being the geometric mean. `relation` is what follows "times".
void span_append_relation(struct text *text, const struct span *span, const char *relation);

// ---- sentences ----

// Takes the sentence over, as text that is fit to be shown, and ends it with a full stop, unless it is empty,
// which is no finding. `platform` is a label, NULL for all.
MUST_CHECK enum status finding_add(struct analysis *analysis, enum finding_topic topic, const char *platform,
                                   struct text *sentence, struct error *error);

// Writes a sentence. With a higher `brevity` it leaves more out.
typedef void sentence_writer(struct text *text, const void *of, int brevity);

// Adds the first version that fits three lines of a terminal, or else the briefest.
MUST_CHECK enum status finding_write(const struct view *view, enum finding_topic topic,
                                     sentence_writer *write, const void *of, struct error *error);

// ---- winners.c ----
//
// Who is the fastest: a contest of some allocators of one platform, place by place.

struct contestants {
    const size_t *allocators; // indices in analysis.allocators
    size_t count;
    enum metric metric;
};

// Places are those of the view's grid. An array over contestants and places holds contestant c's place p at
// c * places + p.
struct contest {
    size_t places;
    bool *held;  // at least two of them have times there
    bool *known; // held, and it is told there who leads
    bool *leads; // of each contestant: none is faster than it there; false where nothing is known
    double
        *margins; // of each contestant: the time of the nearest other one / its own; NaN where there is none
    size_t held_count, known_count;
    size_t decided_count; // places at which verdicts tell who leads
    bool measured;   // they do so at fewer than half of the places: all are told by the measured ratios alone
    bool replicated; // some of the ratios have an interval
};

// An allocator leads where no other one is faster than it by the verdict on their paired ratio. So several
// may lead: they are tied. A place at which no pair was told apart, and not all were told to be alike, is not
// decided. With `measured` the verdicts are those of measured_verdict(). The caller releases the contest.
MUST_CHECK enum status contest_hold(const struct view *view, const struct contestants *of,
                                    struct contest *ret_contest, struct error *error);
void contest_release(struct contest *contest);

// At how many places a contestant leads. `taken`, by place, are left out; NULL: none.
size_t contest_count(const struct contest *contest, size_t contestant, const bool *taken);

// The contestant that leads at the most places, among equals the one that is farthest ahead; SIZE_MAX where
// none does.
size_t contest_leader(const struct contest *contest, const struct contestants *of, const bool *taken);

// ---- gains.c ----
//
// How one allocator compares with malloc on one platform, place by place.

// Regions are those of the view's grid.
struct gains {
    const struct view *view;
    size_t allocator;
    const struct analysis_ratio **ratios; // by place; NULL where there is none
    bool *compared, *known;               // with a ratio; with a verdict, which is one of the next three
    bool *faster, *slower, *alike;
    size_t compared_count, known_count, faster_count, slower_count, alike_count;
    bool measured; // fewer than half have a verdict: all are known by measured_verdict()
};

// From the verdicts on an allocator of the view's platform. The caller releases it; the view stays until
// then.
MUST_CHECK enum status gains_collect(const struct view *view, size_t allocator, enum metric metric,
                                     struct gains *ret_gains, struct error *error);
void gains_release(struct gains *gains);

// The gains of several allocators in places of their own. Gaps that page faults and system calls make are a
// magnitude of their own, hundreds of times where all others are a few: in one range they would hide the
// others.
struct reach {
    const struct gains *gains; // of the last one added
    struct span near;          // of all, or of all others where those of the system reach farther
    struct span far;           // of the system, where they do; else empty
    bool *far_region;          // where the system makes the gap
    bool system_alone;         // it does so everywhere, so that all of them are in `near`
};

// Adds the ratios in a region. Start with {0}, end with reach_settle(). The caller releases it.
MUST_CHECK enum status reach_add(struct reach *reach, const struct gains *gains, const bool *region,
                                 struct error *error);
void reach_settle(struct reach *reach);
void reach_release(struct reach *reach);

// What malloc is called in a sentence about the allocator: "malloc", "the system's malloc", "jemalloc".
void baseline_append(struct text *text, const struct gains *gains);

// The most frequent cause in a region, if half of its places have it, among those of the system or the
// others; CAUSE_NONE.
enum cause gains_cause(const struct gains *gains, const bool *region, bool of_system);

// ---- topics.c ----
//
// The findings, one function for each question that they answer: none or more sentences, into
// analysis->findings. See enum finding_topic.

// Over all platforms, those of one touch together: how far the allocator that is ahead of malloc most is
// ahead on each.
MUST_CHECK enum status find_platforms(struct analysis *analysis, struct error *error);

// Who is the fastest on the heap of the view, and by how much. Sets `told`, by allocator, for those whose
// comparison with malloc it tells. `ret_leader` is the allocator that leads most, SIZE_MAX where there is
// none.
MUST_CHECK enum status find_fastest(const struct view *view, bool *told, size_t *ret_leader,
                                    struct error *error);

// How the others on that heap compare with malloc: those that are faster everywhere in one sentence, one for
// each other.
MUST_CHECK enum status find_gains(const struct view *view, const bool *told, struct error *error);

// The same for the mallocs of all heaps: which is the fastest, and how the others compare with the system's.
MUST_CHECK enum status find_best_malloc(const struct view *view, bool *told, struct error *error);
MUST_CHECK enum status find_gains_of_mallocs(const struct view *view, const bool *told, struct error *error);

// Who is the fastest on heaps other than the view's. `leader` is the answer on that.
MUST_CHECK enum status find_other_heaps(const struct view *view, size_t leader, struct error *error);

// What makes malloc keep its memory, where giving it back makes gaps.
MUST_CHECK enum status find_remedy(const struct view *view, struct error *error);

// Where the first batch of a trial says otherwise than the total: another one than `leader` is the fastest,
// or a comparison with malloc ends the other way round.
MUST_CHECK enum status find_first_batch(const struct view *view, size_t leader, struct error *error);

// Whether reading the objects costs more or less than reading those of malloc. `leader` comes before others.
MUST_CHECK enum status find_reading(const struct view *view, size_t leader, struct error *error);

// How far `leader`, or what else competes with malloc, is ahead on a littered heap and on a fresh one, and
// what both lose.
MUST_CHECK enum status find_littered(const struct view *view, size_t leader, struct error *error);

// How many times as fast as malloc the best allocator is with the most threads that were measured, and how
// many times as many objects malloc handles with them as with one.
MUST_CHECK enum status find_threads(const struct view *view, struct error *error);

// ---- kinds.c: the kinds of measurement that have a file of their own ----

// Each does so for all of these kinds, in the order of the rows.
MUST_CHECK enum status kinds_gather(struct analysis *analysis, struct error *error);
MUST_CHECK enum status kinds_find(const struct view *view, struct error *error);
void kinds_write_json(struct json *json, const struct analysis *analysis);
void kinds_release(struct analysis *analysis);

// ---- measured.c: what these share ----

// The cells of all platforms that have values of that metric, controls aside. `ret_cells` is owned by the
// caller.
MUST_CHECK enum status measured_cells(const struct analysis *analysis, enum measured_metric metric,
                                      struct analysis_measured **ret_cells, size_t *ret_count,
                                      struct error *error);

// Whether a finding of the view names its allocator: those of the view's heap, and the mallocs of all.
bool measured_is_told(const struct view *view, size_t allocator);

// The members that name it, in an open object; with its pattern where `has_pattern`.
void measured_write_name(struct json *json, const struct analysis *analysis,
                         const struct analysis_measured *cell, bool has_pattern);

// The same as columns of a CSV, and their header.
void measured_append_header(struct text *csv, bool has_pattern);
void measured_append_name(struct text *csv, const struct analysis *analysis,
                          const struct analysis_measured *cell, bool has_pattern);

// A number as a column behind others; nothing where it is NaN.
void measured_append_number(struct text *csv, double value, int decimals);

// The values on the swept axes, in an open object.
void write_swept_values(struct json *json, struct cell_name name);

// {"median": …, "median_low": …, "median_high": …}, divided by `objects`; null where there is none.
void write_estimate(struct json *json, const char *key, const struct estimate *estimate, double objects);

// ---- footprints.c ----
//
// What memory the objects take, and how much of it comes back to the system.

// Fills analysis->footprints; empty where none was measured.
MUST_CHECK enum status footprints_gather(struct analysis *analysis, struct error *error);
size_t footprints_count(const struct analysis *analysis);
void footprints_release(struct analysis *analysis);

// "footprints", absent where there are none; and the file, a row for each step of each.
void footprints_write_json(struct json *json, const struct analysis *analysis);
MUST_CHECK enum status footprints_write_stats(const struct analysis *analysis, const char *path,
                                              struct error *error);

// What the allocators on the heap of the view, and the mallocs of all heaps, take per byte that was asked
// for, and what they keep.
MUST_CHECK enum status find_footprint(const struct view *view, struct error *error);

// ---- tails.c ----
//
// How long single operations take, from the bins in which their times were counted.

// Fills analysis->tails; empty where none were measured.
MUST_CHECK enum status tails_gather(struct analysis *analysis, struct error *error);
size_t tails_count(const struct analysis *analysis);
void tails_release(struct analysis *analysis);

// "tails", absent where there are none; and the file, a row for each operation and quantile of each.
void tails_write_json(struct json *json, const struct analysis *analysis);
MUST_CHECK enum status tails_write_stats(const struct analysis *analysis, const char *path,
                                         struct error *error);

// How long the slowest of a thousand operations takes on each allocator.
MUST_CHECK enum status find_tails(const struct view *view, struct error *error);

// ---- write_stats.c ----
//
// Fills the table `estimates`, whose rows tell which cells stats.csv has and in which order: before datasets
// are folded, since it has each of them.
MUST_CHECK enum status stats_fill_estimates(struct analysis *analysis, struct error *error);

// ---- write_nodes.c ----
//
// Absent where there are no groups of equal nodes.
void write_node_groups(struct json *json, const struct analysis *analysis);

// ---- slow_nodes.c ----
//
// Which nodes of a cluster differ from their equals: a sentence for each of the first ones.
MUST_CHECK enum status find_slow_nodes(struct analysis *analysis, struct error *error);

// ---- node_outliers.c ----
//
// Judges the nodes of a group, which has their names, by their datasets in the same order, and sorts them.
MUST_CHECK enum status nodes_judge(struct node_group *group, const struct dataset *const *datasets,
                                   double threshold, struct error *error);

// What stands for a cell of a node: the median of its processes or, where they are not known, of its trials;
// NaN of a cell without times. `scratch` has room for the processes.
double node_median(const struct dataset_cell *cell, enum metric metric, double *scratch);

// ---- findings.c ----
//
// What was found, in sentences that a person reads: at most a short one for each question of enum
// finding_topic, the answer first. The same words stand at the end of `run`, in `analyze` and in the report.

// Fills analysis->findings: first what holds for all platforms and what failed, then each platform's own,
// what matters most first. Ratios and self-tests have been fetched.
MUST_CHECK enum status findings_derive(struct analysis *analysis, struct error *error);

// ---- selftests.c ----
//
// What a self-test said of a platform's machine: selftest_<platform>.json beside the results, see
// docs/selftest.md.

// Sets `selftest` of every platform that has such a file. One that cannot be used is a warning, never an
// error: the results stand without it.
MUST_CHECK enum status selftests_read(struct analysis *analysis, const char *directory, struct error *error);

// ---- against_rust.c ----
//
// How the strategies in C stand against those of reference/rust.

// Fills analysis->against_rust; empty where nothing in Rust was measured beside what is compared with it.
MUST_CHECK enum status against_rust_compute(struct analysis *analysis, struct error *error);

// ---- warnings.c ----
//
// What a reader should know about a platform's results before believing them.

// Fills the warnings of every platform, from its cells and its facts.
MUST_CHECK enum status warnings_derive(struct analysis *analysis, struct error *error);

#endif
