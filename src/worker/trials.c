// The trials: the very first batch (the cold start), the empty pattern (the floor), a fixed number of warm-up
// batches, then the trials. The random pattern gets a fresh stream of steps before each of these, drawn while
// no clock runs.
#include "worker/private.h"

#include <stdalign.h>
#include <sys/resource.h>
#include <time.h>

#include "os/os.h"
#include "timing/probe.h"
#include "wire/gate.h"

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

static struct trial run_trial(struct session *session, uint32_t index, uint32_t repetition)
{
    const struct clock *clock = &session->measurement->clock;
    const struct wire_request *request = session->measurement->request;
    run_batches_function *run = session->run;
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

// One trial, and its repetitions while it is disturbed: all of them are sent. One that is void says nothing,
// so it is repeated also where no others are.
static struct wire_end run_until_clean(struct session *session, uint32_t index)
{
    const struct measurement *measurement = session->measurement;
    const struct wire_request *request = measurement->request;
    bool timed = false;
    for (uint32_t repetition = 0; repetition <= GATE_MAX_REPETITIONS; repetition++) {
        struct trial trial = run_trial(session, index, repetition);
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

struct wire_end measure_trials(struct session *session, bool after_trials)
{
    (void)after_trials; // these are they
    const struct wire_request *request = session->measurement->request;
    session->setup.cold_start_ns = time_batches(session, session->run, 1);
    session->setup.floor_ns = time_floor(session);
    send_setup(session);

    draw_steps(session);
    session->run(&session->context, request->warmup_batches);
    struct wire_end end = check_objects(session);
    for (uint32_t i = 0; i < request->trials && end.outcome == OUTCOME_OK; i++)
        end = run_until_clean(session, i);
    return end;
}
