#include "compare/run_values.h"

#include <stdlib.h>
#include <string.h>

#include "patterns/patterns.h"
#include "strategies/strategies.h"

void run_source_release(struct run_source *source)
{
    text_release(&source->benchmark);
    text_release(&source->details);
}

static void cell_name_release(struct cell_name *name)
{
    free((void *)(uintptr_t)name->allocator);
    free((void *)(uintptr_t)name->pattern);
}

void run_values_release(struct run_values *run)
{
    if (!run)
        return;
    for (size_t i = 0; i < run->count; i++) {
        struct cell_values *cell = &run->cells[i];
        cell_name_release(&cell->name);
        free(cell->failure);
        free(cell->numbers);
        free(cell->values);
    }
    free(run->cells);
    free(run->file);
    free(run->platform);
    facts_release(&run->facts);
    *run = (struct run_values){0};
}

enum status run_values_add(struct run_values *run, struct cell_name name, struct cell_values **ret_cell,
                           struct error *error)
{
    if (run->count == run->capacity) {
        size_t capacity = run->capacity ? 2 * run->capacity : 64;
        struct cell_values *cells = realloc(run->cells, capacity * sizeof *cells);
        if (!cells)
            return error_set_no_memory(error);
        run->cells = cells;
        run->capacity = capacity;
    }
    struct cell_values cell = {.name = name};
    cell.name.allocator = strdup(name.allocator);
    cell.name.pattern = strdup(name.pattern);
    if (!cell.name.allocator || !cell.name.pattern) {
        cell_name_release(&cell.name);
        return error_set_no_memory(error);
    }
    run->cells[run->count] = cell;
    *ret_cell = &run->cells[run->count++];
    return STATUS_OK;
}

enum status cell_values_resize(struct cell_values *cell, size_t count, struct error *error)
{
    double *numbers = calloc(count + 1, sizeof *numbers);
    double *values = calloc(count + 1, sizeof *values);
    if (!numbers || !values) {
        free(numbers);
        free(values);
        return error_set_no_memory(error);
    }
    for (size_t i = 0; i < count; i++)
        numbers[i] = (double)i;
    free(cell->numbers);
    free(cell->values);
    cell->numbers = numbers;
    cell->values = values;
    cell->process_count = count;
    return STATUS_OK;
}

// Position in the table, a heap's name after '@' left aside; unknown ones come last.
static int allocator_rank(const char *label)
{
    char name[64];
    size_t length = strcspn(label, "@");
    if (length >= sizeof name)
        return STRATEGY_COUNT;
    memcpy(name, label, length);
    name[length] = 0;
    const struct strategy *strategy = strategy_find(name);
    return strategy ? (int)(strategy - strategies) : STRATEGY_COUNT;
}

static int pattern_rank(const char *name)
{
    const struct pattern *pattern = pattern_find(name);
    return pattern ? (int)(pattern - patterns) : PATTERN_COUNT;
}

static int order_numbers(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

int cell_name_order(struct cell_name a, struct cell_name b)
{
    int order = allocator_rank(a.allocator) - allocator_rank(b.allocator);
    if (order == 0)
        order = strcmp(a.allocator, b.allocator);
    if (order == 0)
        order = pattern_rank(a.pattern) - pattern_rank(b.pattern);
    if (order == 0)
        order = strcmp(a.pattern, b.pattern);
    if (order == 0)
        order = order_numbers(a.size_bytes, b.size_bytes);
    return order ? order : order_numbers(a.live_objects, b.live_objects);
}

static int order_cells(const void *left, const void *right)
{
    const struct cell_values *a = left;
    const struct cell_values *b = right;
    return cell_name_order(a->name, b->name);
}

void run_values_sort(struct run_values *run)
{
    if (run->count > 0)
        qsort(run->cells, run->count, sizeof *run->cells, order_cells);
}

const struct cell_values *run_values_find(const struct run_values *run, struct cell_name name)
{
    size_t low = 0;
    size_t high = run->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = cell_name_order(name, run->cells[middle].name);
        if (order == 0)
            return &run->cells[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

size_t run_values_most_processes(const struct run_values *run)
{
    size_t most = 0;
    for (size_t i = 0; i < run->count; i++)
        if (run->cells[i].process_count > most)
            most = run->cells[i].process_count;
    return most;
}

bool cell_is_disturbed(const struct cell_values *cell)
{
    return 2 * cell->clean_trials < cell->trials;
}

bool label_is_of(const char *label, const char *strategy)
{
    size_t length = strlen(strategy);
    return strncmp(label, strategy, length) == 0 && (label[length] == '\0' || label[length] == '@');
}

struct cell_name cell_name_with(struct cell_name name, const char *allocator)
{
    name.allocator = allocator;
    return name;
}
