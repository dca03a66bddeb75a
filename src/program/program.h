// Which malloc should a program run on? The program itself is run on each, again and again, and what it took
// is compared.
//
// A subject is one command with one value of each parameter. A block is one process of a subject on every
// heap, next to each other in random order, so that slow drift of the machine hits all alike (randomized
// complete block design); the system's heap runs twice in it, once under the name of a twin, which shows what
// the measurement makes of nothing. The blocks of all subjects take turns.
//
//     command line → request → plan → measurement, journal → file ‖ file → data → analysis → sentences,
//     tables
#ifndef PROGRAM_PROGRAM_H
#define PROGRAM_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "launch/launch.h"
#include "plan/plan.h"

enum {
    PROGRAM_MAX_SUBJECTS = 64,
    PROGRAM_MAX_COMMANDS = PROGRAM_MAX_SUBJECTS,
    PROGRAM_MAX_PARAMETERS = 4,
    PROGRAM_MAX_OWN_METRICS = 8,
    PROGRAM_MAX_METRICS = LAUNCH_METRIC_COUNT + PROGRAM_MAX_OWN_METRICS,
    PROGRAM_METRIC_NAME_BYTES = 48,
    PROGRAM_MIN_BLOCKS = 10, // of a run that is fitted to a time
    PROGRAM_MAX_BLOCKS = 40,
    PROGRAM_MIN_PAIRS = 6, // fewer have no interval
    PROGRAM_STANDARD_SECONDS = 300,
    PROGRAM_CAUSE_BYTES = 256,
};

// ---- what is asked for (request.c) ----

// A command as it was given: `{NAME}` in it stands for a parameter's value.
struct program_command {
    struct string_list words; // with a shell one word: what the shell runs
};

struct program_parameter {
    char *name;
    struct string_list values;
};

// A number that the program or its client prints.
struct program_own_metric {
    char name[PROGRAM_METRIC_NAME_BYTES];
    char
        *pattern; // extended regular expression; its first group, or all of it, is the number; the last match
    bool higher_is_better;
};

// Texts are owned, and NULL where nothing was asked for. Start with {0}.
struct program_request {
    char *platform; // of the machine
    char *name;     // of the run
    struct program_command commands[PROGRAM_MAX_COMMANDS];
    uint32_t command_count;
    struct program_parameter parameters[PROGRAM_MAX_PARAMETERS];
    uint32_t parameter_count;
    struct program_own_metric own_metrics[PROGRAM_MAX_OWN_METRICS];
    uint32_t own_metric_count;
    struct plan_heap heaps[MAX_HEAPS]; // the first one is the system's
    uint32_t heap_count;
    uint32_t blocks;  // processes per heap; 0: as many as fit `seconds`
    uint32_t warmups; // processes per heap before them
    double seconds;
    uint64_t seed;
    char *shell, *prepare, *cleanup, *input, *output_file, *ready, *client;
    enum launch_output output;
    int stop_signal; // 0: SIGTERM
    double timeout_seconds;
    bool ignore_failure;
    bool check_output;
};

void program_request_release(struct program_request *request);

// One command with one value of each parameter.
struct program_subject {
    struct string_list words;
    char *title;                                      // the command as a shell would take it, on one line
    char *parameters;                                 // "threads=2, size=10"; empty without any
    char *prepare, *cleanup, *input, *ready, *client; // with the values in their places; NULL: none
    uint32_t command;                                 // of the request
};

struct program_subjects {
    struct program_subject *items;
    uint32_t count;
};

// Every command with every combination of the parameters' values, in order. STATUS_USAGE when there are too
// many or a parameter stands nowhere.
MUST_CHECK enum status program_subjects_build(const struct program_request *request,
                                              struct program_subjects *ret_subjects, struct error *error);
void program_subjects_release(struct program_subjects *subjects);

// ---- words (words.c) ----

// Splits a command as a shell does that knows spaces, quotes and backslashes alone. STATUS_USAGE where a
// quote is not closed, or where something needs a shell.
MUST_CHECK enum status program_split_words(const char *command, struct string_list *ret_words,
                                           struct error *error);

// Appends the words as a shell takes them.
void program_append_command(struct text *text, const struct string_list *words);

// ---- the plan (plan.c) ----

struct program_planned {
    uint32_t order; // its index
    uint32_t block;
    uint32_t subject;
    uint32_t heap;
    bool twin;        // the system's heap once more
    uint32_t padding; // bytes that shift the stack
};

struct program_plan {
    struct program_planned *items;
    size_t count;
    uint32_t block_count;
};

// The same request, subjects and number of blocks give the same plan. `usable` tells for each heap whether it
// can be run at all. STATUS_NO_MEMORY is the only failure.
MUST_CHECK enum status program_plan_build(const struct program_request *request, uint32_t subject_count,
                                          const bool usable[MAX_HEAPS], uint32_t block_count,
                                          struct program_plan *ret_plan, struct error *error);
void program_plan_release(struct program_plan *plan);

// How many processes per heap fit the seconds, when a block takes `block_seconds`: PROGRAM_MIN_BLOCKS to
// PROGRAM_MAX_BLOCKS.
uint32_t program_fit_blocks(double seconds, double block_seconds);

#endif
