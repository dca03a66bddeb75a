// One worker at a time, each in a fresh process: the cost of starting one (about a millisecond) buys a heap
// without history, a new address layout, and a unit of replication that is honest (docs/methodology.md).
#include "runner/runner.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "begun_with.h"
#include "cell_delays.h"
#include "census.h"
#include "collect.h"
#include "gate/gate.h"
#include "heap_state.h"
#include "journal.h"
#include "os/os.h"
#include "plan/estimate.h"
#include "run_facts.h"
#include "signals.h"
#include "spawn.h"
#include "timing/clock.h"
#include "timing/probe.h"
#include "worker_cpus.h"

enum {
    DEFAULT_DEADLINE_SECONDS = 120,
    DEFAULT_WARMUP_BATCHES = 100,
    MOST_CPUS = 1024,
    PROBING_NS = 50000000,
    PROBES_AT_ONCE = 8,
    PROBES_PER_CHOICE = 3
};

#define REPETITION_CREDIT_NS UINT64_C(3000000000)

struct session {
    const struct plan *plan;
    const struct runner_options *options;
    struct clock clock;
    struct worker_cpus cpus;
    int32_t worker_cpu;               // of them, for the next worker
    uint32_t allowed_cpus[MOST_CPUS]; // the driver's, before it kept away from the worker's
    int allowed_count;
    uint32_t deadline_seconds;
    uint32_t warmup_batches;
    struct heap_state heaps[MOST_HEAPS]; // of the plan's
    struct journal journal;
    struct run run;
    bool *finished; // by plan order
    uint64_t start_ns;
    size_t resumed;
    size_t lost;         // of those that ran before the interruption
    size_t census_total; // cells whose census is to be taken
    struct duration_estimate estimate;
    struct gate_history *gate;
    struct cell_delays delays;
    uint64_t trials_ns;      // of all first tries so far
    uint64_t repetitions_ns; // of all repetitions
};

void run_release(struct run *run)
{
    if (!run)
        return;
    for (size_t i = 0; i < run->count; i++)
        process_record_release(&run->processes[i]);
    free(run->processes);
    free(run->censuses);
    *run = (struct run){0};
}

// ---- where to run ----

static uint64_t time_probe(const struct clock *clock)
{
    struct instant begin = clock_begin(clock->kind);
    probe_run();
    return clock_elapsed_ns(clock, begin, clock_end(clock->kind));
}

// So that the gate knows the machine before the first worker: some probes on the CPUs where one may run.
static void probe_machine(struct session *session)
{
    uint64_t end_ns = clock_monotonic_raw_ns() + PROBING_NS;
    for (int i = 0; i < session->cpus.count || clock_monotonic_raw_ns() < end_ns; i++) {
        if (session->cpus.count > 0)
            os_pin_to_cpu(session->cpus.cpus[i % session->cpus.count]);
        for (int k = 0; k < PROBES_AT_ONCE; k++)
            gate_add_probe(session->gate, time_probe(&session->clock));
    }
}

// The shortest of a few: an interrupt does not make a CPU slow.
static uint64_t probe_cpu(void *session_, uint32_t cpu)
{
    struct session *session = session_;
    uint64_t shortest_ns = UINT64_MAX;
    if (!os_pin_to_cpu(cpu))
        return UINT64_MAX;
    for (int i = 0; i < PROBES_PER_CHOICE; i++) {
        uint64_t probe_ns = time_probe(&session->clock);
        shortest_ns = probe_ns < shortest_ns ? probe_ns : shortest_ns;
    }
    return shortest_ns;
}

static void allow_driver_all_cpus(const struct session *session)
{
    if (session->allowed_count > 0)
        os_allow_cpus(session->allowed_cpus, session->allowed_count);
}

// Chooses the next worker's CPU and keeps the driver away from it.
static void place_worker(struct session *session)
{
    session->worker_cpu =
        worker_cpus_choose(&session->cpus, gate_limits_of(session->gate).probe_ns, probe_cpu, session);
    allow_driver_all_cpus(session);
    if (session->worker_cpu >= 0)
        os_avoid_cpu((uint32_t)session->worker_cpu);
}

// ---- one process ----

// On a machine that is never quiet, repeating would multiply the run's time without making a trial clean:
// repetitions may take a quarter of the time of the first tries, and a few seconds to begin with.
static uint32_t repetitions_allowed(const struct session *session)
{
    bool within_budget = session->repetitions_ns < session->trials_ns / 4 + REPETITION_CREDIT_NS;
    return session->options->repeat_disturbed && within_budget ? GATE_MOST_REPETITIONS : 0;
}

static struct wire_request request_for(const void *context, const struct planned_process *process)
{
    const struct session *session = context;
    const uint32_t batches =
        session->options->batches ? session->options->batches : plan_batches(process->cell.live_objects);
    const struct heap_state *heap = heap_state_of(session->heaps, process);
    struct wire_request request = {
        .probe_heap = heap && *heap->heap->library,
        .size_bytes = process->cell.size_bytes,
        .live_objects = process->cell.live_objects,
        .batches = batches,
        .warmup_batches = session->warmup_batches < batches ? session->warmup_batches : batches,
        .trials = process->trial_count,
        .cpu = session->worker_cpu,
        .seed = process->seed,
        .clock_kind = session->clock.kind,
        .ns_per_tick = session->clock.ns_per_tick,
        .most_repetitions = repetitions_allowed(session),
        .limits = gate_limits_of(session->gate),
        .extra_batches = process->extra_batches,
    };
    request.limits.run_delay_per_million += cell_delays_usual(&session->delays, &process->cell);
    const struct strategy *code =
        process->planted_code ? process->planted_code : &strategies[process->cell.strategy];
    snprintf(request.strategy, sizeof request.strategy, "%s", code->name);
    snprintf(request.touch, sizeof request.touch, "%s", touches[session->plan->request.touch].name);
    snprintf(request.pattern, sizeof request.pattern, "%s", patterns[process->cell.pattern].name);
    return request;
}

// A worker that cannot be started at all is the installation's fault, not the cell's.
static enum status spawn_failed(const char *worker_path, int error_number, struct process_record *record,
                                struct error *error)
{
    if (error_number == ENOENT || error_number == EACCES || error_number == ENOEXEC ||
        error_number == ENOTDIR)
        return error_set_errno(error, STATUS_ENVIRONMENT, error_number, "Build or install the program again.",
                               "cannot start the worker %s", worker_path);
    record->outcome = OUTCOME_NOT_STARTED;
    snprintf(record->reason, sizeof record->reason, "could not be started: %s", strerror(error_number));
    return STATUS_OK;
}

// Takes over the record.
static void keep_record(struct session *session, const struct process_record *record)
{
    for (size_t i = 0; i < record->trial_count; i++) {
        *(record->trials[i].repetition ? &session->repetitions_ns : &session->trials_ns) +=
            record->trials[i].total_ns;
        gate_add_probe(session->gate, record->trials[i].probe_before_ns);
        gate_add_probe(session->gate, record->trials[i].probe_after_ns);
    }
    cell_delays_add(&session->delays, record);
    session->finished[record->plan_order] = true;
    session->run.processes[session->run.count++] = *record;
}

// Starts a worker with the request and collects what it sends.
static enum status run_worker(const struct session *session, const struct planned_process *process,
                              const struct wire_request *request, struct process_record *record,
                              struct error *error)
{
    const struct heap_state *heap = heap_state_of(session->heaps, process);
    uint32_t trials = request->traverse == WIRE_TRAVERSE_FRESH ? 0 : process->trial_count;
    struct spawn_environment environment = heap_state_environment(heap, process->environment_padding);
    const struct plan_heap *variant = &session->plan->request.heaps[process->cell.heap];
    const char *worker_path = variant->worker ? variant->worker : session->options->worker_path;
    environment.variables = variant->variables;
    struct child child;
    int error_number = spawn_worker(worker_path, request, &environment, &child);
    if (error_number)
        return spawn_failed(worker_path, error_number, record, error);
    uint64_t steal_before = os_steal_ticks();
    struct collection collection = {record, trials, request->most_repetitions, session->deadline_seconds,
                                    heap};
    bool completed = collect(&child, &collection);
    record->steal_ticks = os_steal_ticks() - steal_before;
    if (completed)
        return STATUS_OK;
    return error_set(error, STATUS_INTERRUPTED, NULL, "interrupted by signal %d (%s)", signals_pending(),
                     strsignal(signals_pending()));
}

// In a process of its own, which has the same seed and layout: nothing that is timed elsewhere is disturbed.
static enum status traverse_fresh_heap(const struct session *session, const struct planned_process *process,
                                       struct process_record *record, struct error *error)
{
    struct process_record fresh = {.plan_order = process->order};
    struct wire_request request = request_for(session, process);
    request.traverse = WIRE_TRAVERSE_FRESH;
    enum status status = run_worker(session, process, &request, &fresh, error);
    record->traversal.fresh_ns = fresh.traversal.aged_ns; // the one that was asked for
    if (status == STATUS_OK && fresh.outcome != OUTCOME_OK) {
        record->outcome = fresh.outcome;
        snprintf(record->reason, sizeof record->reason, "fresh traversal: %.120s", fresh.reason);
    }
    return status;
}

static enum status measure_process(const struct session *session, const struct planned_process *process,
                                   struct process_record *record, struct error *error)
{
    const bool traverse = session->plan->request.traverse;
    struct wire_request request = request_for(session, process);
    request.traverse = traverse ? WIRE_TRAVERSE_AGED : WIRE_TRAVERSE_NOT;
    enum status status = run_worker(session, process, &request, record, error);
    if (status == STATUS_OK && traverse && record->outcome == OUTCOME_OK)
        status = traverse_fresh_heap(session, process, record, error);
    return status;
}

static enum status run_process(struct session *session, const struct planned_process *process,
                               struct error *error)
{
    struct process_record record = {.plan_order = process->order, .warmup_batches = session->warmup_batches};
    const struct heap_state *heap = heap_state_of(session->heaps, process);
    record.trials = calloc(process->trial_count * (size_t)(1 + GATE_MOST_REPETITIONS), sizeof *record.trials);
    if (!record.trials)
        return error_set_no_memory(error);
    enum status status = STATUS_OK;
    if (heap && !heap->usable) {
        record.outcome = OUTCOME_SKIPPED;
        memcpy(record.reason, heap->problem, sizeof record.reason);
    } else {
        place_worker(session);
        status = measure_process(session, process, &record, error);
    }
    if (status == STATUS_OK)
        status = journal_append(&session->journal, &record, error);
    if (status != STATUS_OK) {
        process_record_release(&record);
        return status;
    }
    keep_record(session, &record);
    return STATUS_OK;
}

// ---- progress ----

static double elapsed_seconds(const struct session *session)
{
    return (double)(clock_monotonic_raw_ns() - session->start_ns) * 1e-9;
}

static void report(const struct session *session, const struct planned_process *next,
                   double remaining_seconds)
{
    if (!session->options->progress)
        return;
    struct runner_progress progress = {
        .done = session->run.count + session->run.census_count,
        .total = session->plan->count + session->census_total,
        .next = next,
        .elapsed_seconds = elapsed_seconds(session),
        .remaining_seconds = remaining_seconds,
    };
    for (size_t i = 0; i < session->run.count; i++)
        progress.failed += session->run.processes[i].outcome != OUTCOME_OK;
    session->options->progress(session->options->progress_context, &progress);
}

// `first_left`: the first planned process that has not run.
static void report_progress(const struct session *session, size_t first_left)
{
    const struct plan *plan = session->plan;
    size_t censuses_left = session->census_total - session->run.census_count;
    report(session, first_left < plan->count ? &plan->processes[first_left] : NULL,
           estimate_seconds(&session->estimate, plan->processes + first_left, plan->count - first_left) +
               (double)censuses_left * CENSUS_EXPECTED_SECONDS);
}

static void report_census_progress(const void *session, const struct planned_process *next,
                                   double remaining_seconds)
{
    report(session, next, remaining_seconds);
}

// ---- the run ----

// The content has been checked against the plan.
static void take_resumed(struct session *session, struct journal_content *content)
{
    for (size_t i = 0; i < content->count; i++)
        keep_record(session, &content->records[i]);
    session->resumed = content->count;
    session->lost = content->lost;
    content->count = 0; // taken over
    for (size_t i = 0; i < content->census_count && session->census_total > 0; i++)
        session->run.censuses[session->run.census_count++] = content->censuses[i];
    const struct runner_damage damage = {session->options->journal_path, content->lost,
                                         content->cut_off_bytes};
    if (session->options->damage && (damage.lost_processes || damage.cut_off_bytes))
        session->options->damage(session->options->damage_context, &damage);
}

// `facts`: all that is known before the run.
static enum status open_journal(struct session *session, const struct facts *facts, struct error *error)
{
    const char *path = session->options->journal_path;
    if (!path)
        return STATUS_OK;
    CLEANUP(facts_release) struct facts begun_with = {0};
    enum status status = begun_with_collect(facts, session->options->worker_path, session->heaps,
                                            session->plan->request.heap_count, &begun_with, error);
    if (status != STATUS_OK)
        return status;
    if (!session->options->resume)
        return journal_create(&session->journal, path, session->plan, &begun_with, error);
    CLEANUP(journal_content_release) struct journal_content content = {0};
    status = journal_resume(&session->journal, path, session->plan, &begun_with, &content, error);
    if (status == STATUS_OK)
        take_resumed(session, &content);
    return status;
}

static void add_facts(const struct session *session, struct facts *facts)
{
    facts_set_format(facts, "plan.resumed_processes", "%zu", session->resumed);
    if (session->lost > 0)
        facts_set_format(facts, "plan.lost_processes", "%zu", session->lost);
    run_facts_add_clock(&session->clock, facts);
    if (session->worker_cpu >= 0)
        facts_set_format(facts, "worker.cpu", "%" PRId32, session->worker_cpu);
    facts_set_format(facts, "worker.cpus", "%d", session->cpus.count);
}

static int by_plan_order(const void *a, const void *b)
{
    const struct process_record *one = a, *two = b;
    return (one->plan_order > two->plan_order) - (one->plan_order < two->plan_order);
}

// After everything that is timed, so that it disturbs nothing.
static enum status take_censuses(struct session *session, struct error *error)
{
    const uint32_t deadline_seconds = session->deadline_seconds;
    const struct census_task task = {
        .plan = session->plan,
        .options = session->options,
        .deadline_seconds =
            deadline_seconds < CENSUS_DEADLINE_SECONDS ? deadline_seconds : CENSUS_DEADLINE_SECONDS,
        .journal = &session->journal,
        .run = &session->run,
        .heaps = session->heaps,
        .context = session,
        .request_for = request_for,
        .progress = report_census_progress,
    };
    return census_take(&task, error);
}

static int census_by_plan_order(const void *a, const void *b)
{
    const struct census *one = a, *two = b;
    return (one->plan_order > two->plan_order) - (one->plan_order < two->plan_order);
}

static enum status run_all(struct session *session, struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < session->plan->count && status == STATUS_OK; i++) {
        const struct planned_process *process = &session->plan->processes[i];
        if (session->finished[process->order])
            continue;
        double start_seconds = elapsed_seconds(session);
        report_progress(session, i);
        if (signals_pending())
            status = error_set(error, STATUS_INTERRUPTED, NULL, "interrupted by signal %d (%s)",
                               signals_pending(), strsignal(signals_pending()));
        else
            status = run_process(session, process, error);
        estimate_add(&session->estimate, process, elapsed_seconds(session) - start_seconds);
    }
    if (status == STATUS_OK && session->census_total > 0)
        status = take_censuses(session, error);
    if (status == STATUS_OK)
        report_progress(session, session->plan->count);
    return status;
}

static enum status run_beside_workers(struct session *session, struct error *error)
{
    struct signals signals;
    enum status status = signals_catch(&signals, error);
    if (status == STATUS_OK) {
        status = run_all(session, error);
        signals_release(&signals);
    }
    allow_driver_all_cpus(session);
    return status;
}

enum status runner_run(const struct plan *plan, const struct runner_options *options, struct facts *facts,
                       struct run *ret_run, struct error *error)
{
    struct session session = {
        .plan = plan,
        .options = options,
        .journal = JOURNAL_CLOSED,
        .deadline_seconds = options->deadline_seconds ? options->deadline_seconds : DEFAULT_DEADLINE_SECONDS,
        .warmup_batches = options->warmup_batches ? options->warmup_batches : DEFAULT_WARMUP_BATCHES,
    };
    CLEANUP(free_pointer) bool *finished = calloc(plan->count, sizeof *finished);
    CLEANUP(free_pointer) struct gate_history *gate = calloc(1, sizeof *gate);
    if (options->learned)
        session.estimate = *options->learned;
    session.finished = finished;
    session.gate = gate;
    session.run.processes = calloc(plan->count, sizeof *session.run.processes);
    session.census_total = options->take_census ? census_count_cells(plan) : 0;
    session.run.censuses = calloc(session.census_total + 1, sizeof *session.run.censuses);
    if (!finished || !gate || !session.run.processes || !session.run.censuses) {
        run_release(&session.run);
        return error_set_no_memory(error);
    }
    for (uint32_t i = 0; i < plan->request.heap_count; i++)
        heap_state_init(&session.heaps[i], &plan->request.heaps[i]);
    run_facts_add_plan(plan, session.warmup_batches, facts);
    enum status status = cell_delays_init(&session.delays, plan, error);
    if (status == STATUS_OK)
        status = open_journal(&session, facts, error);
    if (status == STATUS_OK) {
        session.clock = clock_calibrate(clock_choose());
        session.allowed_count = os_allowed_cpus(session.allowed_cpus, MOST_CPUS);
        worker_cpus_find(&session.cpus);
        probe_machine(&session);
        place_worker(&session);
        session.start_ns = clock_monotonic_raw_ns();
        add_facts(&session, facts);
        const struct cpu_times begin = cpu_times_now();
        status = run_beside_workers(&session, error);
        if (session.resumed == 0) // else it would be of a part of the run
            run_facts_add_other_load(begin, cpu_times_now(), facts);
    }
    journal_close(&session.journal);
    if (status == STATUS_OK || status == STATUS_INTERRUPTED)
        cell_delays_set(&session.delays, session.run.processes, session.run.count);
    cell_delays_release(&session.delays);
    if (status != STATUS_OK && status != STATUS_INTERRUPTED) {
        run_release(&session.run);
        return status;
    }
    session.run.limits = gate_limits_of(gate);
    if (options->take_census)
        census_add_facts(&session.run, facts);
    if (session.run.limits.probe_ns != UINT64_MAX)
        facts_set_format(facts, "gate.probe_limit_ns", "%" PRIu64, session.run.limits.probe_ns);
    qsort(session.run.censuses, session.run.census_count, sizeof *session.run.censuses, census_by_plan_order);
    qsort(session.run.processes, session.run.count, sizeof *session.run.processes, by_plan_order);
    heap_states_add_facts(session.heaps, plan, session.run.processes, session.run.count, facts);
    *ret_run = session.run;
    return status;
}
