// One process measures one cell, in the way of one kind of measurement: the heap is littered where the cell
// asks for that, the strategy is prepared, then the kind's own function runs, and after the trials those of
// the kinds that are measured in the same process.
#include "litter/litter.h"
#include "os/os.h"
#include "worker/private.h"

typedef struct wire_end measure_function(struct session *session, bool after_trials);

static measure_function *const functions[MEASUREMENT_COUNT] = {
#define MEASUREMENT(name, ...) measure_##name,
#include "measurements/measurements.def"
};

// ---- before ----

// The same litter for all allocators of a block, whose seed is the same. Each thread makes its share: a heap
// may keep what threads allocate apart.
static void make_litter(struct session *session, void *results)
{
    enum { LITTER_STREAM = 1 };
    const struct wire_request *request = session->measurement->request;
    const uint32_t thread = session->context.thread;
    struct litter litter;
    const struct litter_request wanted = {.bytes = request->litter_bytes / session->context.thread_count,
                                          .seed = random_derive_seed(request->seed, LITTER_STREAM + thread)};
    ((enum litter_result *)results)[thread] = litter_heap(&wanted, &litter);
}

static struct wire_end litter_all(struct session *first)
{
    enum litter_result results[MAX_CELL_THREADS];
    if (first->measurement->cell.heap_state != HEAP_STATE_littered)
        return ended(OUTCOME_OK, "");
    team_run(first, make_litter, results);
    for (uint32_t i = 0; i < session_count(first); i++)
        switch (results[i]) {
        case LITTER_NO_MEMORY:
            return ended(OUTCOME_OUT_OF_MEMORY, "the heap gave no memory for the litter");
        case LITTER_NO_HARNESS_MEMORY:
            return ended(OUTCOME_OUT_OF_MEMORY, no_bookkeeping);
        case LITTER_DONE:
            break;
        }
    return ended(OUTCOME_OK, "");
}

// Of a strategy that the threads share the first one prepares it for all. What a thread takes, it takes
// itself: heaps give memory from where the thread is.
static bool has_state(const struct session *session)
{
    return session->context.state == session->state;
}

static void prepare(struct session *session, void *unused)
{
    (void)unused;
    const struct measurement *measurement = session->measurement;
    const struct cell *cell = &measurement->cell;
    const bool is_shared = strategies[cell->strategy].threads == STRATEGY_THREADS_SHARED;
    const uint32_t live_objects = cell->live_objects * pattern_live_batches((enum pattern_id)cell->pattern) *
                                  (is_shared ? cell->threads : 1);
    session->is_prepared =
        !has_state(session) || measurement->strategy->prepare(session->state, cell->size_bytes, live_objects);
}

static void finish(struct session *session, void *unused)
{
    (void)unused;
    if (has_state(session))
        session->measurement->strategy->finish(session->state, session->measurement->cell.size_bytes);
}

static struct wire_end prepare_all(struct session *first)
{
    team_run(first, prepare, NULL);
    for (uint32_t i = 0; i < session_count(first); i++)
        if (!first[i].is_prepared)
            return ended(OUTCOME_OUT_OF_MEMORY, "the heap gave no memory to prepare the strategy");
    return ended(OUTCOME_OK, "");
}

// ---- the course ----

static struct wire_end measure_after_trials(struct session *session, struct wire_end end)
{
    const uint32_t kinds = session->measurement->request->after_trials;
    for (int kind = 0; kind < MEASUREMENT_COUNT && end.outcome == OUTCOME_OK; kind++)
        if (measurements_have(kinds, (enum measurement_id)kind))
            end = functions[kind](session, true);
    return end;
}

static struct wire_end run_course(struct session *first)
{
    const enum measurement_id kind = first->measurement->request->kind;
    draw_steps(first);
    first->setup.resident_bytes = os_resident_bytes();
    heap_identify(&first->setup.heap);
    arrival_identify(&first->setup.arrival);
    struct wire_end end = litter_all(first);
    if (end.outcome == OUTCOME_OK)
        end = prepare_all(first);
    if (end.outcome != OUTCOME_OK)
        return end;
    end = measure_after_trials(first, functions[kind](first, false));
    team_run(first, finish, NULL);
    return end;
}

struct wire_end measure(const struct measurement *measurement)
{
    struct session alone = {0};
    struct team team = {0};
    struct wire_end end;
    if (measurement->cell.threads == 1)
        return session_open(&alone, measurement, 0) ? run_course(&alone)
                                                    : ended(OUTCOME_OUT_OF_MEMORY, no_bookkeeping);
    if (measurement->request->kind != MEASUREMENT_trials || measurement->request->after_trials)
        return ended(OUTCOME_SKIPPED, "only trials are measured with several threads");
    end = team_open(&team, measurement);
    if (end.outcome == OUTCOME_OK)
        end = run_course(team.sessions);
    team_close(&team);
    return end;
}
