#include "commands/private.h"

#include <stdlib.h>

static void add_process(const struct plan *plan, const struct process_record *process,
                        struct failed_cells *failed)
{
    if (process->plan_order >= plan->count)
        return;
    struct cell_failures *cell =
        &failed->cells[plan_cell_slot(&plan->request, &plan->processes[process->plan_order].cell)];
    cell->process_count++;
    if (process->outcome == OUTCOME_OK)
        return;
    cell->failed_count++;
    if (!cell->first_failure)
        cell->first_failure = process;
}

void failed_cells_release(struct failed_cells *failed)
{
    free(failed->cells);
    *failed = (struct failed_cells){0};
}

enum status failed_cells_count(const struct plan *plan, const struct run *run,
                               struct failed_cells *ret_failed, struct error *error)
{
    struct failed_cells failed = {.slot_count = plan_cell_slots(&plan->request)};
    failed.cells = calloc(failed.slot_count, sizeof *failed.cells);
    if (!failed.cells)
        return error_set_no_memory(error);
    for (size_t i = 0; i < plan->count; i++)
        failed.cells[plan_cell_slot(&plan->request, &plan->processes[i].cell)].planned = true;
    for (size_t i = 0; i < run->count; i++)
        add_process(plan, &run->processes[i], &failed);
    for (size_t i = 0; i < failed.slot_count; i++) {
        failed.cell_count += failed.cells[i].planned;
        failed.failed_count += failed.cells[i].planned && failed.cells[i].failed_count > 0;
    }
    *ret_failed = failed;
    return STATUS_OK;
}
