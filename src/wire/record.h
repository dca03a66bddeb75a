// What one worker process gives back: plain data, shared by the worker, the runner, the journal and the
// results.
#ifndef WIRE_RECORD_H
#define WIRE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/elf_note.h"
#include "measurements/measurements.h"

// How a worker process ended. Everything but OUTCOME_OK is a failed process: data, not an error of the
// program.
enum outcome {
    OUTCOME_OK,
    OUTCOME_SKIPPED,       // this machine or build cannot run it
    OUTCOME_OUT_OF_MEMORY, // the heap under test gave no memory
    OUTCOME_CORRUPT,       // an object did not hold what was written to it
    OUTCOME_CRASHED,       // killed by a signal, or exited early
    OUTCOME_TIMED_OUT,     // exceeded its deadline
    OUTCOME_MALFORMED,     // sent something that is no record
    OUTCOME_NOT_STARTED,   // the system would not start it
    OUTCOME_COUNT
};

// "ok", "skipped", "out_of_memory", …: the word in the details file.
const char *outcome_name(enum outcome outcome);

// One trial: 1000 batches. Times are of the worker's clock, converted to nanoseconds.
struct trial {
    uint32_t index;        // 0-based in this process
    uint32_t repetition;   // 0; a trial that was disturbed is repeated with 1, 2, …
    uint32_t cpu;          // the CPU it ended on
    bool migrated;         // it began on another one
    uint64_t start_ns;     // Unix time at its start
    uint64_t total_ns;     // all batches; 0: the clock gave a time that cannot be, and none is known
    uint64_t latency_ns;   // the first batch; one tick of the clock where that saw none pass; 0 with total_ns
    uint64_t objects;      // objects allocated in all batches
    uint64_t minor_faults; // the next five: during the trial
    uint64_t major_faults;
    uint64_t voluntary_switches;
    uint64_t involuntary_switches;
    uint64_t run_delay_ns; // time it could have run and had no CPU; 0 when the system does not report it
    uint64_t stood_ns;     // time on the clock of the wall that it neither ran nor waited for a CPU
    uint64_t usual_delay_per_million; // of its time, that trials of its cell wait in any case; the runner's
    uint64_t probe_before_ns;         // the throughput probe, before and after the trial
    uint64_t probe_after_ns;
};

enum {
    PROCESS_REASON_BYTES = 240, // holds what the dynamic linker said
    HEAP_PATH_BYTES = 256,
    FUNCTION_NAME_BYTES = 16,
    VARIABLE_NAME_BYTES = 32,
};

// Whose malloc served a process. Identity is known before the first object; the probe runs after the last
// trial, since it would warm the heap.
struct heap_proof {
    char malloc_in[HEAP_PATH_BYTES];     // the loaded file that holds the resolved malloc
    char build_id[BUILD_ID_BYTES];       // of that file as it is in memory; empty when it has none
    char elsewhere[FUNCTION_NAME_BYTES]; // the first of free, calloc, realloc held by another file; or empty
    bool not_the_c_librarys;             // malloc is in another file than the C library
    uint32_t probes;                     // objects asked for by the probe; 0 when it did not run
    uint32_t probes_served;              // of these, the ones that file gave and knows
    uint64_t c_library_bytes;            // by which the C library's own heap grew meanwhile
};

// What reached a worker of the environment that it was started with.
struct arrival {
    bool is_secure;    // it has more rights than who started it: much of its environment counts for nothing
    bool has_tunables; // its C library is one that reads GLIBC_TUNABLES
    bool tunables_ignored;             // the C library's own books show other values than were asked for
    bool has_list;                     // the list of what was given to it (wire/given.h) is there
    char changed[VARIABLE_NAME_BYTES]; // the first of the list that is missing or another; empty when none is
};

// By which a trial counts as disturbed: src/wire/gate.h says how they are found.
struct gate_limits {
    uint64_t probe_ns;              // a throughput probe took longer
    uint64_t run_delay_per_million; // of the trial's time: it was without a CPU for longer
};

// No trial is disturbed by these, unless it migrated.
#define GATE_LIMITS_NONE ((struct gate_limits){UINT64_MAX, 1000000})

// One process. `trials` is owned; trial_count of them arrived, repetitions included, in the order of index
// and repetition. Some are missing when outcome is not OK.
struct process_record {
    uint32_t plan_order; // its index in the plan
    enum outcome outcome;
    char reason[PROCESS_REASON_BYTES]; // for a person; empty when outcome is OK
    uint64_t cold_start_ns;            // the very first batch of the process, before any warm-up
    uint64_t floor_ns;                 // 1000 batches of the empty pattern: the harness's own share
    uint64_t resident_bytes;           // resident set before the first object
    uint64_t steal_ticks;              // that the hypervisor took from the machine meanwhile
    uint32_t warmup_batches;
    struct heap_proof heap;
    struct trial *trials;
    size_t trial_count;
    struct measured_values values; // of what was measured with the trials; owned
};

// What a process of its own found of a cell, beside the trials; see measurements/measurements.h.
struct measurement_record {
    uint32_t plan_order; // of the process of the cell beside which it was made
    enum measurement_id kind;
    enum outcome outcome; // where it is not OK, there are no values
    char reason[PROCESS_REASON_BYTES];
    struct measured_values values; // owned
};

void process_record_release(struct process_record *record);
void measurement_record_release(struct measurement_record *record);

#endif
