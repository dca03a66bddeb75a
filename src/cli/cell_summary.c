// The median of each process goes into one array that is sorted by cell and value, so that a cell's values
// lie next to each other and its median in their middle.
#include "cli/cell_summary.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "gate/gate.h"

struct process_value {
    size_t cell;
    double ns_per_object;
};

struct collection {
    double *scratch; // room for the trials of any process
    struct process_value *values;
    size_t value_count;
};

static int compare_numbers(const void *one, const void *other)
{
    double a = *(const double *)one, b = *(const double *)other;
    return (a > b) - (a < b);
}

static int compare_values(const void *one, const void *other)
{
    const struct process_value *a = one, *b = other;
    if (a->cell != b->cell)
        return a->cell < b->cell ? -1 : 1;
    return compare_numbers(&a->ns_per_object, &b->ns_per_object);
}

// False when the process has no usable trial.
static bool process_median(const struct process_record *process, const struct gate_limits *limits,
                           double *scratch, double *ret_median)
{
    size_t count = 0;
    for (size_t i = 0; i < process->trial_count; i++)
        if (process->trials[i].objects > 0 && gate_trial_stands(process, i, limits))
            scratch[count++] = (double)process->trials[i].total_ns / (double)process->trials[i].objects;
    if (count == 0)
        return false;
    qsort(scratch, count, sizeof *scratch, compare_numbers);
    *ret_median = (scratch[(count - 1) / 2] + scratch[count / 2]) / 2;
    return true;
}

static size_t most_trials(const struct process_record *processes, size_t count)
{
    size_t most = 0;
    for (size_t i = 0; i < count; i++)
        if (processes[i].trial_count > most)
            most = processes[i].trial_count;
    return most;
}

// Counts the run's process in its cell and, when it has a number, adds that to `values`.
static void add_process(const struct plan *plan, const struct process_record *process,
                        const struct gate_limits *limits, struct run_summary *summary,
                        struct collection *collection)
{
    if (process->plan_order >= plan->count)
        return;
    size_t slot = plan_cell_slot(&plan->request, &plan->processes[process->plan_order].cell);
    struct cell_summary *cell = &summary->cells[slot];
    cell->process_count++;
    if (process->outcome != OUTCOME_OK) {
        cell->failed_count++;
        if (!cell->first_failure)
            cell->first_failure = process;
        return;
    }
    double median;
    if (process_median(process, limits, collection->scratch, &median))
        collection->values[collection->value_count++] = (struct process_value){slot, median};
}

static void set_medians(struct run_summary *summary, struct process_value *values, size_t count)
{
    if (count)
        qsort(values, count, sizeof *values, compare_values);
    for (size_t first = 0, end; first < count; first = end) {
        for (end = first + 1; end < count && values[end].cell == values[first].cell;)
            end++;
        size_t last = end - 1;
        struct cell_summary *cell = &summary->cells[values[first].cell];
        cell->measured = true;
        cell->ns_per_object =
            (values[(first + last) / 2].ns_per_object + values[(first + last + 1) / 2].ns_per_object) / 2;
    }
}

static void count_cells(struct run_summary *summary)
{
    for (size_t i = 0; i < summary->slot_count; i++) {
        summary->cell_count += summary->cells[i].planned;
        summary->failed_cell_count += summary->cells[i].planned && summary->cells[i].failed_count > 0;
    }
}

void run_summary_release(struct run_summary *summary)
{
    free(summary->cells);
    *summary = (struct run_summary){0};
}

enum status run_summarize(const struct plan *plan, const struct run *run, struct run_summary *ret_summary,
                          struct error *error)
{
    CLEANUP(free_pointer)
    double *scratch = malloc((most_trials(run->processes, run->count) + 1) * sizeof *scratch);
    CLEANUP(free_pointer) struct process_value *values = malloc((run->count + 1) * sizeof *values);
    struct run_summary summary = {.slot_count = plan_cell_slots(&plan->request)};
    summary.cells = calloc(summary.slot_count, sizeof *summary.cells);
    if (!scratch || !values || !summary.cells) {
        run_summary_release(&summary);
        return error_set_no_memory(error);
    }
    for (size_t i = 0; i < plan->count; i++)
        summary.cells[plan_cell_slot(&plan->request, &plan->processes[i].cell)].planned = true;
    struct collection collection = {scratch, values, 0};
    for (size_t i = 0; i < run->count; i++)
        add_process(plan, &run->processes[i], &run->limits, &summary, &collection);
    set_medians(&summary, values, collection.value_count);
    count_cells(&summary);
    *ret_summary = summary;
    return STATUS_OK;
}
