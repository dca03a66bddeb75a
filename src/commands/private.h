// What the module's own files share.
#ifndef COMMANDS_PRIVATE_H
#define COMMANDS_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>

#include "advise/advise.h"
#include "analysis/analysis.h"
#include "base/error.h"
#include "base/text.h"
#include "cluster/cluster.h"
#include "command_line/command.h"
#include "commands/run_options.h"
#include "compare/compare.h"
#include "dataset/dataset.h"
#include "doctor/doctor.h"
#include "heaps/heaps.h"
#include "plan/estimate.h"
#include "plan/plan.h"
#include "program/analysis.h"
#include "program/measure.h"
#include "replay/summary.h"
#include "results/output_lock.h"
#include "runner/runner.h"
#include "selftest/selftest.h"
#include "wire/record.h"

// ---- vocabulary.c ----
//
// The words of the tables as choices for options: allocators, patterns, sizes.

// Bits are the places in the axis's table.
extern const struct choices strategy_choices;   // those a user may name; standard ones by default
extern const struct choices pattern_choices;    // all by default
extern const struct choices size_bytes_choices; // all by default
extern const struct choices touch_choices;

// Bits are the index in heaps, then that in heap_variants, then "installed": all that are found here.
#define HEAPS_INSTALLED "installed"
enum { HEAPS_INSTALLED_BIT = HEAP_COUNT + HEAP_VARIANT_COUNT };
extern const struct choices heap_choices;         // "system" by default
extern const struct choices program_heap_choices; // the variants and "installed" by default

// ---- axis_options.c ----
//
// The options of the axes: their rows, from axes.def, and what a request has of them. A command defines
// AXIS as one of the macros below and includes the table where its rows are.

// A row for each axis, at PREFIX##name.
#define AXIS_OPTION_ROW(prefix, id, place, standard, option, former, help)                                   \
    AXIS_OPTION_ROW_##place(prefix##id, id, standard, option, former, help)
#define AXIS_OPTION_ROW_STRATEGY(at, id, standard, option, former, help_text)                                \
    [at] = {.name = (option),                                                                                \
            .former_name = (former),                                                                         \
            .type = OPTION_LIST,                                                                             \
            .value_name = "LIST",                                                                            \
            .choices = &id##_choices,                                                                        \
            .help = (help_text)},
#define AXIS_OPTION_ROW_HEAP AXIS_OPTION_ROW_STRATEGY
#define AXIS_OPTION_ROW_GRID AXIS_OPTION_ROW_STRATEGY
#define AXIS_OPTION_ROW_SWEPT(at, id, standard, option, former, help_text)                                   \
    [at] = {.name = (option),                                                                                \
            .former_name = (former),                                                                         \
            .type = OPTION_NAMES,                                                                            \
            .value_name = "LIST",                                                                            \
            .default_text = (standard),                                                                      \
            .help = (help_text)},
#define AXIS_OPTION_ROW_RUN(at, id, standard, option, former, help_text)                                     \
    [at] = {.name = (option),                                                                                \
            .former_name = (former),                                                                         \
            .type = OPTION_CHOICE,                                                                           \
            .value_name = "WORD",                                                                            \
            .choices = &id##_choices,                                                                        \
            .default_text = (standard),                                                                      \
            .help = (help_text)},

// The same of the standard grid alone: strategy, pattern, size.
#define GRID_OPTION_ROW(prefix, id, place, option, former, help)                                             \
    GRID_OPTION_ROW_##place(prefix##id, id, option, former, help)
#define GRID_OPTION_ROW_STRATEGY(at, id, option, former, help)                                               \
    AXIS_OPTION_ROW_STRATEGY(at, id, NULL, option, former, help)
#define GRID_OPTION_ROW_GRID GRID_OPTION_ROW_STRATEGY
#define GRID_OPTION_ROW_HEAP(...)
#define GRID_OPTION_ROW_SWEPT(...)
#define GRID_OPTION_ROW_RUN(...)

// Sets what the option asks for on that axis, which is not the heap. What cannot be chosen (controls, the
// harness) stays as the request has it. STATUS_USAGE when a value is none of the axis's, there are too many,
// or the standard one of a swept axis is not among them.
MUST_CHECK enum status axis_option_apply(enum axis_id axis, const struct option_value *value,
                                         struct plan_request *request, struct error *error);

// ---- memory_option.c ----
//
// The option of every command that reads result files.

// A row of an option table. The value is for dataset_options.memory_limit_mebibytes.
#define MEMORY_OPTION                                                                                        \
    {                                                                                                        \
        .name = "memory", .type = OPTION_NUMBER, .value_name = "MIB", .minimum = 64, .maximum = UINT32_MAX,  \
        .help = "memory for reading result files; what does not fit is put on disk, in TMPDIR or /var/tmp; " \
                "without it half of what the machine and its control group allow"                            \
    }

// ---- heap_options.c ----
//
// --heaps and --heap: which malloc implementations a run measures on.

// Fills the request's heaps: those chosen by --heaps, then those of --heap, whose values are NAME=LIBRARY.so,
// NAME=HEAP or NAME=system,TUNABLES. A known heap that this machine does not have goes in as "?NAME": its
// cells will fail with the reason. STATUS_USAGE when a value makes no sense, a heap is unknown, or two have
// one name.
MUST_CHECK enum status heap_options_apply(const struct option_value *chosen, const struct option_value *named,
                                          struct plan_request *request, struct error *error);

// STATUS_USAGE when it is known beforehand that none of the request's heaps can be used.
MUST_CHECK enum status heap_options_check_usable(const struct plan_request *request, struct error *error);

// STATUS_USAGE when a heap of the request, or GLIBC_TUNABLES in the environment, has a tunable that the
// worker's C library does not take, where that can be asked.
MUST_CHECK enum status heap_options_check_tunables(const struct plan_request *request, const char *worker,
                                                   struct error *error);

// Appends why the cells of that heap of the plan will fail, where that is known beforehand, as one sentence
// and how many cells they are: "heap mine (/x.so) cannot be used: …; its 4 cells will fail". False, and
// nothing, otherwise.
bool heap_problem_append(struct text *text, const struct plan *plan, uint32_t heap);

// Appends which files of the names of that heap of the plan were passed over, and why, as one sentence.
// False, and nothing, when none was.
bool heap_passed_over_append(struct text *text, const struct plan *plan, uint32_t heap);

// ---- plan_text.c ----
//
// A plan for a person: what --dry-run prints.

// A summary, then one line per process in the order they would run: of more than `max_lines` the first ones,
// and how many are left out.
void plan_append(struct text *text, const struct plan *plan, const char *platform, size_t max_lines);

// ---- rehearsal.c ----
//
// How long a run will take on this machine, known before it starts: every cell once, in one process of one
// trial, teaches the estimate. It takes some seconds.

// For --time-budget: sets the request's iterations and processes to what fits. STATUS_USAGE when too little
// does, with what it would need. For --precise: finds out how long it takes. Either says so on standard
// error, unless quiet. With --dry-run nothing is measured and the rough guess has to do. `ret_learned`, {0}
// before, is what the run's own estimate begins with.
MUST_CHECK enum status rehearse(struct run_options *options, struct duration_estimate *ret_learned,
                                struct error *error);

// The seconds that the request of a run takes on this machine, by such a rehearsal.
MUST_CHECK enum status rehearsed_seconds(const struct run_options *options, double *ret_seconds,
                                         struct error *error);

// A rough guess at the seconds a request takes, before anything was measured.
MUST_CHECK enum status guess_seconds(const struct plan_request *request, double *ret_seconds,
                                     struct error *error);

// ---- doctor_text.c ----
//
// A doctor's report for a person.

// Appends all findings: the serious ones and those worth knowing with sentence and commands, of the rest the
// names. Commands are not wrapped, so that they can be copied.
void doctor_report_append(struct text *text, const struct doctor_report *report);

// Appends the serious findings alone; nothing when there is none.
void doctor_warnings_append(struct text *text, const struct doctor_report *report);

// ---- failed_cells.c ----
//
// What failed in a finished run, cell by cell.

struct cell_failures {
    bool planned;                               // the plan has the cell
    uint32_t process_count;                     // that have a record
    uint32_t failed_count;                      // of these
    const struct process_record *first_failure; // in the order of the records; NULL when none failed
};

struct failed_cells {
    struct cell_failures *cells; // by plan_cell_slot(); owned
    size_t slot_count;
    size_t cell_count;   // of the plan
    size_t failed_count; // those with at least one failed process
};

// Counts what failed. Records that belong to no process of the plan are ignored. Points into `run`. The
// caller releases the result. STATUS_NO_MEMORY is the only failure.
MUST_CHECK enum status failed_cells_count(const struct plan *plan, const struct run *run,
                                          struct failed_cells *ret_failed, struct error *error);

void failed_cells_release(struct failed_cells *failed);

// ---- end_table.c ----
//
// What a run found, for a terminal: per pattern a table of nanoseconds per object, then what failed and why.

// Appends the tables, at most 80 columns wide; allocators that do not fit beside each other continue in a
// further block. The fastest of a row is marked with an asterisk (and green where `colour`), a cell of which
// some processes failed with an exclamation mark (and red): it has no number, here and in every other output.
// Controls and the harness are not shown.
void end_table_append(struct text *text, const struct plan *plan, const struct dataset *dataset,
                      const struct failed_cells *failed, bool colour);

// ---- findings_text.c ----
//
// Warnings and findings on a terminal, at the end of `run` and of `analyze`.

// Appends what the reader has to know of the first platforms, each in lines of its own.
void warnings_text_append(struct text *text, const struct analysis *analysis);

// Appends the first ones, each in lines of its own below the name of its platform. Those of the topic `said`,
// which the reader has seen, are left out; FINDING_TOPIC_COUNT: none.
void findings_text_append(struct text *text, const struct analysis *analysis, enum finding_topic said);

// ---- manifest.c ----
//
// Which charts and reports in a directory were drawn from which results, kept in the directory itself.
// Results are the same when their files have the same names and contents.

struct manifest {
    struct text path, identity;
    struct string_list current; // names of the files that were drawn from the results as they are
    struct string_list others;  // lines about files that were drawn from other results
};

// What is known of the files in `directory`, as to the result files that `results_directory` holds now. Start
// with {0}; the caller releases it, also on failure.
MUST_CHECK enum status manifest_read(const char *results_directory, const char *directory,
                                     struct manifest *ret_manifest, struct error *error);
void manifest_release(struct manifest *manifest);

// To be called before charts are drawn. Fails when nothing can be written in the directory.
MUST_CHECK enum status manifest_begin(const struct manifest *manifest, struct error *error);

// Notes that the files `written` (paths) were drawn from these results.
MUST_CHECK enum status manifest_end(struct manifest *manifest, const struct string_list *written,
                                    struct error *error);

// Appends one line that names the files of other results in `directory`; nothing when there is none.
MUST_CHECK enum status manifest_append_others(const struct manifest *manifest, const char *directory,
                                              struct text *output, struct error *error);

// ---- compare_text.c ----
//
// A comparison for a person: what was compared, what counts, the cells by verdict, and what it comes to.

struct compare_text_options {
    bool all;    // list every cell, unchanged ones too
    bool colour; // the terminal understands it
};

// Appends lines of at most 80 columns.
void compare_text_append(struct text *text, const struct comparison *comparison,
                         const struct dataset runs[RUN_COUNT], const struct compare_text_options *options);

enum { COMPARE_MAX_ROWS = 20 }; // of a verdict, unless all are wanted

// ---- compare_measured_text.c ----
//
// What differs where both runs have footprints, in bytes of memory per byte asked for, or tails, in ns.
// Appends nothing where they have none; all rows, or the first COMPARE_MAX_ROWS.

void compare_memory_text_append(struct text *text, const struct comparison *comparison, bool all);
void compare_tails_text_append(struct text *text, const struct comparison *comparison, bool all);

// ---- submitted.c ----
//
// What has become of the submission in a folder.

// Submits the nodes that failed or were cancelled again. STATUS_USAGE when there is none.
MUST_CHECK enum status submitted_retry(struct invocation *invocation, const char *platform,
                                       const char *folder, struct error *error);

// Says which nodes are in which state, with the reasons of those that failed; with `wait` when the analysis
// has ended. Sets the exit code to 1 when a node failed or was cancelled.
MUST_CHECK enum status submitted_tell(struct invocation *invocation, const char *platform, const char *folder,
                                      bool wait, struct error *error);

// ---- selftest_text.c ----
//
// What a self-test found: a table for a person, and JSON as docs/selftest.md describes it.

void selftest_text_append(struct text *text, const struct selftest *selftest, const char *platform);

// ---- program_files.c ----
//
// The files of a run of `program`: where they are, and what is checked of them before anything is measured.

struct program_file_options {
    const char *directory;
    const char *name; // of the run
    bool resume, force, quiet;
};

// Start with {0}.
struct program_files {
    struct text result;      // DIRECTORY/program_NAME.parquet
    struct text journal;     // DIRECTORY/program_NAME.journal
    struct output_lock lock; // DIRECTORY/program_NAME.lock
};

// Names the files, takes the lock (output_lock.h), and makes sure that results can be written. STATUS_USAGE
// when a result or an interrupted run exists that the options do not allow to replace, or when there is
// nothing to resume.
MUST_CHECK enum status program_files_claim(const struct program_file_options *options,
                                           struct program_files *files, struct error *error);

// Gives up the lock, too.
void program_files_release(struct program_files *files);

// "memalloc-bench program --name xmllint --resume".
void program_resume_command_append(struct text *text, const struct program_file_options *options);

// ---- program_text.c ----
//
// What `program` says at its end: the answer, then the table, at most 80 columns.

void program_text_append(struct text *text, const struct program_results *results, bool with_colour);

// "10 heaps, 30 processes each of 1 command: about 4 min 40 s", wrapped.
void program_outlook_append(struct text *text, const struct program_outlook *outlook);

// A value with its unit: "1.24 s", "12.3 MiB", "1.2 M".
void program_append_quantity(struct text *text, double value, const char *unit);

// ---- replaying.c ----
//
// Traces replayed: streams are compiled, and `program` measures the replayer on them. What replay and advise
// share. Their options are in measuring_options.def.

extern const struct choices written_choices;
extern const struct choices fresh_choices;       // bits of enum heap_state_id; fresh by default
extern const struct choices every_state_choices; // all by default

// A row of an option table: the states of the heap.
#define HEAP_STATE_OPTION(state_choices)                                                                     \
    {                                                                                                        \
        .name = "heap-state", .type = OPTION_LIST, .value_name = "LIST", .choices = &(state_choices),        \
        .help = "states of the heap to replay on: as the process finds it, or after it has held many "       \
                "objects of the trace's sizes, of which an eighth is left"                                   \
    }

// What is compiled into a stream, and replayed on every heap in every state.
struct replayed {
    const char *name; // of the strategy, or of what is changed
    struct replay_policy policy;
    struct replay_request request; // without the policy
    struct replay_made made;
    struct text stream; // path
};

// Start with {0}, then fill in the first group; the rest is replaying_begin's.
struct replaying {
    const struct invocation *invocation;
    const char *heaps;        // in place of --heaps and --heap; NULL: these
    double seconds;           // in place of --time-budget; 0: that
    bool is_fresh_only;       // in place of --heap-state
    bool keeps_what_is_there; // with --resume a result that is complete is not measured again
    struct replayed items[PROGRAM_MAX_COMMANDS];
    size_t count;

    struct text name, result, journal; // of the run; paths
    char replayer[4096];               // path
    enum heap_state_id states[HEAP_STATE_COUNT];
    size_t state_count;
};

// Names the run, by --name or else by the trace (x/trace_xmllint.parquet: trace_xmllint), followed by
// `suffix`. STATUS_USAGE when that cannot be a name, or there are more items than `program` measures.
MUST_CHECK enum status replaying_begin(struct replaying *replaying, const char *trace, const char *suffix,
                                       struct error *error);
void replaying_release(struct replaying *replaying);

// Compiles the streams of all items beside the result.
MUST_CHECK enum status replaying_compile(struct replaying *replaying, struct error *error);

// Has `program` measure them: states one after the other, in each the items in order.
MUST_CHECK enum status replaying_measure(const struct replaying *replaying, struct error *error);

// Has `program` measure a command of the user's instead, as the run of that name.
MUST_CHECK enum status replaying_measure_command(const struct replaying *replaying,
                                                 const struct string_list *command, struct error *error);

void replaying_remove_streams(const struct replaying *replaying);

// What it came to, with a summary of each state. Start with {0}.
struct replay_results {
    struct program_data data;
    struct program_results results;
    struct replay_summary summaries[HEAP_STATE_COUNT];
    const char *names[PROGRAM_MAX_COMMANDS]; // of the items, which outlive this
};

MUST_CHECK enum status replaying_read(const struct replaying *replaying, struct replay_results *ret_results,
                                      struct error *error);
void replay_results_release(struct replay_results *results);

// The open object gets "heap_states", an array with an object for each state.
void replay_results_write_json(struct json *json, const struct replaying *replaying,
                               const struct replay_results *results);

// ---- replay_text.c ----
//
// What `replay` says at its end: of each state of the heap the answer, then a table, at most 80 columns.

void replay_text_append(struct text *text, const struct replaying *replaying,
                        const struct replay_results *results, bool with_colour);

// Appends " takes 18.6 % less time per event than " and `than`, with the interval and what it does to memory.
void replay_gain_append(struct text *text, const struct replay_cell *cell, const char *than);

// ---- advise_text.c ----
//
// What `advise` says at its end.

struct advice {
    const char *trace;
    const struct advise_groups *groups;
    const struct advise_change *changes;
    const struct advise_judged *judged; // every part in every state
    size_t judged_count;
    const struct advise_validation *validation; // NULL: none was asked for
    const struct replay_summary *whole;         // what it refers to
};

void advise_text_append(struct text *text, const struct advice *advice, bool with_colour);

// ---- program_compare.c ----
//
// `compare A B` of two result files of `program`.

struct program_compare_options {
    double threshold; // 0.01 is 1 %
    bool force, json, all;
};

// Whether both arguments are named as such files are.
bool program_compare_is_meant(const struct invocation *invocation);

// Compares them; what it comes to goes into the invocation's output and exit code.
MUST_CHECK enum status program_compare_execute(struct invocation *invocation,
                                               const struct program_compare_options *options,
                                               struct error *error);

#endif
