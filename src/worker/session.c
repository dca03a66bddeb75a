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

bool session_open(struct session *session, const struct measurement *measurement)
{
    const struct wire_request *request = measurement->request;
    session->measurement = measurement;
    session->run = measurement->strategy->run[measurement->cell.pattern][measurement->size_index];
    random_seed(&session->random, request->seed);
    session->context.state = session->state;
    session->context.live_objects = measurement->cell.live_objects;
    session->context.word = request->seed >> 1; // never all ones: that is how the slab says "no such key"
    session->context.handles = map_memory(measurement->cell.live_objects * sizeof *session->context.handles);
    if (!session->context.handles)
        return false;
    memset(session->context.handles, 0xff, measurement->cell.live_objects * sizeof *session->context.handles);
    if (measurement->cell.pattern == PATTERN_random) {
        session->step_count = batch_steps(measurement) * (request->batches + request->extra_batches);
        session->steps = map_memory(session->step_count * sizeof *session->steps);
        if (!session->steps)
            return false;
    }
    return true;
}

void draw_steps(struct session *session)
{
    for (size_t i = 0; i < session->step_count; i++)
        session->steps[i] = (uint16_t)random_below(&session->random, session->context.live_objects);
    session->context.steps = session->steps;
}

// In each batch, the steps that find their slot empty. Planted batches do not count: they are to make the
// same objects look slower.
uint64_t count_objects(const struct session *session)
{
    const struct measurement *measurement = session->measurement;
    const struct wire_request *request = measurement->request;
    uint64_t objects = (uint64_t)measurement->cell.live_objects * request->batches;
    if (!session->steps)
        return objects;
    objects = 0;
    size_t *filled = session->context.handles; // all HANDLE_NONE between batches, and again afterwards
    for (size_t i = 0; i < batch_steps(measurement) * request->batches; i++) {
        if (i % batch_steps(measurement) == 0)
            memset(filled, 0xff, measurement->cell.live_objects * sizeof *filled);
        objects += filled[session->steps[i]] == HANDLE_NONE;
        filled[session->steps[i]] = ~filled[session->steps[i]];
    }
    memset(filled, 0xff, measurement->cell.live_objects * sizeof *filled);
    return objects;
}

uint64_t possible_ns(uint64_t time_ns, const struct gate_clocks *clocks)
{
    return gate_time_is_possible(time_ns, clocks) ? time_ns : 0;
}

struct wire_end check_objects(const struct session *session)
{
    if (session->context.out_of_memory)
        return ended(OUTCOME_OUT_OF_MEMORY, "the heap gave no memory for an object");
    if (session->context.mismatch)
        return ended(OUTCOME_CORRUPT, "an object did not hold what was written to it");
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
