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
#include "cell_measurements.h"
#include "collect.h"
#include "heap_state.h"
#include "journal.h"
#include "os/os.h"
#include "plan/time_left.h"
#include "provenance.h"
#include "runner/private.h"
#include "signals.h"
#include "spawn.h"
#include "timing/clock.h"
#include "wire/gate.h"

enum { DEFAULT_DEADLINE_SECONDS = 120, DEFAULT_WARMUP_BATCHES = 100 };

static const double min_estimate_interval_seconds = 0.1;

struct session {
    struct plan *plan;
    const struct runner_options *options;
    struct clock clock;
    struct placement placement;
    uint32_t deadline_seconds;
    uint32_t warmup_batches;
    struct heap_state heaps[MAX_HEAPS]; // of the plan's
    struct journal journal;
    struct run run;
    bool *finished; // by plan order
    uint64_t start_ns;
    uint64_t stood_ns; // since then, that driver or worker stood still: it is no work
    size_t resumed;
    size_t measurement_total; // processes of their own per cell, of all kinds
    struct time_left *left;
    struct runner_progress progress; // its time left as it was at `estimated_seconds`
    double estimated_seconds;        // of the time elapsed; negative: not yet
    struct gate_history *gate;
    struct cell_delays delays;
    struct repetitions repetitions;
    size_t failed;
};

// ---- one process ----

static struct gate_limits limits_for(const struct session *session, const struct cell *cell)
{
    struct gate_limits limits = gate_limits_of(session->gate);
    limits.run_delay_per_million += cell_delays_usual(&session->delays, cell);
    return limits;
}

static struct wire_request request_for(const void *context, const struct planned_process *process)
{
    const struct session *session = context;
    const uint32_t batches =
        session->options->batches ? session->options->batches : plan_batches(process->cell.live_objects);
    const struct heap_state *heap = heap_state_of(session->heaps, process);
    struct wire_request request = {
        .probe_heap = heap && *heap->heap->library,
        .batches = batches,
        .warmup_batches = session->warmup_batches < batches ? session->warmup_batches : batches,
        .trials = process->trial_count,
        .cpu = session->placement.worker_cpu,
        .seed = process->seed,
        .clock_kind = session->clock.kind,
        .ns_per_tick = session->clock.ns_per_tick,
        .max_repetitions =
            session->options->repeat_disturbed && repetitions_are_worthwhile(&session->repetitions)
                ? GATE_MAX_REPETITIONS
                : 0,
        .limits = limits_for(session, &process->cell),
        .extra_batches = process->variant.extra_batches,
        .footprint_bytes = session->plan->request.footprint_bytes,
        .leak_per_mille = process->variant.leak_per_mille,
        .slow_one_in = process->variant.slow_one_in,
        .litter_bytes = (uint64_t)session->plan->request.litter_mebibytes << 20,
    };
    struct cell cell = process->cell;
    if (process->variant.code)
        cell.strategy = (uint32_t)(process->variant.code - strategies);
    cell_format(&cell, request.cell);
    return request;
}

// Takes over the record.
static void keep_record(struct session *session, const struct process_record *record)
{
    const struct cell *cell = &session->plan->processes[record->plan_order].cell;
    const struct gate_limits limits = limits_for(session, cell);
    for (size_t i = 0; i < record->trial_count; i++) {
        const struct trial *trial = &record->trials[i];
        if (trial->repetition == 0)
            repetitions_add_first_try(&session->repetitions, gate_running_ns(trial),
                                      !gate_trial_is_clean(trial, &limits));
        else
            repetitions_add_repetition(&session->repetitions, gate_running_ns(trial));
        gate_add_probe(session->gate, trial->probe_before_ns);
        gate_add_probe(session->gate, trial->probe_after_ns);
    }
    cell_delays_add(&session->delays, record);
    session->failed += record->outcome != OUTCOME_OK;
    session->finished[record->plan_order] = true;
    session->run.processes[session->run.count++] = *record;
}

// Starts a worker with the request and collects what it sends.
static enum status run_worker(void *context, const struct planned_process *process,
                              const struct wire_request *request, struct process_record *record,
                              struct error *error)
{
    struct session *session = context;
    const struct heap_state *heap = heap_state_of(session->heaps, process);
    const struct spawn_environment environment = heap_state_environment(heap, process);
    const char *worker_path =
        process->variant.worker ? process->variant.worker : session->options->worker_path;
    struct child child;
    int error_number = spawn_worker(worker_path, request, &environment, &child);
    if (error_number)
        return spawn_failed(worker_path, error_number, record, error);
    uint64_t steal_before = os_steal_ticks();
    struct collection collection = {
        .record = record,
        .trials_planned = request->kind == MEASUREMENT_trials ? request->trials : 0,
        .kinds = MEASUREMENT_BIT(request->kind) | request->after_trials,
        .deadline_seconds = session->deadline_seconds,
        .stood_ns = &session->stood_ns,
        .heap = heap,
        .heap_name = session->plan->request.heaps[process->cell.heap].name,
        .environment = &environment,
        .stopped = session->options->stopped,
        .stopped_context = session->options->stopped_context,
    };
    bool completed = collect(&child, &collection);
    if (heap && completed)
        heap_state_note_load(&session->heaps[process->cell.heap], collection.load_failure, record);
    record->steal_ticks = os_steal_ticks() - steal_before;
    if (completed)
        return STATUS_OK;
    return error_set(error, STATUS_INTERRUPTED, NULL, "interrupted by signal %d (%s)", signals_pending(),
                     strsignal(signals_pending()));
}

static bool append_values(struct measured_values *values, const struct measured_values *more)
{
    bool added = true;
    for (size_t i = 0; i < more->count && added; i++)
        added = measured_values_add(values, &more->items[i]);
    return added;
}

// In a process of its own beside the one with the trials, which has the same seed and layout: nothing that is
// timed elsewhere is disturbed.
static enum status measure_beside(struct session *session, const struct planned_process *process,
                                  enum measurement_id kind, struct process_record *record,
                                  struct error *error)
{
    CLEANUP(process_record_release) struct process_record fresh = {.plan_order = process->order};
    struct wire_request request = request_for(session, process);
    request.kind = kind;
    enum status status = run_worker(session, process, &request, &fresh, error);
    if (status == STATUS_OK && fresh.outcome != OUTCOME_OK) {
        record->outcome = fresh.outcome;
        snprintf(record->reason, sizeof record->reason, "fresh %s: %.200s", measurement_kinds[kind].title,
                 fresh.reason);
    } else if (status == STATUS_OK && !append_values(&record->values, &fresh.values)) {
        status = error_set_no_memory(error);
    }
    return status;
}

static enum status measure_process(struct session *session, const struct planned_process *process,
                                   struct process_record *record, struct error *error)
{
    const uint32_t kinds = plan_measurements_with(session->plan, process);
    struct wire_request request = request_for(session, process);
    request.after_trials = kinds;
    enum status status = run_worker(session, process, &request, record, error);
    for (int kind = 0; kind < MEASUREMENT_COUNT && status == STATUS_OK; kind++)
        if (record->outcome == OUTCOME_OK && measurements_have(kinds, (enum measurement_id)kind))
            status = measure_beside(session, process, (enum measurement_id)kind, record, error);
    return status;
}

static enum status run_process(struct session *session, const struct planned_process *process,
                               struct error *error)
{
    struct process_record record = {.plan_order = process->order, .warmup_batches = session->warmup_batches};
    const struct heap_state *heap = heap_state_of(session->heaps, process);
    record.trials = calloc(process->trial_count * (size_t)(1 + GATE_MAX_REPETITIONS), sizeof *record.trials);
    if (!record.trials)
        return error_set_no_memory(error);
    enum status status = STATUS_OK;
    if (heap && !heap->usable) {
        record.outcome = OUTCOME_SKIPPED;
        memcpy(record.reason, heap->problem, sizeof record.reason);
    } else {
        placement_choose(&session->placement);
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
    return (double)(clock_monotonic_raw_ns() - session->start_ns - session->stood_ns) * 1e-9;
}

static void report(struct session *session, const struct planned_process *next)
{
    session->progress.done = session->run.count + session->run.measurement_count;
    session->progress.total = time_left_processes(session->left) + session->measurement_total;
    session->progress.failed = session->failed;
    session->progress.next = next;
    session->progress.elapsed_seconds = elapsed_seconds(session);
    session->options->progress(session->options->progress_context, &session->progress);
}

static void allow_more_replicates(struct session *session)
{
    if (session->run.measurement_count == 0) // made when everything that is timed was over
        time_left_allow_more(session->left, repetitions_saved_seconds(&session->repetitions),
                             plan_measurements_seconds(session->plan));
}

// The estimate looks at every cell, which is too much to do between any two of many short processes.
static void estimate_rest(struct session *session)
{
    struct runner_progress *progress = &session->progress;
    double now = elapsed_seconds(session), since = now - session->estimated_seconds;
    if (session->estimated_seconds >= 0 && since < min_estimate_interval_seconds)
        return;
    allow_more_replicates(session);
    double measurements_left = plan_measurements_seconds(session->plan);
    progress->remaining_seconds =
        time_left_seconds(session->left, &progress->remaining_is_rough) + measurements_left;
    session->estimated_seconds = now;
}

// `next`: NULL after the last process.
static void report_progress(struct session *session, const struct planned_process *next)
{
    if (!session->options->progress)
        return;
    estimate_rest(session);
    report(session, next);
}

static void report_measurement(void *session_, const struct planned_process *next, double remaining_seconds)
{
    struct session *session = session_;
    if (!session->options->progress)
        return;
    session->progress.remaining_seconds = remaining_seconds;
    session->progress.remaining_is_rough = false;
    report(session, next);
}

// ---- the run ----

static void add_replicate(struct session *session)
{
    const size_t first = session->plan->count;
    plan_add_replicate(session->plan);
    time_left_add_replicate(session->left, &session->plan->processes[first], session->plan->count - first);
}

// The content has been checked against the plan.
static void take_resumed(struct session *session, struct journal_content *content)
{
    for (size_t i = 0; i < content->count; i++) {
        const struct process_record *record = &content->records[i];
        while (record->plan_order >= session->plan->count)
            add_replicate(session);
        time_left_take_earlier(session->left, &session->plan->processes[record->plan_order],
                               process_trial_seconds(record));
        keep_record(session, record);
    }
    session->resumed = content->count;
    content->count = 0; // taken over
    for (size_t i = 0; i < content->measurement_count; i++)
        session->run.measurements[session->run.measurement_count++] = content->measurements[i];
    content->measurement_count = 0; // likewise
    if (session->options->damage && content->cut_off_bytes)
        session->options->damage(session->options->journal_path);
}

// `facts`: all that is known before the run.
static enum status open_journal(struct session *session, const struct facts *facts, struct error *error)
{
    const char *path = session->options->journal_path;
    if (!path)
        return STATUS_OK;
    CLEANUP(facts_release) struct facts provenance = {0};
    enum status status = provenance_collect(facts, session->options->worker_path, session->heaps,
                                            session->plan->request.heap_count, &provenance, error);
    if (status != STATUS_OK)
        return status;
    if (!session->options->resume)
        return journal_create(&session->journal, path, session->plan, &provenance, error);
    CLEANUP(journal_content_release) struct journal_content content = {0};
    if (session->plan->cut_processes > 0)
        status = journal_read(path, session->plan, &provenance, &content, error);
    else
        status = journal_resume(&session->journal, path, session->plan, &provenance, &content, error);
    if (status == STATUS_OK)
        take_resumed(session, &content);
    return status;
}

static void add_facts(const struct session *session, struct facts *facts)
{
    facts_set_format(facts, "plan.resumed_processes", "%zu", session->resumed);
    run_facts_add_clock(&session->clock, facts);
    if (session->placement.worker_cpu >= 0)
        facts_set_format(facts, "worker.cpu", "%" PRId32, session->placement.worker_cpu);
    facts_set_format(facts, "worker.cpus", "%d", session->placement.cpus.count);
}

// After everything that is timed, so that it disturbs nothing.
static enum status measure_cells(struct session *session, struct error *error)
{
    const struct cell_task task = {
        .plan = session->plan,
        .options = session->options,
        .deadline_seconds = session->deadline_seconds,
        .journal = &session->journal,
        .run = &session->run,
        .heaps = session->heaps,
        .context = session,
        .request_for = request_for,
        .run_worker = run_worker,
        .progress = report_measurement,
    };
    return cell_measurements_make(&task, error);
}

// What of the plan has not run yet.
static enum status run_planned(struct session *session, struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < session->plan->count && status == STATUS_OK; i++) {
        const struct planned_process *process = &session->plan->processes[i];
        if (session->finished[process->order])
            continue;
        double start_seconds = elapsed_seconds(session);
        report_progress(session, process);
        if (signals_pending())
            status = error_set(error, STATUS_INTERRUPTED, NULL, "interrupted by signal %d (%s)",
                               signals_pending(), strsignal(signals_pending()));
        else
            status = run_process(session, process, error);
        if (status == STATUS_OK)
            time_left_take(session->left, process, elapsed_seconds(session) - start_seconds);
    }
    return status;
}

// The plan, and what the time that loud hours saved allows beyond it.
static enum status run_all(struct session *session, struct error *error)
{
    enum status status = run_planned(session, error);
    for (allow_more_replicates(session); status == STATUS_OK && time_left_wants_more(session->left);
         allow_more_replicates(session)) {
        add_replicate(session);
        status = run_planned(session, error);
    }
    if (status == STATUS_OK && session->measurement_total > 0)
        status = measure_cells(session, error);
    if (status == STATUS_OK)
        report_progress(session, NULL);
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
    placement_end(&session->placement);
    return status;
}

// The worker of the variant that has the heap; NULL: the runner's.
static const char *variant_worker(const struct plan *plan, uint32_t heap)
{
    for (size_t i = 0; i < plan->count; i++)
        if (plan->processes[i].cell.heap == heap && plan->processes[i].variant.worker)
            return plan->processes[i].variant.worker;
    return NULL;
}

static void init_heap(struct session *session, uint32_t heap)
{
    const struct plan_request *request = &session->plan->request;
    const char *other = variant_worker(session->plan, heap);
    heap_state_init(&session->heaps[heap], &request->heaps[heap],
                    other ? other : session->options->worker_path, other != NULL);
}

enum status runner_run(struct plan *plan, const struct runner_options *options, struct facts *facts,
                       struct run *ret_run, struct error *error)
{
    struct session session = {
        .plan = plan,
        .options = options,
        .journal = JOURNAL_CLOSED,
        .estimated_seconds = -1,
        .deadline_seconds = options->deadline_seconds ? options->deadline_seconds : DEFAULT_DEADLINE_SECONDS,
        .warmup_batches = options->warmup_batches ? options->warmup_batches : DEFAULT_WARMUP_BATCHES,
    };
    const size_t max_processes = plan->count + plan->spare_count;
    CLEANUP(free_pointer) bool *finished = calloc(max_processes, sizeof *finished);
    CLEANUP(free_pointer) struct gate_history *gate = calloc(1, sizeof *gate);
    CLEANUP(free_pointer) struct time_left *left = malloc(sizeof *left);
    session.finished = finished;
    session.gate = gate;
    session.left = left;
    session.run.processes = calloc(max_processes, sizeof *session.run.processes);
    session.measurement_total = plan_count_measurements(plan);
    session.run.measurements = calloc(session.measurement_total + 1, sizeof *session.run.measurements);
    if (!finished || !gate || !left || !session.run.processes || !session.run.measurements) {
        run_release(&session.run);
        return error_set_no_memory(error);
    }
    time_left_init(left, plan, options->learned);
    for (uint32_t i = 0; i < plan->request.heap_count; i++)
        init_heap(&session, i);
    run_facts_add_plan(plan, session.warmup_batches, facts); // for the journal; the end adds replicates to it
    enum status status = cell_delays_init(&session.delays, plan, error);
    if (status == STATUS_OK)
        status = open_journal(&session, facts, error);
    if (status == STATUS_OK) {
        session.clock = clock_calibrate(clock_choose());
        placement_begin(&session.placement, options, &session.clock, session.gate);
        session.start_ns = clock_monotonic_raw_ns();
        add_facts(&session, facts);
        const struct cpu_times begin = cpu_times_now();
        status = run_beside_workers(&session, error);
        if (session.resumed == 0) // else it would be of a part of the run
            run_facts_add_other_load(begin, cpu_times_now(), facts);
    }
    journal_close(&session.journal);
    if (status == STATUS_OK || status == STATUS_INTERRUPTED)
        heap_states_add_facts(session.heaps, plan, session.run.processes, session.run.count, facts);
    heap_states_release(session.heaps, plan->request.heap_count);
    if (status == STATUS_OK || status == STATUS_INTERRUPTED)
        cell_delays_set(&session.delays, session.run.processes, session.run.count);
    cell_delays_release(&session.delays);
    if (status != STATUS_OK && status != STATUS_INTERRUPTED) {
        run_release(&session.run);
        return status;
    }
    run_facts_add_plan(plan, session.warmup_batches, facts);
    session.run.limits = gate_limits_of(gate);
    if (measurements_have(plan->request.measurements, MEASUREMENT_census))
        census_add_facts(&session.run, facts);
    if (session.run.limits.probe_ns != UINT64_MAX)
        facts_set_format(facts, "gate.probe_limit_ns", "%" PRIu64, session.run.limits.probe_ns);
    run_sort(&session.run);
    *ret_run = session.run;
    return status;
}
