// What a littered heap makes of a lead over malloc. In each pattern and size that was measured on both heaps
// with both allocators there are four times; over these cells the geometric means are told of: malloc's time
// by the other's on either heap, and of either its time on the littered heap by that on the fresh one.
#include <math.h>
#include <stdlib.h>

#include "analysis/private.h"
#include "base/cleanup.h"

// Sums of logarithms over the cells.
struct leads {
    double fresh, littered;    // malloc's time / its own
    double loss, mallocs_loss; // littered / fresh
    size_t count;
};

// The swept cell of that platform and name, if it has times; or NULL.
static const struct analysis_cell *find_cell(const struct view *view, struct cell_name name)
{
    const struct analysis *analysis = view->analysis;
    for (size_t i = 0; i < analysis->swept_cell_count; i++) {
        const struct analysis_cell *cell = &analysis->swept_cells[i];
        if (cell->platform == view->platform && analysis_cell_has_times(cell) &&
            cell_name_order(cell->data->name, name) == 0)
            return cell;
    }
    return NULL;
}

static void add_cell(struct leads *leads, const struct view *view, const struct analysis_cell *fresh,
                     const char *malloc_allocator)
{
    struct cell_name names[2] = {fresh->data->name, cell_name_with(fresh->data->name, malloc_allocator)};
    double ns[2][HEAP_STATE_COUNT];
    for (int who = 0; who < 2; who++)
        for (int state = 0; state < HEAP_STATE_COUNT; state++) {
            cell_name_set(&names[who], AXIS_heap_state, (uint64_t)state);
            const struct analysis_cell *cell = find_cell(view, names[who]);
            if (!cell)
                return;
            ns[who][state] = log(analysis_cell_ns_per_object(cell, METRIC_TOTAL));
        }
    leads->fresh += ns[1][HEAP_STATE_fresh] - ns[0][HEAP_STATE_fresh];
    leads->littered += ns[1][HEAP_STATE_littered] - ns[0][HEAP_STATE_littered];
    leads->loss += ns[0][HEAP_STATE_littered] - ns[0][HEAP_STATE_fresh];
    leads->mallocs_loss += ns[1][HEAP_STATE_littered] - ns[1][HEAP_STATE_fresh];
    leads->count++;
}

// Of all cells of the allocator that have the standard value on every other axis.
static struct leads sum_up(const struct view *view, size_t allocator, const char *malloc_allocator)
{
    struct leads leads = {0};
    for (size_t i = 0; i < view->analysis->swept_cell_count; i++) {
        const struct analysis_cell *cell = &view->analysis->swept_cells[i];
        if (cell->platform == view->platform && cell->allocator == allocator &&
            cell_name_is_standard(cell->data->name))
            add_cell(&leads, view, cell, malloc_allocator);
    }
    return leads;
}

static void append_times(struct text *text, double sum, size_t count)
{
    number_append(text, exp(sum / (double)count));
}

// Where nothing is told to be the fastest, the first that competes with malloc.
static size_t choose(const struct view *view, const size_t *allocators, size_t count, size_t leader)
{
    size_t chosen = SIZE_MAX;
    for (size_t i = 0; i < count; i++) {
        bool competes = !is_malloc(view->analysis->allocators[allocators[i]]);
        if (competes && (chosen == SIZE_MAX || allocators[i] == leader))
            chosen = allocators[i];
    }
    return chosen;
}

enum status find_littered(const struct view *view, size_t leader, struct error *error)
{
    struct analysis *analysis = view->analysis;
    if (!analysis->swept[AXIS_heap_state])
        return STATUS_OK;
    CLEANUP(free_pointer) size_t *allocators = calloc(analysis->allocator_count + 1, sizeof *allocators);
    if (!allocators)
        return error_set_no_memory(error);
    size_t count = contestants_on(view, view->heap, allocators), mallocs = SIZE_MAX;
    for (size_t i = 0; i < count; i++)
        if (is_malloc(analysis->allocators[allocators[i]]))
            mallocs = allocators[i];
    size_t chosen = choose(view, allocators, count, leader);
    if (chosen == SIZE_MAX || mallocs == SIZE_MAX)
        return STATUS_OK;
    const struct leads leads = sum_up(view, chosen, analysis->allocators[mallocs]);
    if (leads.count == 0)
        return STATUS_OK;
    CLEANUP(text_release) struct text sentence = {0};
    text_append(&sentence, "On a littered heap ");
    name_append(&sentence, view, chosen, NAMING_STRATEGIES);
    text_append(&sentence, " is on average ");
    append_times(&sentence, leads.littered, leads.count);
    text_append(&sentence, " times as fast as malloc, on a fresh one ");
    append_times(&sentence, leads.fresh, leads.count);
    text_append(&sentence, " times; the litter makes malloc take ");
    append_times(&sentence, leads.mallocs_loss, leads.count);
    text_append(&sentence, " times as long, ");
    name_append(&sentence, view, chosen, NAMING_STRATEGIES);
    text_append(&sentence, " ");
    append_times(&sentence, leads.loss, leads.count);
    text_append(&sentence, " times");
    return finding_add(analysis, FINDING_littered, analysis->platforms[view->platform].label, &sentence,
                       error);
}
