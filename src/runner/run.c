#include <stdlib.h>

#include "base/cleanup.h"
#include "runner/runner.h"

void run_release(struct run *run)
{
    if (!run)
        return;
    for (size_t i = 0; i < run->count; i++)
        process_record_release(&run->processes[i]);
    free(run->processes);
    for (size_t i = 0; i < run->measurement_count; i++)
        measurement_record_release(&run->measurements[i]);
    free(run->measurements);
    *run = (struct run){0};
}

static int by_plan_order(const void *a, const void *b)
{
    const struct process_record *one = a, *two = b;
    return (one->plan_order > two->plan_order) - (one->plan_order < two->plan_order);
}

static int measurement_by_plan_order(const void *a, const void *b)
{
    const struct measurement_record *one = a, *two = b;
    int order = (one->plan_order > two->plan_order) - (one->plan_order < two->plan_order);
    return order ? order : (one->kind > two->kind) - (one->kind < two->kind);
}

void run_sort(struct run *run)
{
    if (run->measurement_count > 0)
        qsort(run->measurements, run->measurement_count, sizeof *run->measurements,
              measurement_by_plan_order);
    if (run->count > 0)
        qsort(run->processes, run->count, sizeof *run->processes, by_plan_order);
}

double process_trial_seconds(const struct process_record *record)
{
    uint64_t total_ns = 0;
    for (size_t i = 0; i < record->trial_count; i++)
        total_ns += record->trials[i].total_ns;
    return (double)total_ns * 1e-9;
}

enum status run_whole_replicates(const struct plan *plan, const struct process_record *records, size_t count,
                                 uint32_t *ret_replicates, struct error *error)
{
    CLEANUP(free_pointer) bool *has_record = calloc(plan->count + plan->spare_count + 1, sizeof *has_record);
    if (!has_record)
        return error_set_no_memory(error);
    for (size_t i = 0; i < count; i++)
        has_record[records[i].plan_order] = true;
    uint32_t whole = plan->request.processes + plan->request.spare_processes;
    for (size_t i = 0; i < plan->count + plan->spare_count; i++)
        if (!has_record[i] && plan->processes[i].replicate < whole)
            whole = plan->processes[i].replicate;
    *ret_replicates = whole;
    return STATUS_OK;
}
