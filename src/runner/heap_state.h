// The heaps of a run: what is known of each before it starts, and whether a worker's proof fits it. Private
// to the runner.
#ifndef RUNNER_HEAP_STATE_H
#define RUNNER_HEAP_STATE_H

#include <stdbool.h>

#include "base/facts.h"
#include "heaps/heaps.h"
#include "plan/plan.h"
#include "wire/record.h"
#include "worker_environment.h"

// The ways of failing at load, before the worker's main function has looked at its request: the same for
// every cell of a heap. A signal has its own number, an exit status follows LOAD_EXITED.
enum { LOADED = 0, LOAD_EXITED = 256, LOAD_TIMED_OUT = 512, LOAD_DID_NOT_SERVE };

struct heap_state {
    const struct plan_heap *heap;
    bool has_other_worker;              // whose own malloc is its affair
    bool usable;                        // otherwise its cells fail without a process
    uint32_t load_failures;             // processes in a row that failed at load in one way
    int load_failure;                   // that way
    char problem[PROCESS_REASON_BYTES]; // why not
    struct heap_file file;              // of a heap that is a library
    struct text tunables_expected;      // as of heap_tunables_expect
};

// Looks at the heap's library and tunables. `heap` must outlive the state. `worker_path` is the executable of
// its processes; `is_other`: another one than the program's own.
void heap_state_init(struct heap_state *state, const struct plan_heap *heap, const char *worker_path,
                     bool is_other);
void heap_states_release(struct heap_state *states, size_t count);

// The state of the heap that the process uses, among those of its plan's heaps; NULL when it uses none.
const struct heap_state *heap_state_of(const struct heap_state *states,
                                       const struct planned_process *process);

// What a worker of that process on that heap (may be NULL) is started with.
struct spawn_environment heap_state_environment(const struct heap_state *state,
                                                const struct planned_process *process);

// Whether the process's malloc is this heap's: the same file, the same build id, with free, calloc and
// realloc. False with the reason.
bool heap_state_fits(const struct heap_state *state, const struct heap_proof *proof,
                     char ret_reason[PROCESS_REASON_BYTES]);

// Whether the probe's objects came from the heap, and not from the C library through it. False with the
// reason.
bool heap_state_served(const struct heap_state *state, const struct heap_proof *proof,
                       char ret_reason[PROCESS_REASON_BYTES]);

// Takes note of how a process on the heap loaded: one that fails at load does so in every cell. After three
// in a row that fail in the same way the heap is usable no more, with their reason.
void heap_state_note_load(struct heap_state *state, int load_failure, const struct process_record *record);

// Adds what is known of each heap, and of the first process of each that proved it, to the facts
// "heap.NAME.…".
void heap_states_add_facts(const struct heap_state *states, const struct plan *plan,
                           const struct process_record *records, size_t record_count, struct facts *facts);

#endif
