// Between the files of this folder: those of the program, and those of the launcher that it starts.
#ifndef LAUNCH_PRIVATE_H
#define LAUNCH_PRIVATE_H

#include <sys/resource.h>
#include <sys/types.h>

#include "launch/launch.h"
#include "os/tree_counters.h"
#include "witness/witness.h"

// ---- exchange.c: what the program tells the launcher, and what comes back. Both are files, so that neither
// waits for the other's reading; both programs are of one build, so that structures go as they are ----

// The launcher's descriptors.
enum { TASK_DESCRIPTOR = 3, CHANNEL_DESCRIPTOR, RESULT_DESCRIPTOR };

// A text that is not given is "".
enum task_text {
    TASK_PROGRAM, // what is started
    TASK_LIBRARY,
    TASK_WITNESS,
    TASK_INPUT,
    TASK_OUTPUT_FILE,
    TASK_READY,
    TASK_CLIENT,
    TASK_TEXT_COUNT
};

// Start with {0}; released by task_release.
struct task {
    enum launch_output output;
    bool keep_output;
    bool is_attended;
    double timeout_seconds, ready_seconds;
    int stop_signal;
    struct string_list texts;       // TASK_TEXT_COUNT of them
    struct string_list arguments;   // of the command
    struct string_list environment; // of the command
};

void task_release(struct task *task);
const char *task_text(const struct task *task, enum task_text which);
MUST_CHECK bool task_write(int descriptor, const struct task *task); // false with errno
MUST_CHECK bool task_read(int descriptor, struct task *ret_task);    // false when it is none

// The record, but for its output, which is given by itself.
MUST_CHECK bool result_write(int descriptor, const struct launch_record *record, const char *output,
                             size_t output_bytes);
MUST_CHECK bool result_read(int descriptor, struct launch_record *ret_record);

// ---- environment.c ----

// The command's environment: the caller's, changed as the request says, with the witness and the library
// preloaded.
MUST_CHECK enum status environment_make(const struct launch_request *request,
                                        struct string_list *ret_environment, struct error *error);

// ---- examine.c ----

// What speaks against a heap's serving the program of that file; LAUNCH_SERVED when nothing does or it cannot
// be read. Of a script it is the interpreter; `ret_program` receives what would run.
enum launch_service examine_service(const char *path, char ret_program[LAUNCH_PATH_BYTES]);

// The interpreter that a script names after "#!"; false when the file is no script.
bool examine_interpreter(const char *path, char ret_interpreter[LAUNCH_PATH_BYTES]);

// ---- explain.c ----

// Fills in cause and remedy of a record.
void explain(const struct launch_request *request, struct launch_record *record);

// ---- the launcher: stream.c ----

// The end of what was given out. Start with {.limit = …}; released by tail_release. With a limit of 0 nothing
// is kept.
struct tail {
    size_t limit;
    char *bytes; // of 2 × limit
    size_t length;
    bool was_cut;
};

void tail_release(struct tail *tail);
void tail_append(struct tail *tail, const char *bytes, size_t length);
const char *tail_bytes(const struct tail *tail, size_t *ret_length);

// A 64-bit hash of a stream, the same however it is cut into parts. Start with {0}.
struct stream_hash {
    uint64_t state, pending, length;
};

void stream_hash_add(struct stream_hash *hash, const char *bytes, size_t length);
uint64_t stream_hash_value(const struct stream_hash *hash);

// ---- the launcher: start.c ----

// What the processes have at their beginning. Start with {-1, …}.
struct descriptors {
    int input;
    int output;
    int errors;
    int output_read; // our ends, not blocking; -1 where there is no pipe
    int errors_read;
};

void descriptors_release(struct descriptors *descriptors);

// Opens what the task asks for. Returns LAUNCH_FAILURE_NONE, or what failed with its errno number.
enum launch_failure descriptors_open(const struct task *task, struct descriptors *ret_descriptors,
                                     int *ret_error_number);

struct start {
    const char *program;
    char *const *arguments, *const *environment;
    int input, output, errors; // -1: /dev/null
};

// Starts it in a process group of its own, with default signals. Returns 0 or an errno number.
int start_process(const struct start *start, pid_t *ret_pid);

// ---- the launcher: reap.c, sample.c, watch.c ----

enum { MAX_PROCESSES = 1024, MAX_ENDED = 64, MAX_HELPERS = 16 };

// A process with the program that a sample saw in it.
struct sighting {
    pid_t pid;
    uint32_t times_without; // the witness in its map
    bool has_witness;       // when it was seen last
    char program[LAUNCH_PATH_BYTES];
};

// A child of the launcher: the command, or one whose parent ended before it.
struct ended_process {
    pid_t pid;
    int wait_status;
    char name[16];
};

struct process_end {
    pid_t pid; // 0: not started
    bool has_ended;
    int wait_status;
    uint64_t started_ns, ended_ns;
};

// Everything about one command. Start with {0}.
struct keeper {
    const struct task *task;
    struct launch_record *record;
    int child_events; // readable when a child has ended
    struct descriptors descriptors;
    struct os_tree_counters counters;

    struct process_end command, helper; // the helper: `ready` or `client`
    pid_t helpers[MAX_HELPERS];         // the last of them
    size_t helper_count;
    bool no_children; // everything has ended
    bool adopts;      // what loses its parent becomes a child of the launcher
    bool interrupted, timed_out;
    uint64_t deadline_ns; // UINT64_MAX: none

    struct rusage usage; // of all that ended, but for helpers
    struct ended_process ended[MAX_ENDED];
    size_t ended_count;

    uint64_t next_sample_ns;
    uint64_t peak_pss_bytes;
    bool has_pss;
    struct sighting *sightings; // of MAX_PROCESSES
    size_t sighting_count;

    struct stream_hash hash;
    struct tail output, errors;
};

// Waits until something happens, at most until that moment, and takes it: ended children, output, the time
// for a sample, the deadline, the user's wish to end.
void keeper_step(struct keeper *keeper, uint64_t until_ns);

bool keeper_must_stop(const struct keeper *keeper);

// Whether the process belongs to `ready` or `client`, by its group.
bool keeper_is_helpers(const struct keeper *keeper, pid_t group);

// Takes all children that have ended.
void reap(struct keeper *keeper);

// Reads what the pipes hold by now.
void read_rest(struct keeper *keeper);

// Kills all that is left and waits for it.
void end_tree(struct keeper *keeper);

// Sums the memory of the tree and looks at its programs.
void sample(struct keeper *keeper);

// ---- the launcher: server.c, keeper.c ----

// Waits until the started server is ready, runs the client and stops the server. Fills in what the record
// says of failures.
void serve(struct keeper *keeper);

// Runs the task's command to its end and fills in the record. `ret_output` receives what is kept of the
// output and is released by the caller.
void keeper_run(const struct task *task, struct launch_record *ret_record, struct tail *ret_output);

// ---- the launcher: served.c ----

// Who served, by the witness's reports and by what the samples saw.
void find_served(const struct keeper *keeper, const struct witness_report *reports, size_t count);

#endif
