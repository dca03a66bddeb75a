#include "cell_measurements.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "runner/private.h"
#include "signals.h"
#include "timing/clock.h"

// What is left, and how long a process of each kind took on average; before one was seen, what is expected.
struct pace {
    size_t left[MEASUREMENT_COUNT];
    size_t made[MEASUREMENT_COUNT];
    double seconds[MEASUREMENT_COUNT];
};

static double seconds_left(const struct pace *pace)
{
    double seconds = 0;
    for (int kind = 0; kind < MEASUREMENT_COUNT; kind++) {
        double each = pace->made[kind] ? pace->seconds[kind] / (double)pace->made[kind]
                                       : measurement_kinds[kind].expected_seconds;
        seconds += each * (double)pace->left[kind];
    }
    return seconds;
}

static bool is_made(const struct run *run, enum measurement_id kind, uint32_t plan_order)
{
    for (size_t i = 0; i < run->measurement_count; i++)
        if (run->measurements[i].plan_order == plan_order && run->measurements[i].kind == kind)
            return true;
    return false;
}

static const struct process_record *record_of(const struct run *run, uint32_t plan_order)
{
    for (size_t i = 0; i < run->count; i++)
        if (run->processes[i].plan_order == plan_order)
            return &run->processes[i];
    return NULL;
}

// A process that is traced proves nothing: the one that is timed has proven the heap.
static struct wire_request request_of(const struct cell_task *task, const struct planned_process *process,
                                      enum measurement_id kind)
{
    const uint32_t max_batches = measurement_kinds[kind].max_batches;
    struct wire_request request = task->request_for(task->context, process);
    request.kind = kind;
    request.trials = 1;
    request.probe_heap = request.probe_heap && !measurement_kinds[kind].is_traced;
    if (max_batches > 0 && request.batches > max_batches)
        request.batches = max_batches;
    if (request.warmup_batches > request.batches)
        request.warmup_batches = request.batches;
    return request;
}

static enum status run_plain(const struct cell_task *task, const struct planned_process *process,
                             const struct wire_request *request, struct measurement_record *record,
                             struct error *error)
{
    CLEANUP(process_record_release) struct process_record found = {.plan_order = process->order};
    enum status status = task->run_worker(task->context, process, request, &found, error);
    record->outcome = found.outcome;
    memcpy(record->reason, found.reason, sizeof record->reason);
    if (found.outcome != OUTCOME_OK)
        return status;
    record->values = found.values;
    found.values = (struct measured_values){0};
    return status;
}

static enum status make(const struct cell_task *task, const struct planned_process *process,
                        enum measurement_id kind, struct measurement_record *record, struct error *error)
{
    const struct process_record *timed = record_of(task->run, process->order);
    const struct wire_request request = request_of(task, process, kind);
    enum status status = STATUS_OK;
    *record = (struct measurement_record){.plan_order = process->order, .kind = kind};
    if (!timed || timed->outcome != OUTCOME_OK) {
        record->outcome = timed ? timed->outcome : OUTCOME_SKIPPED;
        snprintf(record->reason, sizeof record->reason, "%s", timed ? timed->reason : "the cell did not run");
    } else if (measurement_kinds[kind].is_traced) {
        census_run(task, process, &request, record);
    } else {
        status = run_plain(task, process, &request, record, error);
    }
    if (status == STATUS_OK && signals_pending())
        status = error_set(error, STATUS_INTERRUPTED, NULL, "interrupted by signal %d (%s)",
                           signals_pending(), strsignal(signals_pending()));
    if (status == STATUS_OK)
        status = journal_append_measurement(task->journal, record, error);
    return status;
}

static enum status make_one(const struct cell_task *task, const struct planned_process *process,
                            enum measurement_id kind, struct pace *pace, struct error *error)
{
    CLEANUP(measurement_record_release) struct measurement_record record = {0};
    const uint64_t start_ns = clock_monotonic_raw_ns();
    task->progress(task->context, process, seconds_left(pace));
    enum status status = make(task, process, kind, &record, error);
    if (status != STATUS_OK)
        return status;
    task->run->measurements[task->run->measurement_count++] = record;
    record = (struct measurement_record){0};
    pace->left[kind]--;
    pace->made[kind]++;
    pace->seconds[kind] += (double)(clock_monotonic_raw_ns() - start_ns) * 1e-9;
    return STATUS_OK;
}

enum status cell_measurements_make(const struct cell_task *task, struct error *error)
{
    const struct plan *plan = task->plan;
    const size_t cells = plan->count * (size_t)MEASUREMENT_COUNT;
    CLEANUP(free_pointer) bool *is_due = calloc(cells, sizeof *is_due);
    struct pace pace = {0};
    if (!is_due)
        return error_set_no_memory(error);
    for (size_t i = 0; i < cells; i++) {
        const enum measurement_id kind = (enum measurement_id)(i / plan->count);
        const struct planned_process *process = &plan->processes[i % plan->count];
        is_due[i] = plan_measures_beside(plan, kind, process) && !is_made(task->run, kind, process->order);
        pace.left[kind] += is_due[i];
    }
    enum status status = STATUS_OK;
    for (size_t i = 0; i < cells && status == STATUS_OK; i++)
        if (is_due[i])
            status = make_one(task, &plan->processes[i % plan->count], (enum measurement_id)(i / plan->count),
                              &pace, error);
    return status;
}
