// Which process runs when: block after block, the subjects of a block in random order, and in a subject every
// heap once, the system's twice, in random order.
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/random.h"
#include "program/program.h"

// A heap of a block, the twin as one more.
struct place {
    uint32_t heap;
    bool twin;
};

static uint32_t list_places(const struct program_request *request, const bool usable[MAX_HEAPS],
                            struct place places[MAX_HEAPS + 1])
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < request->heap_count; i++)
        if (usable[i])
            places[count++] = (struct place){i, false};
    places[count++] = (struct place){0, true};
    return count;
}

void program_plan_release(struct program_plan *plan)
{
    free(plan->items);
    *plan = (struct program_plan){0};
}

enum status program_plan_build(const struct program_request *request, uint32_t subject_count,
                               const bool usable[MAX_HEAPS], uint32_t block_count,
                               struct program_plan *ret_plan, struct error *error)
{
    struct place places[MAX_HEAPS + 1];
    uint32_t place_count = list_places(request, usable, places), subjects[PROGRAM_MAX_SUBJECTS];
    struct program_plan plan = {.block_count = block_count};
    plan.items = calloc((size_t)block_count * subject_count * place_count + 1, sizeof *plan.items);
    if (!plan.items)
        return error_set_no_memory(error);
    for (uint32_t s = 0; s < subject_count; s++)
        subjects[s] = s;
    struct random random;
    random_seed(&random, request->seed);
    for (uint32_t block = 0; block < block_count; block++) {
        random_shuffle(&random, subjects, subject_count, sizeof *subjects);
        for (uint32_t s = 0; s < subject_count; s++) {
            random_shuffle(&random, places, place_count, sizeof *places);
            for (uint32_t p = 0; p < place_count; p++) {
                plan.items[plan.count] = (struct program_planned){
                    .order = (uint32_t)plan.count,
                    .block = block,
                    .subject = subjects[s],
                    .heap = places[p].heap,
                    .twin = places[p].twin,
                    .padding = random_below(&random, LAUNCH_MAX_PADDING + 1),
                };
                plan.count++;
            }
        }
    }
    *ret_plan = plan;
    return STATUS_OK;
}

uint32_t program_fit_blocks(double seconds, double block_seconds)
{
    double blocks = block_seconds > 0 ? seconds / block_seconds : PROGRAM_MAX_BLOCKS;
    if (blocks >= PROGRAM_MAX_BLOCKS)
        return PROGRAM_MAX_BLOCKS;
    return blocks <= PROGRAM_MIN_BLOCKS ? PROGRAM_MIN_BLOCKS : (uint32_t)blocks;
}
