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

void run_values_release(struct run_values *run)
{
    if (!run)
        return;
    for (size_t i = 0; i < run->count; i++) {
        struct cell_values *cell = &run->cells[i];
        free(cell->allocator);
        free(cell->pattern);
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

enum status run_values_add(struct run_values *run, const char *allocator, const char *pattern,
                           uint64_t size_bytes, struct cell_values **ret_cell, struct error *error)
{
    if (run->count == run->capacity) {
        size_t capacity = run->capacity ? 2 * run->capacity : 64;
        struct cell_values *cells = realloc(run->cells, capacity * sizeof *cells);
        if (!cells)
            return error_set_no_memory(error);
        run->cells = cells;
        run->capacity = capacity;
    }
    struct cell_values cell = {
        .allocator = strdup(allocator), .pattern = strdup(pattern), .size_bytes = size_bytes};
    if (!cell.allocator || !cell.pattern) {
        free(cell.allocator);
        free(cell.pattern);
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

// What a cell is called.
struct cell_name {
    const char *allocator;
    const char *pattern;
    uint64_t size_bytes;
};

static int order_names(struct cell_name a, struct cell_name b)
{
    int order = allocator_rank(a.allocator) - allocator_rank(b.allocator);
    if (order == 0)
        order = strcmp(a.allocator, b.allocator);
    if (order == 0)
        order = pattern_rank(a.pattern) - pattern_rank(b.pattern);
    if (order == 0)
        order = strcmp(a.pattern, b.pattern);
    return order ? order : (a.size_bytes > b.size_bytes) - (a.size_bytes < b.size_bytes);
}

static struct cell_name name_of(const struct cell_values *cell)
{
    return (struct cell_name){cell->allocator, cell->pattern, cell->size_bytes};
}

int cell_values_order(const struct cell_values *a, const struct cell_values *b)
{
    return order_names(name_of(a), name_of(b));
}

static int order_cells(const void *left, const void *right)
{
    return cell_values_order(left, right);
}

void run_values_sort(struct run_values *run)
{
    if (run->count > 0)
        qsort(run->cells, run->count, sizeof *run->cells, order_cells);
}

const struct cell_values *run_values_find(const struct run_values *run, const char *allocator,
                                          const char *pattern, uint64_t size_bytes)
{
    const struct cell_name wanted = {allocator, pattern, size_bytes};
    size_t low = 0;
    size_t high = run->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = order_names(wanted, name_of(&run->cells[middle]));
        if (order == 0)
            return &run->cells[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}
