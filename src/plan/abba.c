// Two variants as adjacent processes. In A B B A, what drifts linearly over the block hits both alike; the
// coin that chooses between it and B A A B is what the permutation test rests on (Fisher, The Design of
// Experiments, 21).
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/random.h"
#include "plan/private.h"

enum { VARIANT_A, VARIANT_B, VARIANT_COUNT };

static size_t list_cells(const struct plan_request *request, struct cell *ret_cells)
{
    size_t count = 0;
    for (int s = 0; s < STRATEGY_COUNT; s++)
        for (int p = 0; p < PATTERN_COUNT; p++)
            for (int z = 0; z < SIZE_COUNT; z++)
                if (request->strategies[s] && request->patterns[p] && request->sizes[z])
                    ret_cells[count++] = (struct cell){.strategy = (enum strategy_id)s,
                                                       .pattern = (enum pattern_id)p,
                                                       .size_bytes = object_sizes[z],
                                                       .live_objects = request->live_objects[0]};
    return count;
}

// The random stream is the same for all four: what differs inside a block is the variant and its place.
static void add_block(struct plan *plan, const struct cell *cell, uint32_t block, struct random *random)
{
    uint32_t outer = random_below(random, VARIANT_COUNT);
    uint64_t seed = random_next(random);
    uint32_t group = (uint32_t)(plan->count / ABBA_PROCESSES);
    for (uint32_t i = 0; i < ABBA_PROCESSES; i++) {
        bool at_end = i == 0 || i == ABBA_PROCESSES - 1;
        struct planned_process *process = &plan->processes[plan->count];
        *process = (struct planned_process){
            .order = (uint32_t)plan->count++,
            .replicate = 2 * block + (i >= ABBA_PROCESSES / 2), // a variant has one process in each half
            .group = group,
            .cell = *cell,
            .seed = seed,
            .environment_padding = random_below(random, ENVIRONMENT_PADDING_BYTES),
        };
        process->cell.heap = at_end ? outer : VARIANT_COUNT - 1 - outer;
        plan_set_iterations(&plan->request, process);
        plan_set_allocator_label(&plan->request, process);
    }
}

static enum status check(const struct plan_request *request, struct error *error)
{
    enum status status = plan_check_request(request, error);
    if (status == STATUS_OK && request->processes % 2 != 0)
        return error_set(error, STATUS_USAGE, "Give an even number.",
                         "--processes %u is odd, and each block has two processes of either variant",
                         request->processes);
    if (status == STATUS_OK && (request->heap_count != VARIANT_COUNT || request->live_count != 1))
        return error_set(error, STATUS_USAGE, "Compare more in several runs.",
                         "a live comparison has two variants and one number of live objects");
    return status;
}

enum status plan_build_abba(const struct plan_request *request, struct plan *ret_plan, struct error *error)
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
    for (uint32_t block = 0; block < blocks; block++) {
        random_shuffle(&random, cells, cell_count, sizeof *cells);
        for (size_t i = 0; i < cell_count; i++)
            add_block(&plan, &cells[i], block, &random);
    }
    *ret_plan = plan;
    return STATUS_OK;
}
