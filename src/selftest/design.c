#include <stdlib.h>

#include "selftest/private.h"

const uint32_t selftest_extra_per_mille[SELFTEST_LEVELS] = {5, 10, 20, 30, 50, 100};

int selftest_level_of(enum strategy_id strategy, enum pattern_id pattern, uint32_t size_bytes, uint32_t round)
{
    uint32_t cell = ((uint32_t)strategy * SOLO_PATTERN_COUNT + (uint32_t)pattern) * SIZE_COUNT +
                    (uint32_t)size_index(size_bytes);
    return (int)((cell + round) % SELFTEST_LEVELS);
}

// The twin stays the code of box, slowed down as box is: a null control that differs because of what is
// planted would make every verdict inconclusive.
void selftest_plant(struct plan *plan, uint32_t batches, uint32_t round)
{
    for (size_t i = 0; i < plan->count; i++) {
        struct planned_process *process = &plan->processes[i];
        const struct cell *cell = &process->cell;
        enum strategy_id strategy = cell->strategy == STRATEGY_box_twin ? STRATEGY_box : cell->strategy;
        if (strategies[strategy].role == STRATEGY_ROLE_CONTROL)
            continue;
        int level = selftest_level_of(strategy, cell->pattern, cell->size_bytes, round);
        process->variant.extra_batches = batches * selftest_extra_per_mille[level] / 1000;
    }
}

static int compare_numbers(uint32_t a, uint32_t b)
{
    return (a > b) - (a < b);
}

static int by_table(const void *left, const void *right)
{
    const struct planned_process *a = left, *b = right;
    int order = compare_numbers(a->replicate, b->replicate);
    return order ? order : cell_order(&a->cell, &b->cell);
}

static int against_table(const void *left, const void *right)
{
    const struct planned_process *a = left, *b = right;
    return a->replicate == b->replicate ? -by_table(left, right)
                                        : compare_numbers(a->replicate, b->replicate);
}

void selftest_reorder(struct plan *plan, enum selftest_sequence sequence)
{
    if (sequence == SEQUENCE_SHUFFLED)
        return;
    qsort(plan->processes, plan->count, sizeof *plan->processes,
          sequence == SEQUENCE_FORWARD ? by_table : against_table);
    for (size_t i = 0; i < plan->count; i++)
        plan->processes[i].order = (uint32_t)i;
}
