// What was measured, as the runner has it and as the result file holds it: the same structure, whichever it
// comes from.
#ifndef PROGRAM_DATA_H
#define PROGRAM_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/facts.h"
#include "base/text.h"
#include "heaps/heaps.h"
#include "program/program.h"

// What became of one process. The words are those of the file.
enum program_outcome {
    PROGRAM_OK,           // "ok"
    PROGRAM_FAILED,       // "failed": its exit code is another than asked for
    PROGRAM_CRASHED,      // "crashed": a signal ended it
    PROGRAM_TIMED_OUT,    // "timed_out"
    PROGRAM_NOT_STARTED,  // "not_started"
    PROGRAM_OTHER_OUTPUT, // "other_output": it gave out something else than on the system's heap
    PROGRAM_OUTCOME_COUNT
};

const char *program_outcome_name(enum program_outcome outcome);

// Who held malloc in the processes of one tree, in short.
struct program_service {
    uint32_t processes;                       // that were seen
    uint32_t served;                          // of them, by the heap that was asked for
    enum launch_service service;              // of the command's own program
    enum launch_service why_not;              // of the first that was not served; LAUNCH_SERVED: all were
    double served_cpu;                        // share of the CPU time that it served; NaN: unknown
    char file[LAUNCH_PATH_BYTES];             // that held malloc in the command's own program; empty: unknown
    char unserved_program[LAUNCH_PATH_BYTES]; // the first that was not served
};

// The word of the file: "heap", "other", "own", "static", "secure", "dropped", "format", "at_load",
// "refused".
const char *program_service_name(enum launch_service service);

struct program_process {
    struct program_planned planned;
    uint64_t start_ns; // Unix time
    enum program_outcome outcome;
    int exit_code;                   // of one that exited
    int signal_number;               // of one that crashed
    char cause[PROGRAM_CAUSE_BYTES]; // for a person; empty when ok
    bool has_output;                 // was read and hashed
    uint64_t output_bytes, output_hash;
    uint32_t lived_on; // processes that were there after it, and were ended
    struct program_service service;
    double values[PROGRAM_MAX_METRICS]; // NaN: not measured; in the order of the data's metrics
};

// A heap of the run.
struct program_heap {
    char name[HEAP_NAME_BYTES];
    char library[HEAP_LIBRARY_BYTES]; // its file; empty: the system's
    char tunables[HEAP_TUNABLES_BYTES];
    char version[HEAP_VERSION_BYTES]; // empty: unknown
    char problem[HEAP_PROBLEM_BYTES]; // why it could not be run; empty: it was
};

struct program_metric {
    char name[PROGRAM_METRIC_NAME_BYTES];
    char unit[16]; // "ns", "bytes", "count"; "" for one of the user's
    char label[64];
    bool higher_is_better;
    bool is_own; // the user's
};

// A subject as the data knows it.
struct program_measured {
    char *command; // as a shell takes it
    char *parameters;
};

// Start with {0}.
struct program_data {
    char *platform, *name;
    struct program_measured *subjects;
    uint32_t subject_count;
    struct program_heap heaps[MAX_HEAPS];
    uint32_t heap_count;
    struct program_metric metrics[PROGRAM_MAX_METRICS];
    uint32_t metric_count;
    bool check_output;
    bool is_server; // a client was timed
    struct program_process *processes;
    size_t count;
    struct facts facts;
};

void program_data_release(struct program_data *data);

// Fills everything but processes and facts; looks at the heaps' files. STATUS_NO_MEMORY is the only failure;
// what was filled is released by the caller in any case.
MUST_CHECK enum status program_data_begin(const struct program_request *request,
                                          const struct program_subjects *subjects,
                                          struct program_data *ret_data, struct error *error);

// Compares the exit codes and outputs of each subject with those of its first process on the system's heap,
// and gives processes that differ their outcome and cause. Where the system's heap does not always give the
// same by itself, outputs are not compared.
void program_check_work(struct program_data *data);

// Whether outputs of the subject were to be compared and cannot be: the system's heap does not always give
// the same.
bool program_output_is_unsteady(const struct program_data *data, uint32_t subject);

// ---- the result file (file.c) ----

enum { PROGRAM_FILE_FORMAT = 1 };

// Appends DIRECTORY/program_NAME.parquet.
void program_file_path(struct text *text, const char *directory, const char *name);

// Writes it: one row per process and metric, the facts as its metadata. Replaced whole or not at all.
MUST_CHECK enum status program_file_write(const char *path, const struct program_data *data,
                                          struct error *error);

// Reads it. STATUS_BAD_DATA when it is none of this program's.
MUST_CHECK enum status program_file_read(const char *path, struct program_data *ret_data,
                                         struct error *error);

// Whether a file's name is that of such a file: "program_….parquet".
bool program_file_is_named(const char *file_name);

#endif
