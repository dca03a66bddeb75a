// Two variants as adjacent processes. In A B B A, what drifts linearly over the block hits both alike; the
// coin that chooses between it and B A A B is what the permutation test rests on (Fisher, The Design of
// Experiments, 21).
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/random.h"
#include "plan/private.h"

static size_t list_cells(const struct plan_request *request, struct cell *ret_cells)
{
    const struct axis_values *chosen = &request->axes[AXIS_strategy], *orders = &request->axes[AXIS_pattern],
                             *sizes = &request->axes[AXIS_size_bytes];
    size_t count = 0;
    struct cell cell = {0};
    for (int a = 0; a < AXIS_COUNT; a++)
        if (request->axes[a].count > 0)
            cell_set(&cell, (enum axis_id)a, request->axes[a].items[0]);
    for (uint32_t s = 0; s < chosen->count; s++)
        for (uint32_t p = 0; p < orders->count; p++)
            for (uint32_t z = 0; z < sizes->count; z++) {
                cell.strategy = chosen->items[s];
                cell.pattern = orders->items[p];
                cell.size_bytes = sizes->items[z];
                ret_cells[count++] = cell;
            }
    return count;
}

// The random stream is the same for all four: what differs inside a block is the variant and its place.
static void add_block(struct plan *plan, const struct variant variants[PLAN_SIDE_COUNT],
                      const struct cell *cell, uint32_t turn, struct random *random)
{
    uint32_t outer = random_below(random, PLAN_SIDE_COUNT);
    uint64_t seed = random_next(random);
    uint32_t block = (uint32_t)(plan->count / ABBA_PROCESSES);
    for (uint32_t i = 0; i < ABBA_PROCESSES; i++) {
        bool at_end = i == 0 || i == ABBA_PROCESSES - 1;
        struct planned_process *process = &plan->processes[plan->count];
        *process = (struct planned_process){
            .order = (uint32_t)plan->count++,
            .replicate = 2 * turn + (i >= ABBA_PROCESSES / 2), // a variant has one process in each half
            .block = block,
            .cell = *cell,
            .seed = seed,
            .environment_padding = random_below(random, ENVIRONMENT_PADDING_BYTES),
        };
        process->side = at_end ? outer : PLAN_SIDE_COUNT - 1 - outer;
        process->cell.heap = process->side;
        process->variant = variants[process->side];
        plan_set_iterations(&plan->request, process);
        snprintf(process->allocator, sizeof process->allocator, "%s", strategies[cell->strategy].name);
    }
}

static enum status check(const struct plan_request *request, struct error *error)
{
    enum status status = plan_check_request(request, error);
    if (status == STATUS_OK && request->processes % 2 != 0)
        return error_set(error, STATUS_USAGE, "Give an even number.",
                         "--processes %u is odd, and each block has two processes of either variant",
                         request->processes);
    if (status == STATUS_OK && request->heap_count != PLAN_SIDE_COUNT)
        return error_set(error, STATUS_USAGE, "Compare more in separate runs.",
                         "a live comparison has two variants");
    for (int a = 0; a < AXIS_COUNT && status == STATUS_OK; a++)
        if (axes[a].place == AXIS_PLACE_SWEPT && request->axes[a].count != 1)
            return error_set(error, STATUS_USAGE, "Compare more in separate runs.",
                             "a live comparison has one value of --%s", axes[a].option);
    return status;
}

enum status plan_build_abba(const struct plan_request *request,
                            const struct variant variants[PLAN_SIDE_COUNT], struct plan *ret_plan,
                            struct error *error)
{
    enum status status = check(request, error);
    if (status != STATUS_OK)
        return status;
    CLEANUP(free_pointer)
    struct cell *cells = calloc((size_t)STRATEGY_COUNT * PATTERN_COUNT * SIZE_COUNT, sizeof *cells);
    if (!cells)
        return error_set_no_memory(error);
    size_t cell_count = list_cells(request, cells);
    uint32_t blocks = request->processes / 2;
    struct plan plan = {.request = *request, .fingerprint = plan_fingerprint(request)};
    plan.processes = calloc(cell_count * blocks * ABBA_PROCESSES, sizeof *plan.processes);
    if (!plan.processes)
        return error_set_no_memory(error);
    struct random random;
    random_seed(&random, request->seed);
    for (uint32_t turn = 0; turn < blocks; turn++) {
        random_shuffle(&random, cells, cell_count, sizeof *cells);
        for (size_t i = 0; i < cell_count; i++)
            add_block(&plan, variants, &cells[i], turn, &random);
    }
    *ret_plan = plan;
    return STATUS_OK;
}
