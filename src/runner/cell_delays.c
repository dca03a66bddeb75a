#include "runner/private.h"

#include <stdlib.h>

#include "wire/gate.h"

struct delay_shares {
    uint64_t *shares;
    size_t count, capacity;
};

enum status cell_delays_init(struct cell_delays *delays, const struct plan *plan, struct error *error)
{
    size_t count = plan_cell_slots(&plan->request);
    *delays =
        (struct cell_delays){.plan = plan, .cells = calloc(count, sizeof *delays->cells), .count = count};
    return delays->cells ? STATUS_OK : error_set_no_memory(error);
}

void cell_delays_release(struct cell_delays *delays)
{
    for (size_t i = 0; delays->cells && i < delays->count; i++)
        free(delays->cells[i].shares);
    free(delays->cells);
    *delays = (struct cell_delays){0};
}

static struct delay_shares *shares_of(const struct cell_delays *delays, const struct cell *cell)
{
    return &delays->cells[plan_cell_slot(&delays->plan->request, cell)];
}

static void add_share(struct delay_shares *shares, uint64_t share)
{
    if (shares->count == shares->capacity) {
        size_t larger = shares->capacity ? shares->capacity * 2 : 16;
        uint64_t *grown = realloc(shares->shares, larger * sizeof *grown);
        if (!grown)
            return;
        shares->shares = grown;
        shares->capacity = larger;
    }
    shares->shares[shares->count++] = share;
}

void cell_delays_add(struct cell_delays *delays, const struct process_record *record)
{
    struct delay_shares *shares = shares_of(delays, &delays->plan->processes[record->plan_order].cell);
    for (size_t i = 0; i < record->trial_count; i++)
        if (record->trials[i].repetition == 0)
            add_share(shares, gate_delay_share(&record->trials[i]));
}

uint64_t cell_delays_usual(const struct cell_delays *delays, const struct cell *cell)
{
    struct delay_shares *shares = shares_of(delays, cell);
    return gate_usual_delay(shares->shares, shares->count);
}

void cell_delays_set(const struct cell_delays *delays, struct process_record *processes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct cell *cell = &delays->plan->processes[processes[i].plan_order].cell;
        uint64_t usual = cell_delays_usual(delays, cell);
        for (size_t t = 0; t < processes[i].trial_count; t++)
            processes[i].trials[t].usual_delay_per_million = usual;
    }
}
