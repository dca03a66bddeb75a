// One process measures one cell: the very first batch (the cold start), the empty pattern (the floor), a
// fixed number of warm-up batches, then the trials; when asked for, a traversal of the heap that they left
// behind. A heap that is to be littered is so before all of that. The random pattern gets a fresh stream of
// steps before each of these, drawn while no clock runs. The traversal of a fresh heap has a process of its
// own: before the cold start it would be the cold start.
#include "worker/private.h"

#include <stdalign.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "base/random.h"
#include "os/calls.h"
#include "os/counters.h"
#include "os/os.h"
#include "timing/probe.h"
#include "wire/gate.h"
#include "worker/litter.h"
#include "worker/traverse.h"

static const char no_bookkeeping[] = "no memory for the worker's own bookkeeping";

struct session {
    const struct measurement *measurement;
    struct batch_context context;
    uint16_t *steps; // NULL but for the random pattern
    size_t step_count;
    struct random random;
    alignas(16) unsigned char state[STRATEGY_STATE_BYTES];
};

static struct wire_end ended(enum outcome outcome, const char *reason)
{
    struct wire_end end = {.outcome = outcome};
    snprintf(end.reason, sizeof end.reason, "%s", reason);
    return end;
}

// Memory of the harness comes from here, never from the heap under test.
static void *map_memory(size_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

static size_t batch_steps(const struct measurement *measurement)
{
    return (size_t)measurement->cell.live_objects * RANDOM_STEPS_PER_OBJECT;
}

static bool session_open(struct session *session, const struct measurement *measurement)
{
    const struct wire_request *request = measurement->request;
    session->measurement = measurement;
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

// Draws a fresh stream of steps for up to a trial's batches, planted ones included.
static void draw_steps(struct session *session)
{
    for (size_t i = 0; i < session->step_count; i++)
        session->steps[i] = (uint16_t)random_below(&session->random, session->context.live_objects);
    session->context.steps = session->steps;
}

// How many objects the drawn stream allocates: in each batch, the steps that find their slot empty. Planted
// batches do not count: they are to make the same objects look slower.
static uint64_t count_objects(const struct session *session)
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

// What the trial's clock gave, or 0 where the kernel's clocks contradict it.
static uint64_t possible_ns(uint64_t time_ns, const struct gate_clocks *clocks)
{
    return gate_time_is_possible(time_ns, clocks) ? time_ns : 0;
}

static uint64_t time_batches(struct session *session, run_batches_function *run, uint32_t batches)
{
    const struct clock *clock = &session->measurement->clock;
    uint64_t wall_before_ns = os_wall_ns();
    struct instant begin = clock_begin(clock->kind);
    run(&session->context, batches);
    struct instant end = clock_end(clock->kind);
    if (end.ticks < begin.ticks)
        return 0;
    const struct gate_clocks clocks = {.wall_ns = os_wall_ns() - wall_before_ns};
    return possible_ns(clock_elapsed_some_ns(clock, begin, end), &clocks);
}

// The first run only brings the probe's own code back into the caches: a trial that spends its time in the
// kernel leaves them cold, and would be called disturbed for what it does itself.
static uint64_t time_probe(const struct clock *clock)
{
    probe_run();
    struct instant begin = clock_begin(clock->kind);
    probe_run();
    struct instant end = clock_end(clock->kind);
    return clock_elapsed_ns(clock, begin, end);
}

// The same loop, handles, payload and barriers on no allocation at all. It runs on a state of its own.
static uint64_t time_floor(struct session *session)
{
    const struct measurement *measurement = session->measurement;
    run_batches_function *run = measurement->floor->run[measurement->cell.pattern][measurement->size_index];
    alignas(16) unsigned char state[STRATEGY_STATE_BYTES] = {0};
    struct batch_context saved = session->context;
    session->context.state = state;
    draw_steps(session);
    run(&session->context, measurement->request->warmup_batches);
    draw_steps(session);
    uint64_t floor_ns = time_batches(session, run, measurement->request->batches);
    session->context = saved; // its objects share one word: what they read back means nothing
    return floor_ns;
}

static uint64_t unix_time_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

// What the kernel says of the process so far.
struct usage {
    uint64_t run_delay_ns;
    struct rusage resources;
    struct gate_clocks clocks;
};

static void read_usage_before(struct usage *ret_usage)
{
    ret_usage->run_delay_ns = os_run_delay_ns();
    getrusage(RUSAGE_SELF, &ret_usage->resources);
    ret_usage->clocks.cpu_ns = os_thread_cpu_ns();
    ret_usage->clocks.wall_ns = os_wall_ns();
}

// The other way round, so that the stretch of one reading holds that of the next.
static void read_usage_after(struct usage *ret_usage)
{
    ret_usage->clocks.wall_ns = os_wall_ns();
    ret_usage->clocks.cpu_ns = os_thread_cpu_ns();
    getrusage(RUSAGE_SELF, &ret_usage->resources);
    ret_usage->run_delay_ns = os_run_delay_ns();
}

// `trial` has its times and probes.
static void take_usage(struct trial *trial, const struct usage *before, const struct usage *after)
{
    const struct rusage *first = &before->resources, *last = &after->resources;
    struct gate_clocks clocks = {.wall_ns = after->clocks.wall_ns - before->clocks.wall_ns,
                                 .cpu_ns = after->clocks.cpu_ns - before->clocks.cpu_ns};
    trial->run_delay_ns = after->run_delay_ns - before->run_delay_ns;
    trial->stood_ns = gate_stood_ns(&clocks, trial->run_delay_ns);
    trial->minor_faults = (uint64_t)(last->ru_minflt - first->ru_minflt);
    trial->major_faults = (uint64_t)(last->ru_majflt - first->ru_majflt);
    trial->voluntary_switches = (uint64_t)(last->ru_nvcsw - first->ru_nvcsw);
    trial->involuntary_switches = (uint64_t)(last->ru_nivcsw - first->ru_nivcsw);
    uint64_t probes_ns = 2 * (trial->probe_before_ns + trial->probe_after_ns); // each runs twice
    clocks.cpu_ns = clocks.cpu_ns > probes_ns ? clocks.cpu_ns - probes_ns : 0;
    trial->total_ns = possible_ns(trial->total_ns, &clocks);
    if (trial->total_ns == 0 || trial->latency_ns > trial->total_ns)
        trial->total_ns = trial->latency_ns = 0;
}

static struct trial run_trial(struct session *session, run_batches_function *run, uint32_t index,
                              uint32_t repetition)
{
    const struct clock *clock = &session->measurement->clock;
    const struct wire_request *request = session->measurement->request;
    struct trial trial = {.index = index, .repetition = repetition};
    struct usage before, after;
    draw_steps(session);
    trial.objects = count_objects(session);
    trial.start_ns = unix_time_ns();
    read_usage_before(&before);
    int cpu_before = os_current_cpu();
    trial.probe_before_ns = time_probe(clock);

    struct instant begin = clock_begin(clock->kind);
    run(&session->context, 1);
    struct instant first = clock_end(clock->kind);
    run(&session->context, request->batches - 1 + request->extra_batches);
    struct instant end = clock_end(clock->kind);

    trial.probe_after_ns = time_probe(clock);
    int cpu_after = os_current_cpu();
    read_usage_after(&after);
    trial.total_ns = clock_elapsed_ns(clock, begin, end);
    trial.latency_ns = clock_elapsed_some_ns(clock, begin, first);
    take_usage(&trial, &before, &after);
    trial.migrated = cpu_before != cpu_after;
    trial.cpu = cpu_after < 0 ? UINT32_MAX : (uint32_t)cpu_after;
    return trial;
}

static struct wire_end check_objects(const struct session *session)
{
    if (session->context.out_of_memory)
        return ended(OUTCOME_OUT_OF_MEMORY, "the heap gave no memory for an object");
    if (session->context.mismatch)
        return ended(OUTCOME_CORRUPT, "an object did not hold what was written to it");
    return ended(OUTCOME_OK, "");
}

// One trial, and its repetitions while it is disturbed: all of them are sent. One that is void says nothing,
// so it is repeated also where no others are.
static struct wire_end run_until_clean(struct session *session, run_batches_function *run, uint32_t index)
{
    const struct measurement *measurement = session->measurement;
    const struct wire_request *request = measurement->request;
    bool timed = false;
    for (uint32_t repetition = 0; repetition <= GATE_MAX_REPETITIONS; repetition++) {
        struct trial trial = run_trial(session, run, index, repetition);
        struct wire_end end = check_objects(session);
        if (end.outcome != OUTCOME_OK)
            return end;
        measurement->send_trial(measurement->context, &trial);
        timed = timed || trial.total_ns > 0;
        if (gate_trial_is_clean(&trial, &request->limits) ||
            (repetition >= request->max_repetitions && !gate_trial_is_void(&trial)))
            break;
    }
    return timed
               ? ended(OUTCOME_OK, "")
               : ended(OUTCOME_SKIPPED, "the clock gave times that cannot be, whenever a trial was repeated");
}

// Counts one stretch of batches, untraced, then counts the system calls of the very same steps once more:
// tracing costs microseconds per call and would show in the processor's counters.
static struct wire_end take_census(struct session *session, run_batches_function *run)
{
    const struct measurement *measurement = session->measurement;
    struct census census = {.counted = true, .batches = measurement->request->batches};
    struct random random = session->random;
    struct os_counters counters;
    struct rusage before, after;
    os_counters_open(&counters, census.counters_reason, sizeof census.counters_reason);
    draw_steps(session);
    census.objects = count_objects(session);
    getrusage(RUSAGE_SELF, &after); // the first call of a function may itself fault
    getrusage(RUSAGE_SELF, &before);
    os_counters_start(&counters);
    run(&session->context, census.batches);
    os_counters_stop(&counters, &census.counters);
    getrusage(RUSAGE_SELF, &after);
    os_counters_close(&counters);
    census.minor_faults = (uint64_t)(after.ru_minflt - before.ru_minflt);
    census.major_faults = (uint64_t)(after.ru_majflt - before.ru_majflt);

    session->random = random;
    draw_steps(session);
    int error_number = os_calls_begin();
    if (error_number == 0) {
        run(&session->context, census.batches);
        os_calls_end();
    } else {
        snprintf(census.calls_reason, sizeof census.calls_reason, "ptrace: %s", strerror(error_number));
    }
    struct wire_end end = check_objects(session);
    if (end.outcome == OUTCOME_OK)
        measurement->send_census(measurement->context, &census);
    return end;
}

// The same history of the heap as in a process that is timed, without the clock.
static struct wire_end count_batches(struct session *session, run_batches_function *run)
{
    run(&session->context, 1);
    draw_steps(session);
    run(&session->context, session->measurement->request->warmup_batches);
    struct wire_end end = check_objects(session);
    return end.outcome == OUTCOME_OK ? take_census(session, run) : end;
}

static struct wire_end time_trials(struct session *session, run_batches_function *run,
                                   struct wire_setup *setup)
{
    const struct measurement *measurement = session->measurement;
    setup->cold_start_ns = time_batches(session, run, 1);
    setup->floor_ns = time_floor(session);
    measurement->send_setup(measurement->context, setup);

    draw_steps(session);
    run(&session->context, measurement->request->warmup_batches);
    struct wire_end end = check_objects(session);
    for (uint32_t i = 0; i < measurement->request->trials && end.outcome == OUTCOME_OK; i++)
        end = run_until_clean(session, run, i);
    return end;
}

// As many passes as a trial has batches, so about as many objects are read as a trial allocates.
static struct wire_end read_live_set(struct session *session, bool scattered)
{
    const struct measurement *measurement = session->measurement;
    const struct wire_request *request = measurement->request;
    const struct traverse_task task = {
        .strategy = measurement->strategy,
        .state = session->state,
        .object_bytes = measurement->cell.size_bytes,
        .live_objects = measurement->cell.live_objects,
        .passes = request->batches,
        .scattered = scattered,
        .words_are_written = measurement->cell.touch != TOUCH_none,
        .random = &session->random,
        .clock = &measurement->clock,
    };
    uint64_t elapsed_ns = 0, wall_before_ns = os_wall_ns();
    switch (traverse(&task, &elapsed_ns)) {
    case TRAVERSE_NO_MEMORY:
        session->context.out_of_memory = true;
        break;
    case TRAVERSE_NO_HARNESS_MEMORY:
        return ended(OUTCOME_OUT_OF_MEMORY, no_bookkeeping);
    case TRAVERSE_CORRUPT:
        session->context.mismatch = UINT64_MAX;
        break;
    case TRAVERSE_DONE:
        break;
    }
    struct wire_end end = check_objects(session);
    end.traverse_ns =
        possible_ns(elapsed_ns, &(struct gate_clocks){.wall_ns = os_wall_ns() - wall_before_ns});
    end.traverse_objects = (uint64_t)measurement->cell.live_objects * request->batches;
    return end;
}

static struct wire_end traverse_fresh(struct session *session, const struct wire_setup *setup)
{
    session->measurement->send_setup(session->measurement->context, setup);
    return read_live_set(session, false);
}

// The same litter for all allocators of a block, whose seed is the same.
static struct wire_end make_litter(const struct wire_request *request)
{
    enum { LITTER_STREAM = 1 };
    struct litter litter;
    switch (litter_heap(request->litter_bytes, random_derive_seed(request->seed, LITTER_STREAM), &litter)) {
    case LITTER_NO_MEMORY:
        return ended(OUTCOME_OUT_OF_MEMORY, "the heap gave no memory for the litter");
    case LITTER_NO_HARNESS_MEMORY:
        return ended(OUTCOME_OUT_OF_MEMORY, no_bookkeeping);
    case LITTER_DONE:
        break;
    }
    return ended(OUTCOME_OK, "");
}

struct wire_end measure(const struct measurement *measurement)
{
    const struct wire_request *request = measurement->request;
    const struct strategy_cells *strategy = measurement->strategy;
    run_batches_function *run = strategy->run[measurement->cell.pattern][measurement->size_index];
    struct session session = {0};
    struct wire_setup setup = {0};
    if (!session_open(&session, measurement))
        return ended(OUTCOME_OUT_OF_MEMORY, no_bookkeeping);
    draw_steps(&session);
    setup.resident_bytes = os_resident_bytes();
    heap_identify(&setup.heap);
    arrival_identify(&setup.arrival);
    if (measurement->cell.heap_state == HEAP_STATE_littered) {
        struct wire_end littered = make_litter(request);
        if (littered.outcome != OUTCOME_OK)
            return littered;
    }
    if (!strategy->prepare(session.state, measurement->cell.size_bytes, measurement->cell.live_objects))
        return ended(OUTCOME_OUT_OF_MEMORY, "the heap gave no memory to prepare the strategy");
    struct wire_end end;
    if (request->census)
        end = count_batches(&session, run);
    else if (request->traverse == WIRE_TRAVERSE_FRESH)
        end = traverse_fresh(&session, &setup);
    else
        end = time_trials(&session, run, &setup);
    if (end.outcome == OUTCOME_OK && request->traverse == WIRE_TRAVERSE_AGED)
        end = read_live_set(&session, true);
    strategy->finish(session.state, measurement->cell.size_bytes);
    return end;
}
