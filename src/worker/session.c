#include "worker/private.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "wire/gate.h"

const char no_bookkeeping[] = "no memory for the worker's own bookkeeping";

struct wire_end ended(enum outcome outcome, const char *reason)
{
    struct wire_end end = {.outcome = outcome};
    snprintf(end.reason, sizeof end.reason, "%s", reason);
    return end;
}

void *map_memory(size_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

static size_t batch_steps(const struct measurement *measurement)
{
    return (size_t)measurement->cell.live_objects * RANDOM_STEPS_PER_OBJECT;
}

// How many steps the batches of a trial take, planted ones included.
static size_t count_steps(const struct measurement *measurement)
{
    const size_t batches = (size_t)measurement->request->batches + measurement->request->extra_batches;
    switch (measurement->cell.pattern) {
    case PATTERN_random:
        return batch_steps(measurement) * batches;
    case PATTERN_exchange:
        return batches;
    default:
        return 0;
    }
}

// Threads that work on each other's objects have the same stream and begin with the same word; others have
// their own.
static uint64_t thread_seed(const struct measurement *measurement, uint32_t thread)
{
    enum { THREAD_STREAM = 1000 };
    const uint64_t seed = measurement->request->seed;
    const bool has_own = patterns[measurement->cell.pattern].threads == PATTERN_THREADS_EACH;
    return thread > 0 && has_own ? random_derive_seed(seed, THREAD_STREAM + thread) : seed;
}

bool session_open(struct session *session, const struct measurement *measurement, uint32_t thread)
{
    const uint64_t seed = thread_seed(measurement, thread);
    const size_t handle_bytes = measurement->cell.live_objects * sizeof *session->context.handles;
    session->measurement = measurement;
    session->run = measurement->strategy->run[measurement->cell.pattern][measurement->size_index];
    random_seed(&session->random, seed);
    session->context.state = session->state;
    session->context.live_objects = measurement->cell.live_objects;
    session->context.word = seed >> 1; // never all ones: that is how the slab says "no such key"
    session->context.thread = thread;
    session->context.thread_count = measurement->cell.threads;
    session->context.handles = map_memory(handle_bytes);
    if (!session->context.handles)
        return false;
    memset(session->context.handles, 0xff, handle_bytes);
    session->step_count = count_steps(measurement);
    if (session->step_count > 0)
        session->steps = map_memory(session->step_count * sizeof *session->steps);
    return session->steps || session->step_count == 0;
}

uint32_t session_count(const struct session *first)
{
    return first->team ? first->team->count : 1;
}

// Of the random pattern: the slots. Of an exchange: how far away the partner is, never the thread itself.
static void draw(struct session *session)
{
    const bool is_exchange = session->measurement->cell.pattern == PATTERN_exchange;
    const uint32_t bound = is_exchange ? session->context.thread_count - 1 : session->context.live_objects;
    for (size_t i = 0; i < session->step_count; i++)
        session->steps[i] = (uint16_t)(random_below(&session->random, bound) + is_exchange);
    session->context.steps = session->steps;
}

void draw_steps(struct session *first)
{
    for (uint32_t i = 0; i < session_count(first); i++)
        draw(&first[i]);
}

// In each batch, the steps that find their slot empty.
static uint64_t count_filling_steps(const struct session *session)
{
    const struct measurement *measurement = session->measurement;
    uint64_t objects = 0;
    size_t *filled = session->context.handles; // all HANDLE_NONE between batches, and again afterwards
    for (size_t i = 0; i < batch_steps(measurement) * measurement->request->batches; i++) {
        if (i % batch_steps(measurement) == 0)
            memset(filled, 0xff, measurement->cell.live_objects * sizeof *filled);
        objects += filled[session->steps[i]] == HANDLE_NONE;
        filled[session->steps[i]] = ~filled[session->steps[i]];
    }
    memset(filled, 0xff, measurement->cell.live_objects * sizeof *filled);
    return objects;
}

// Planted batches do not count: they are to make the same objects look slower.
uint64_t count_objects(const struct session *first)
{
    const struct measurement *measurement = first->measurement;
    const enum pattern_id pattern = (enum pattern_id)measurement->cell.pattern;
    uint64_t objects = 0;
    if (pattern != PATTERN_random)
        return (uint64_t)measurement->cell.live_objects * measurement->request->batches *
               pattern_allocating_threads(pattern, session_count(first));
    for (uint32_t i = 0; i < session_count(first); i++)
        objects += count_filling_steps(&first[i]);
    return objects;
}

uint64_t possible_ns(uint64_t time_ns, const struct gate_clocks *clocks)
{
    return gate_time_is_possible(time_ns, clocks) ? time_ns : 0;
}

struct wire_end check_objects(const struct session *first)
{
    bool out_of_memory = false, mismatch = false;
    for (uint32_t i = 0; i < session_count(first); i++) {
        out_of_memory = out_of_memory || first[i].context.out_of_memory;
        mismatch = mismatch || first[i].context.mismatch;
    }
    if (mismatch)
        return ended(OUTCOME_CORRUPT, "an object did not hold what was written to it");
    if (out_of_memory)
        return ended(OUTCOME_OUT_OF_MEMORY, "the heap gave no memory for an object");
    return ended(OUTCOME_OK, "");
}

void send_value(const struct session *session, enum measured_metric metric, uint32_t index, double value)
{
    const struct measured_value found = {.metric = metric, .index = index, .value = value};
    session->measurement->send_value(session->measurement->context, &found);
}

void send_absence(const struct session *session, enum measured_metric metric, const char *why)
{
    struct measured_value absent = {.metric = metric, .value = NAN};
    snprintf(absent.absence, sizeof absent.absence, "%s", why);
    session->measurement->send_value(session->measurement->context, &absent);
}

void send_setup(struct session *session)
{
    session->measurement->send_setup(session->measurement->context, &session->setup);
}
