// What the files of the worker share.
#ifndef WORKER_PRIVATE_H
#define WORKER_PRIVATE_H

#include <stdalign.h>

#include "axes/axes.h"
#include "base/random.h"
#include "strategies/cells.h"
#include "timing/clock.h"
#include "wire/gate.h"
#include "wire/wire.h"

// ---- session.c: what the kinds of measurement share ----

struct measurement {
    const struct wire_request *request;
    struct cell cell; // what it asks for
    const struct strategy_cells *strategy;
    const struct strategy_cells *floor; // of the harness alone
    int size_index;
    struct clock clock;
    void *context; // of the functions below
    void (*send_setup)(void *context, const struct wire_setup *setup);
    void (*send_trial)(void *context, const struct trial *trial);
    void (*send_value)(void *context, const struct measured_value *value);
};

struct session {
    const struct measurement *measurement;
    run_batches_function *run; // the cell's code
    struct batch_context context;
    uint16_t *steps; // NULL but for the random pattern
    size_t step_count;
    struct random random;
    struct wire_setup setup;
    alignas(16) unsigned char state[STRATEGY_STATE_BYTES];
};

// Takes the memory of the harness, and fills in what does not depend on the kind. False when there is none.
bool session_open(struct session *session, const struct measurement *measurement);

struct wire_end ended(enum outcome outcome, const char *reason);
extern const char no_bookkeeping[]; // a reason

// Memory of the harness comes from here, never from the heap under test. NULL when the system gives none.
void *map_memory(size_t bytes);

// Draws a fresh stream of steps for up to a trial's batches, planted ones included.
void draw_steps(struct session *session);

// How many objects the drawn stream allocates in a trial's batches.
uint64_t count_objects(const struct session *session);

// What the clock gave for a stretch, or 0 where the kernel's clocks contradict it.
uint64_t possible_ns(uint64_t time_ns, const struct gate_clocks *clocks);

// Whether all objects came and held what was written to them.
struct wire_end check_objects(const struct session *session);

// The process before its first object. Each kind that is alone in its process sends it once, before all else.
void send_setup(struct session *session);

// A value of the metric, and that there is none.
void send_value(const struct session *session, enum measured_metric metric, uint32_t index, double value);
void send_absence(const struct session *session, enum measured_metric metric, const char *why);

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
