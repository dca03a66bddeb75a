// What the measurement says: for every subject, heap and metric the median, the ratio to the system's heap
// within blocks with its exact interval, and the verdict by the rule that holds everywhere
// (statistics/statistics.h): paired signed ranks, Holm over everything that the run tests, and no difference
// smaller than what the system's heap shows against itself. Then the answer in words.
#ifndef PROGRAM_ANALYSIS_H
#define PROGRAM_ANALYSIS_H

#include <stdio.h>

#include "base/json.h"
#include "program/data.h"
#include "statistics/statistics.h"

#define PROGRAM_SIGNIFICANCE 0.05
#define PROGRAM_THRESHOLD 0.01 // differences within 1 % either way do not matter
#define PROGRAM_REACH 0.025    // what may lie farther away than this is never called unchanged

struct program_value {
    size_t count;               // processes with a value
    double median;              // NaN: there is none
    struct interval interval;   // of the median, 95 %
    struct estimate ratio;      // to the system's heap in the same block, 95 %; NaN of the system's heap
    struct interval judged;     // of the ratio, 90 %: what the verdict rests on
    double p_value, adjusted_p; // adjusted over the whole run; NaN: not tested
    enum verdict verdict;       // "faster": the ratio is below 1
    size_t pairs_needed;        // of an inconclusive one; 0: none known
};

enum program_state {
    PROGRAM_MEASURED,
    PROGRAM_UNUSABLE, // the heap could not be run: its problem says why
    PROGRAM_BROKEN,   // the program did not always end as it should
    PROGRAM_UNSERVED, // the heap did not serve it: the numbers are not the heap's
    PROGRAM_STATE_COUNT
};
const char *program_state_name(enum program_state state); // "measured", …

struct program_heap_result {
    const struct program_heap *heap;
    bool twin;
    enum program_state state;
    size_t processes;
    size_t outcomes[PROGRAM_OUTCOME_COUNT];
    const struct program_process *failure;  // the first that did not end well; NULL: none
    const struct program_process *unserved; // the first of which not all was served; NULL: none
    size_t unserved_count;                  // such processes
    size_t lived_on_count;                  // processes that left others behind
    bool on_front; // no other one is better in time or memory and as good in the other
    struct program_value values[PROGRAM_MAX_METRICS];
};

enum program_answer {
    PROGRAM_ANSWER_BETTER,        // `best` takes less time
    PROGRAM_ANSWER_LESS_MEMORY,   // `best` takes less memory, and no more time
    PROGRAM_ANSWER_NO_DIFFERENCE, // all that could be measured are alike
    PROGRAM_ANSWER_NONE_BETTER,   // those that differ are worse
    PROGRAM_ANSWER_UNDECIDED,     // more processes are needed
    PROGRAM_ANSWER_UNSERVED,      // no heap served the program
    PROGRAM_ANSWER_NOTHING,       // nothing could be measured beside the system's heap
    PROGRAM_ANSWER_COUNT
};
const char *program_answer_name(enum program_answer answer); // "better", "less_memory", …

struct program_result {
    const struct program_data *data;
    const struct program_measured *subject;
    struct program_heap_result *heaps; // the system's, the others in order, at last the twin
    size_t heap_count;                 // with the twin
    size_t blocks;
    double thresholds[PROGRAM_MAX_METRICS]; // 0.01: 1 % either way
    struct null_cell twins[PROGRAM_MAX_METRICS];
    bool has_twin[PROGRAM_MAX_METRICS]; // enough pairs
    size_t time_metric, memory_metric;  // that the answer is about
    bool output_is_unsteady;            // the system's heap does not always give the same
    enum program_answer answer;
    size_t best;                  // of `heaps`
    struct string_list sentences; // the answer first, then what else is to be said
};

struct program_results {
    struct program_result *items;
    size_t count;
};

// Of every subject of the data, which it refers to. Released by the caller. STATUS_NO_MEMORY is the only
// failure.
MUST_CHECK enum status program_analyze(const struct program_data *data, struct program_results *ret_results,
                                       struct error *error);
void program_results_release(struct program_results *results);

// The words of the answer, and of everything a person should know (answer.c). Fills answer, best and
// sentences.
MUST_CHECK enum status program_answer_derive(struct program_result *result, struct error *error);

// "18.6 % less" or "3.1 % more" of something whose ratio this is.
void program_append_change(struct text *text, double ratio, int decimals);

// ---- files for others ----

// One object per subject, into the open array (docs/programs.md).
void program_results_write_json(struct json *json, const struct program_results *results);

// A row per subject, heap and metric, the header first where `with_header`.
void program_results_append_csv(struct text *text, const struct program_results *results, bool with_header);

// As hyperfine exports them, with the heap beside the command.
void program_export_json(struct text *text, const struct program_results *results);
void program_export_csv(struct text *text, const struct program_results *results);
void program_export_markdown(struct text *text, const struct program_results *results);

#endif
