// Runs the processes of a plan one after the other, each written into the journal before the next one starts.
#ifndef PROGRAM_MEASURE_H
#define PROGRAM_MEASURE_H

#include "program/data.h"

// Handed to the callback before each process.
struct program_progress {
    size_t done, total, failed;         // processes
    const struct program_planned *next; // about to start; NULL after the last one
    bool is_warmup;                     // before the plan: done and total count warm-ups
    double remaining_seconds;           // negative: not known yet
};
typedef void program_progress_function(void *context, const struct program_progress *progress);

// Told once the warm-ups have shown how long a process takes.
struct program_outlook {
    uint32_t subjects, heaps, blocks; // heaps: those that can be run; the system's counts twice
    double seconds;                   // expected
    double wanted_seconds;            // the time that it was fitted to; 0: the number of blocks was given
};
typedef void program_outlook_function(void *context, const struct program_outlook *outlook);

struct program_measure_options {
    const struct launch_tools *tools;
    const char *journal_path;
    bool resume;
    program_progress_function *progress; // may be NULL
    program_outlook_function *outlook;   // likewise
    void *context;
};

// Measures what the journal does not hold yet; `data` was begun and gets its processes, in the order of the
// plan, and facts about the measurement. `request->blocks` is decided where it is 0. Processes that fail are
// data; but when the command fails on the system's heap before anything is measured, that is an error, and so
// is a prepare or cleanup command that fails. STATUS_INTERRUPTED after SIGINT, SIGTERM or SIGHUP: the journal
// stays.
MUST_CHECK enum status program_measure(struct program_request *request,
                                       const struct program_subjects *subjects,
                                       const struct program_measure_options *options,
                                       struct program_data *data, struct error *error);

// The request of an interrupted run. Released by the caller, also after a failure.
MUST_CHECK enum status program_journal_request(const char *journal_path, struct program_request *ret_request,
                                               struct error *error);

// Whether both ask for the same. The numbers of blocks and seconds count only where `one` has blocks.
bool program_request_equals(const struct program_request *one, const struct program_request *other);

// Removes the journal once the results are stored. A missing one is fine.
MUST_CHECK enum status program_discard_journal(const char *journal_path, struct error *error);

// STATUS_USAGE when the pattern is no extended regular expression.
MUST_CHECK enum status program_pattern_check(const char *pattern, struct error *error);

// The number that the pattern finds last in the output: its first group where it has one. NaN when there is
// none. A comma counts as a decimal point where there is no other.
double program_find_number(const char *pattern, const char *output);

#endif
