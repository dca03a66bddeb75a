// Runs one command of the user once, on a given heap, and says what it took, what it gave out, and which file
// really held malloc in every process of its tree.
//
// The command is started by a small program of its own, the launcher, for three reasons. A child's ru_maxrss
// begins with what its parent had in memory when it was started, so that the parent must be small. Everything
// that the command leaves behind comes to the launcher, is counted, ended and reaped there, and nothing else
// is. And when this process ends, however that is, the launcher ends the command's tree.
//
// Every heap is watched in the same way, the system's too: the same launcher, the same witness preloaded, the
// same rate of samples. The witness takes some 0.1 to 0.2 ms of each process. Memory is sampled as PSS
// (/proc/PID/smaps_rollup, summed over the tree): first after LAUNCH_FIRST_SAMPLE_MS, then every
// LAUNCH_SAMPLE_MS, or after LAUNCH_SAMPLE_SHARE times the CPU time that the last sample took when that is
// longer, so that sampling has at most one hundredth of a CPU.
#ifndef LAUNCH_LAUNCH_H
#define LAUNCH_LAUNCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

enum {
    LAUNCH_PATH_BYTES = 320,
    LAUNCH_CAUSE_BYTES = 512,
    LAUNCH_REMEDY_BYTES = 256,
    LAUNCH_ERRORS_BYTES = 4096,  // of what it wrote to standard error: the end
    LAUNCH_KEPT_BYTES = 1 << 20, // of what it gave out: the end
    LAUNCH_MAX_SERVED = 16,      // rows of processes served alike; what is beyond is added to the last
    LAUNCH_FIRST_SAMPLE_MS = 5,
    LAUNCH_SAMPLE_MS = 50,
    LAUNCH_SAMPLE_SHARE = 100,
    LAUNCH_MIN_SAMPLES = 3, // of memory; with fewer its peak is absent
};

// ---- metrics ----

enum launch_metric {
#define LAUNCH_METRIC(id, name, unit, label, better) LAUNCH_METRIC_##id,
#include "launch/metrics.def"
#undef LAUNCH_METRIC
    LAUNCH_METRIC_COUNT
};

struct launch_metric_row {
    const char *name;
    const char *unit; // "ns", "bytes" or "count"
    const char *label;
    const char *better; // "lower" or "higher"
};

extern const struct launch_metric_row launch_metrics[LAUNCH_METRIC_COUNT];

// ---- what is asked for ----

enum launch_output {
    LAUNCH_OUTPUT_NULL,    // standard output is /dev/null
    LAUNCH_OUTPUT_PIPE,    // read to its end, counted and hashed, never stored but for its end
    LAUNCH_OUTPUT_INHERIT, // the caller's
    LAUNCH_OUTPUT_FILE     // `output_file`, written anew
};

// The files that belong to this program.
struct launch_tools {
    char launcher[1024]; // memalloc-bench-launcher
    char witness[1024];  // memalloc-bench-witness.so (.dylib on macOS)
    char recorder[1024]; // memalloc-bench-recorder.so, "" when it is not there: for record alone
};

struct launch_request {
    const struct launch_tools *tools;
    char *const *arguments; // of the command, ends with NULL; the first is found as execvp(3) does
    const char *shell;      // runs SHELL -c ARGUMENTS[0] instead; NULL: none
    const char *library;    // the heap's, preloaded before everything else; NULL or "": the system's
    const char *tunables;   // replaces GLIBC_TUNABLES; NULL or "": as in the caller's environment
    const struct string_list *variables; // NAME=VALUE, each replaces the caller's; NULL: none
    uint32_t padding;  // bytes of a variable that shifts the stack, up to LAUNCH_MAX_PADDING
    const char *input; // file for standard input; NULL: /dev/null
    enum launch_output output;
    const char *output_file;
    double timeout_seconds; // for all of it; 0: none
    bool is_attended;       // standard input and standard error are the caller's as well; `input` is not used
    bool keep_output;       // its last LAUNCH_KEPT_BYTES, for what is taken from it by a pattern; with
                            // LAUNCH_OUTPUT_PIPE

    // A server: the command runs until it is stopped. NULL client: none. Both are run by /bin/sh -c with the
    // caller's environment, on the caller's malloc.
    const char *ready;    // repeated until it exits with 0; NULL: the server is ready at once
    double ready_seconds; // how long that may take; 0: LAUNCH_READY_SECONDS
    const char *client;   // what is timed
    int stop_signal;      // ends the server; 0: SIGTERM

    int interrupt; // a descriptor that becomes readable when the user wants it to end (runner/signals.h); -1:
                   // none. It is polled, not read.
};

enum { LAUNCH_READY_SECONDS = 30, LAUNCH_STOP_SECONDS = 10, LAUNCH_MAX_PADDING = 4096 };

// ---- what came of it ----

enum launch_outcome {
    LAUNCH_EXITED,   // see exit_code; with a server the client's
    LAUNCH_SIGNALED, // see signal_number
    LAUNCH_TIMED_OUT,
    LAUNCH_NOT_STARTED, // see failure; also what is wrong with a server; also for what is wrong with a server
    LAUNCH_INTERRUPTED
};

enum launch_failure {
    LAUNCH_FAILURE_NONE,
    LAUNCH_FAILURE_NOT_FOUND,
    LAUNCH_FAILURE_NOT_EXECUTABLE, // a directory, or without the right to execute it
    LAUNCH_FAILURE_NO_INTERPRETER, // the script's or the program's interpreter is not there
    LAUNCH_FAILURE_BAD_FORMAT,     // neither a program of this machine nor a script that begins with #!
    LAUNCH_FAILURE_INPUT,          // the file for standard input cannot be opened
    LAUNCH_FAILURE_OUTPUT,         // nor the one for standard output
    LAUNCH_FAILURE_SYSTEM,         // anything else the system refused
    LAUNCH_FAILURE_NOT_READY,      // a server: `ready` did not succeed in time, or the server ended before
    LAUNCH_FAILURE_SERVER_ENDED,   // a server: it ended while the client ran
};

// Why processes were not served by the heap that was asked for.
enum launch_service {
    LAUNCH_SERVED,           // by `library`, or with none by the C library's
    LAUNCH_SERVED_OTHER,     // by the library in `file`: linked, or preloaded by the caller's environment
    LAUNCH_SERVED_OWN,       // the program defines malloc itself: `file` is the program
    LAUNCH_UNSERVED_STATIC,  // a static program loads no library
    LAUNCH_UNSERVED_SECURE,  // set-user-id, set-group-id or file capabilities: secure execution
    LAUNCH_UNSERVED_DROPPED, // whoever started it removed or replaced LD_PRELOAD
    LAUNCH_UNSERVED_FORMAT,  // of another architecture than the library
    LAUNCH_UNSERVED_AT_LOAD, // it ended badly while its libraries were loaded
    LAUNCH_UNSERVED_REFUSED, // the dynamic linker could not load the library; its words are in the record's
                             // errors
};

// Processes of the tree with the same program, the same file that holds malloc and the same service.
struct launch_served {
    enum launch_service service;
    uint32_t processes;
    char program[LAUNCH_PATH_BYTES];
    char file[LAUNCH_PATH_BYTES]; // that holds malloc; empty when not known
};

// Start with {0}; released by launch_record_release.
struct launch_record {
    enum launch_outcome outcome;
    enum launch_failure failure;
    int exit_code;
    int signal_number;
    bool present[LAUNCH_METRIC_COUNT];
    uint64_t values[LAUNCH_METRIC_COUNT]; // of the whole tree; with a server wall is the client's, the rest
                                          // the server's
    uint64_t output_bytes, output_hash;   // with LAUNCH_OUTPUT_PIPE; in server mode both programs' bytes
    uint32_t samples;                     // of memory
    uint32_t lived_on;                    // processes that were still there after the command, and were ended
    char lived_on_name[16];               // of one of them
    uint64_t watching_ns; // CPU time of the launcher while the command ran: samples, and reading its output
    int error_number;     // with LAUNCH_FAILURE_INPUT, …_OUTPUT and …_SYSTEM
    bool began;           // the command's own program was loaded with its libraries, as far as is known
    bool out_of_memory;   // the system killed a process for want of memory meanwhile

    // Who served. Rows are in order of the number of processes; the first one is the command's own program.
    // There are none when it was not started, or more processes reported than can be looked through (a
    // quarter million).
    uint32_t served_count;
    struct launch_served served[LAUNCH_MAX_SERVED];
    // Every process that was seen, by the heap that was asked for. Seen are all that loaded the witness, the
    // programs that those start (but by execl and the like), the command's own process, orphans, and what the
    // samples met. All that was not seen had less than 1 - served_cpu of the CPU time.
    bool all_served;
    // Share of the tree's CPU time in user mode of processes that said at their end that the heap served
    // them: not what they took before their first function, nor those that a signal ended. NaN when unknown.
    double served_cpu;

    // For a person. `cause` is empty when it exited with 0 and nothing lived on; no full stop at its end.
    char cause[LAUNCH_CAUSE_BYTES];
    char remedy[LAUNCH_REMEDY_BYTES];
    char errors[LAUNCH_ERRORS_BYTES]; // the end of standard error, whole lines where there are any

    struct text output; // with keep_output
};

void launch_record_release(struct launch_record *record);

// Finds a file that belongs to this program beside it and in ../libexec/memalloc-bench, by what access(2)
// says of `right`. STATUS_ENVIRONMENT when it is not there; `ret_path` then holds nothing of use.
MUST_CHECK enum status launch_find_file(const char *name, int right, char *ret_path, size_t capacity,
                                        struct error *error);

// Finds the launcher and the witness, and the recorder where there is one, beside this program and in
// ../libexec/memalloc-bench. STATUS_ENVIRONMENT when one is not there.
MUST_CHECK enum status launch_find_tools(struct launch_tools *ret_tools, struct error *error);

// Whether the first word is a program that can be started: STATUS_OK with its path; otherwise STATUS_USAGE
// with cause and remedy, and which failure it is. `ret_failure` may be NULL.
MUST_CHECK enum status launch_find_command(const char *name, struct text *ret_path,
                                           enum launch_failure *ret_failure, struct error *error);

// What is known of a program's file before it is started: why a heap will not serve it, or not all of it.
struct launch_program {
    enum launch_service service; // LAUNCH_SERVED when nothing speaks against it
    char own_heap[64]; // what it brings with it ("jemalloc", "Go's runtime"); empty: nothing is seen
};

// To be asked for the programs that a record's rows name: what the command names may be a script that starts
// others. Reads the file: program header, mode, capabilities, and the marks that allocators leave in a
// program that has them inside. Of a script it reads the interpreter. False when it cannot be read.
bool launch_examine(const char *path, struct launch_program *ret_program);

// One clause for a person, such as "is static and loads no library".
const char *launch_service_words(enum launch_service service);

// "SIGSEGV"; "signal 42" for one without a name. The string is static or in `buffer`.
const char *launch_signal_name(int number, char buffer[16]);

// Runs the command once. What the command did is data in `ret_record`, also when it could not be started.
// Errors are the program's own: STATUS_ENVIRONMENT, STATUS_NO_MEMORY. After an interrupt it returns STATUS_OK
// with LAUNCH_INTERRUPTED, when the whole tree has ended.
MUST_CHECK enum status launch_run(const struct launch_request *request, struct launch_record *ret_record,
                                  struct error *error);

#endif
