// What the files of the worker share.
#ifndef WORKER_PRIVATE_H
#define WORKER_PRIVATE_H

#include <pthread.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <sys/resource.h>

#include "axes/axes.h"
#include "base/random.h"
#include "strategies/cells.h"
#include "timing/clock.h"
#include "wire/gate.h"
#include "wire/wire.h"

// ---- session.c: what the kinds of measurement share ----

enum { MAX_TEAM_CPUS = 1024 };

// CPUs for threads, in the order in which they are used; when there are no more, from the first again.
struct team_cpus {
    uint32_t count;
    uint32_t cpus[MAX_TEAM_CPUS];
};

struct measurement {
    const struct wire_request *request;
    struct cell cell; // what it asks for
    const struct strategy_cells *strategy;
    const struct strategy_cells *floor; // of the harness alone
    int size_index;
    struct clock clock;
    struct team_cpus cpus; // where the cell has several threads
    void *context;         // of the functions below
    void (*send_setup)(void *context, const struct wire_setup *setup);
    void (*send_trial)(void *context, const struct trial *trial);
    void (*send_value)(void *context, const struct measured_value *value);
};

// What the kernel says of a thread so far.
struct usage {
    uint64_t run_delay_ns;
    struct rusage resources;
    struct gate_clocks clocks;
};

// What a thread saw of its part in a trial.
struct part {
    struct instant begin, first, end; // `first`: of the first batch
    struct usage before, after;
    int cpu_before, cpu_after;
    uint64_t probe_before_ns, probe_after_ns; // 0 where the main thread does it
};

// One thread's. Where a cell has one thread it is the process's own; those of several lie one after the
// other.
struct session {
    const struct measurement *measurement;
    struct team *team; // NULL: there is one thread
    pthread_t thread;  // likewise not used
    bool is_pinned;
    bool is_prepared; // the strategy gave its memory
    struct part part;
    uint64_t own_ns;           // of this thread in all trials that count, together
    run_batches_function *run; // the cell's code
    struct batch_context context;
    uint16_t *steps; // NULL but for the random pattern
    size_t step_count;
    struct random random;
    struct wire_setup setup;
    alignas(16) unsigned char state[STRATEGY_STATE_BYTES];
    alignas(16) unsigned char floor_state[STRATEGY_STATE_BYTES]; // of the empty pattern
};

// Takes the memory of the harness for that thread, and fills in what does not depend on the kind. False when
// there is none.
bool session_open(struct session *session, const struct measurement *measurement, uint32_t thread);

// How many sessions there are.
uint32_t session_count(const struct session *first);

struct wire_end ended(enum outcome outcome, const char *reason);
extern const char no_bookkeeping[]; // a reason

// Memory of the harness comes from here, never from the heap under test. NULL when the system gives none.
void *map_memory(size_t bytes);

// Draws a fresh stream of steps for up to a trial's batches, planted ones included, in all sessions.
void draw_steps(struct session *first);

// How many objects the drawn streams allocate in a trial's batches.
uint64_t count_objects(const struct session *first);

// What the clock gave for a stretch, or 0 where the kernel's clocks contradict it.
uint64_t possible_ns(uint64_t time_ns, const struct gate_clocks *clocks);

// Whether all objects of all sessions came and held what was written to them.
struct wire_end check_objects(const struct session *first);

// The process before its first object. Each kind that is alone in its process sends it once, before all else.
void send_setup(struct session *session);

// A value of the metric, and that there is none.
void send_value(const struct session *session, enum measured_metric metric, uint32_t index, double value);
void send_absence(const struct session *session, enum measured_metric metric, const char *why);

// ---- team.c: several threads ----

typedef void team_task(struct session *session, void *argument);

// Start with {0}.
struct team {
    struct session *sessions;
    uint32_t count;
    uint32_t started; // threads
    struct passage *passages;
    pthread_mutex_t lock; // of the next five
    pthread_cond_t begun, done;
    uint64_t round;   // tasks so far
    uint32_t working; // threads that have not finished the last one
    bool is_over;
    team_task *task;
    void *argument;
    atomic_bool passages_ended;
    unsigned char apart[PASSAGE_LINE_BYTES];
    _Atomic(uint32_t) arrived; // at the barrier
    unsigned char apart_too[PASSAGE_LINE_BYTES];
    _Atomic(uint32_t) meetings;
};

// The CPUs that the calling process may use, `first` before all others and even if it is not among them, -1:
// none; then one of each core, then the rest.
void team_find_cpus(struct team_cpus *ret_cpus, int32_t first);

// Opens the sessions and starts the threads, each on a CPU of the measurement's. Not OUTCOME_OK, with a
// reason, when the system does not give them. To be closed in any case.
struct wire_end team_open(struct team *team, const struct measurement *measurement);
void team_close(struct team *team);

// Runs the task for each session, in its own thread, and waits for all. Where there is one thread, it is a
// call.
void team_run(struct session *first, team_task *task, void *argument);

// Inside a task: waits until all threads are here. Where there is one thread, it does nothing.
void team_meet(struct session *session);

// ---- the kinds of measurement, a file of the name each ----
//
// The strategy is prepared and its live set is empty. `after_trials`: in the same process as they; else the
// process is its own.

#define MEASUREMENT(name, ...) struct wire_end measure_##name(struct session *session, bool after_trials);
#include "measurements/measurements.def"

// ---- course.c: the course of a process ----

// Runs everything the request asks for. Between the first object and the last, nothing of the harness
// allocates. Returns how it went, with a reason when it is not OUTCOME_OK.
struct wire_end measure(const struct measurement *measurement);

// ---- heap_proof.c: whose malloc serves this process; see struct heap_proof ----

// Fills in which loaded file holds malloc, its build id, and whether the rest of the family is there too.
// Calls none of them.
void heap_identify(struct heap_proof *ret_heap);

// Fills in what of the environment reached this process, and whether it counts here.
void arrival_identify(struct arrival *ret_arrival);

// Asks malloc for objects, and two witnesses about them: the file that holds malloc, by its
// malloc_usable_size where it exports one, and the C library, whose books must not show them. Frees them
// again. Warms the heap: for after the last trial.
void heap_probe(struct wire_end *end);

#endif
