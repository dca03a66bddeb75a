// The trials: the very first batch (the cold start), the empty pattern (the floor), a fixed number of warm-up
// batches, then the trials. The random pattern gets a fresh stream of steps before each of these, drawn while
// no clock runs.
//
// Several threads run each of these together, each its part: a stretch lasts from when the first one begins,
// which is when all have met, to when the last one ends.
#include "worker/private.h"

#include <sys/resource.h>
#include <time.h>

#include "os/os.h"
#include "timing/probe.h"
#include "wire/gate.h"

// ---- stretches of batches ----

// Of all threads: from the first one's begin to the last one's end. 0 where the clock went back.
static uint64_t span_ns(const struct session *first, bool of_first_batch)
{
    const struct clock *clock = &first->measurement->clock;
    struct instant begin = first->part.begin, end = {0};
    for (uint32_t i = 0; i < session_count(first); i++) {
        const struct part *part = &first[i].part;
        const struct instant its_end = of_first_batch ? part->first : part->end;
        if (its_end.ticks < part->begin.ticks)
            return 0;
        if (part->begin.ticks < begin.ticks)
            begin = part->begin;
        if (its_end.ticks > end.ticks)
            end = its_end;
    }
    return clock_elapsed_some_ns(clock, begin, end);
}

struct stretch {
    run_batches_function *run;
    uint32_t batches;
};

static void run_stretch(struct session *session, void *stretch_)
{
    const struct stretch *stretch = stretch_;
    const enum clock_kind kind = session->measurement->clock.kind;
    team_meet(session);
    session->part.begin = clock_begin(kind);
    stretch->run(&session->context, stretch->batches);
    session->part.end = clock_end(kind);
}

static uint64_t time_batches(struct session *first, run_batches_function *run, uint32_t batches)
{
    struct stretch stretch = {run, batches};
    uint64_t wall_before_ns = os_wall_ns();
    team_run(first, run_stretch, &stretch);
    const struct gate_clocks clocks = {.wall_ns = os_wall_ns() - wall_before_ns};
    return possible_ns(span_ns(first, false), &clocks);
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

// The passages of all threads get the states of the empty pattern, or their own again.
static void use_floor_states(struct session *first, bool use)
{
    for (uint32_t i = 0; i < session_count(first); i++) {
        struct session *session = &first[i];
        if (use)
            session->context.state = session->floor_state;
        if (session->context.passages)
            session->context.passages[i].state = session->context.state;
    }
}

// The same loop, handles, payload and barriers on no allocation at all; of patterns whose threads pass
// objects to each other, what passing them takes. It runs on states of its own.
static uint64_t time_floor(struct session *first)
{
    const struct measurement *measurement = first->measurement;
    run_batches_function *run = measurement->floor->run[measurement->cell.pattern][measurement->size_index];
    struct batch_context saved[MAX_CELL_THREADS];
    for (uint32_t i = 0; i < session_count(first); i++)
        saved[i] = first[i].context;
    use_floor_states(first, true);
    draw_steps(first);
    time_batches(first, run, measurement->request->warmup_batches);
    draw_steps(first);
    uint64_t floor_ns = time_batches(first, run, measurement->request->batches);
    for (uint32_t i = 0; i < session_count(first); i++)
        first[i].context = saved[i]; // its objects share one word: what they read back means nothing
    use_floor_states(first, false);
    return floor_ns;
}

// ---- trials ----

static uint64_t unix_time_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void read_usage_before(struct usage *ret_usage)
{
    ret_usage->run_delay_ns = os_run_delay_ns();
    os_thread_usage(&ret_usage->resources);
    ret_usage->clocks.cpu_ns = os_thread_cpu_ns();
    ret_usage->clocks.wall_ns = os_wall_ns();
}

// The other way round, so that the stretch of one reading holds that of the next.
static void read_usage_after(struct usage *ret_usage)
{
    ret_usage->clocks.wall_ns = os_wall_ns();
    ret_usage->clocks.cpu_ns = os_thread_cpu_ns();
    os_thread_usage(&ret_usage->resources);
    ret_usage->run_delay_ns = os_run_delay_ns();
}

// Faults and switches of all threads; of what kept one from its work, the longest. `sum` and `delays_ns`: of
// all.
static void add_usage(struct trial *trial, const struct part *part, struct gate_clocks *sum,
                      uint64_t *delays_ns)
{
    const struct rusage *first = &part->before.resources, *last = &part->after.resources;
    const uint64_t run_delay_ns = part->after.run_delay_ns - part->before.run_delay_ns;
    const uint64_t wall_ns = part->after.clocks.wall_ns - part->before.clocks.wall_ns;
    trial->run_delay_ns = run_delay_ns > trial->run_delay_ns ? run_delay_ns : trial->run_delay_ns;
    trial->minor_faults += (uint64_t)(last->ru_minflt - first->ru_minflt);
    trial->major_faults += (uint64_t)(last->ru_majflt - first->ru_majflt);
    trial->voluntary_switches += (uint64_t)(last->ru_nvcsw - first->ru_nvcsw);
    trial->involuntary_switches += (uint64_t)(last->ru_nivcsw - first->ru_nivcsw);
    trial->migrated = trial->migrated || part->cpu_before != part->cpu_after;
    sum->wall_ns = wall_ns > sum->wall_ns ? wall_ns : sum->wall_ns;
    sum->cpu_ns += part->after.clocks.cpu_ns - part->before.clocks.cpu_ns;
    *delays_ns += run_delay_ns;
}

// `trial` has its probes. It stood still as far as no thread ran: one that sleeps until another gives up a
// lock does what is measured. What threads use of their CPUs says nothing of how long they took together.
static void take_parts(struct trial *trial, const struct session *first)
{
    struct gate_clocks clocks = {0};
    uint64_t delays_ns = 0;
    for (uint32_t i = 0; i < session_count(first); i++)
        add_usage(trial, &first[i].part, &clocks, &delays_ns);
    trial->stood_ns = gate_stood_ns(&clocks, delays_ns);
    uint64_t probes_ns = 2 * (trial->probe_before_ns + trial->probe_after_ns); // each runs twice
    clocks.cpu_ns = first->team || clocks.cpu_ns <= probes_ns ? 0 : clocks.cpu_ns - probes_ns;
    trial->total_ns = possible_ns(span_ns(first, false), &clocks);
    trial->latency_ns = span_ns(first, true);
    if (trial->total_ns == 0 || trial->latency_ns > trial->total_ns)
        trial->total_ns = trial->latency_ns = 0;
    trial->cpu = first->part.cpu_after < 0 ? UINT32_MAX : (uint32_t)first->part.cpu_after;
}

// One thread's part. The probes of several would run beside each other, and beside who has not ended yet.
static void run_part(struct session *session, void *unused)
{
    (void)unused;
    const struct clock *clock = &session->measurement->clock;
    const struct wire_request *request = session->measurement->request;
    run_batches_function *run = session->run;
    struct part *part = &session->part;
    read_usage_before(&part->before);
    part->cpu_before = os_current_cpu();
    if (!session->team)
        part->probe_before_ns = time_probe(clock);
    team_meet(session);

    struct instant begin = clock_begin(clock->kind);
    run(&session->context, 1);
    struct instant first = clock_end(clock->kind);
    run(&session->context, request->batches - 1 + request->extra_batches);
    struct instant end = clock_end(clock->kind);

    part->begin = begin;
    part->first = first;
    part->end = end;
    if (!session->team)
        part->probe_after_ns = time_probe(clock);
    part->cpu_after = os_current_cpu();
    read_usage_after(&part->after);
}

static struct trial run_trial(struct session *first, uint32_t index, uint32_t repetition)
{
    const struct clock *clock = &first->measurement->clock;
    struct trial trial = {.index = index, .repetition = repetition};
    draw_steps(first);
    trial.objects = count_objects(first);
    trial.start_ns = unix_time_ns();
    if (first->team)
        first->part.probe_before_ns = time_probe(clock);
    team_run(first, run_part, NULL);
    if (first->team)
        first->part.probe_after_ns = time_probe(clock);
    trial.probe_before_ns = first->part.probe_before_ns;
    trial.probe_after_ns = first->part.probe_after_ns;
    take_parts(&trial, first);
    return trial;
}

// One trial, and its repetitions while it is disturbed: all of them are sent. One that is void says nothing,
// so it is repeated also where no others are. Threads that share a CPU always wait for it: that is no
// disturbance.
static struct wire_end run_until_clean(struct session *first, uint32_t index)
{
    const struct measurement *measurement = first->measurement;
    const struct wire_request *request = measurement->request;
    const bool share_cpus = first->team && first->team->count > measurement->cpus.count;
    const uint32_t max_repetitions = share_cpus ? 0 : request->max_repetitions;
    bool timed = false;
    for (uint32_t repetition = 0; repetition <= GATE_MAX_REPETITIONS; repetition++) {
        struct trial trial = run_trial(first, index, repetition);
        struct wire_end end = check_objects(first);
        if (end.outcome != OUTCOME_OK)
            return end;
        measurement->send_trial(measurement->context, &trial);
        timed = timed || trial.total_ns > 0;
        if (gate_trial_is_clean(&trial, &request->limits) ||
            (repetition >= max_repetitions && !gate_trial_is_void(&trial)))
            break;
    }
    if (!timed)
        return ended(OUTCOME_SKIPPED, "the clock gave times that cannot be, whenever a trial was repeated");
    for (uint32_t i = 0; i < session_count(first); i++)
        first[i].own_ns += clock_elapsed_ns(&measurement->clock, first[i].part.begin, first[i].part.end);
    return ended(OUTCOME_OK, "");
}

// Of each of several threads: its own time, of which the trials' is that from the first begin to the last
// end.
static void send_own_times(const struct session *first)
{
    for (uint32_t i = 0; first->team && i < session_count(first); i++)
        send_value(first, MEASURED_trials_thread_ns, i, (double)first[i].own_ns);
}

struct wire_end measure_trials(struct session *first, bool after_trials)
{
    (void)after_trials; // these are they
    const struct wire_request *request = first->measurement->request;
    struct stretch warm_up = {first->run, request->warmup_batches};
    first->setup.cold_start_ns = time_batches(first, first->run, 1);
    first->setup.floor_ns = time_floor(first);
    send_setup(first);

    draw_steps(first);
    team_run(first, run_stretch, &warm_up);
    struct wire_end end = check_objects(first);
    for (uint32_t i = 0; i < request->trials && end.outcome == OUTCOME_OK; i++)
        end = run_until_clean(first, i);
    if (end.outcome == OUTCOME_OK)
        send_own_times(first);
    return end;
}
