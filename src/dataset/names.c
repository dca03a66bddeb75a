// What cells are called, and the order of their names.
#include <string.h>

#include "dataset/dataset.h"
#include "patterns/patterns.h"
#include "strategies/strategies.h"

// Position in the table, whatever the heap is; unknown ones come last.
static int allocator_rank(const char *text)
{
    const struct strategy *strategy = label_parse(text).strategy;
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

#define AXIS(name, place, ...) NAME_CASE_##place(name)
#define NAME_CASE_STRATEGY(name)
#define NAME_CASE_HEAP(name)
#define NAME_CASE_GRID(name)
#define NAME_CASE_RUN(name)

uint64_t cell_name_value(struct cell_name name, enum axis_id axis)
{
    switch (axis) {
#define NAME_CASE_SWEPT(field)                                                                               \
    case AXIS_##field:                                                                                       \
        return name.field;
#include "axes/axes.def"
#undef NAME_CASE_SWEPT
    default:
        return 0;
    }
}

void cell_name_set(struct cell_name *name, enum axis_id axis, uint64_t value)
{
    switch (axis) {
#define NAME_CASE_SWEPT(field)                                                                               \
    case AXIS_##field:                                                                                       \
        name->field = value;                                                                                 \
        break;
#include "axes/axes.def"
#undef NAME_CASE_SWEPT
    default:
        break;
    }
}

#undef AXIS

struct cell_name cell_name_standard(const char *allocator, const char *pattern, uint64_t size_bytes)
{
    struct cell_name name = {.allocator = allocator, .pattern = pattern, .size_bytes = size_bytes};
    for (int i = 0; i < AXIS_COUNT; i++)
        cell_name_set(&name, (enum axis_id)i, axes[i].standard);
    return name;
}

bool cell_name_is_standard(struct cell_name name)
{
    return cell_name_order(name, cell_name_standard(name.allocator, name.pattern, name.size_bytes)) == 0;
}

// Ranks are looked for only where the words differ: most comparisons are between equal ones.
static int order_words(const char *a, const char *b, int (*rank)(const char *))
{
    int order = strcmp(a, b);
    if (order == 0)
        return 0;
    int difference = rank(a) - rank(b);
    return difference ? difference : order;
}

int cell_name_order(struct cell_name a, struct cell_name b)
{
    int order = order_words(a.allocator, b.allocator, allocator_rank);
    if (order == 0)
        order = order_words(a.pattern, b.pattern, pattern_rank);
    if (order == 0)
        order = order_numbers(a.size_bytes, b.size_bytes);
    for (int i = 0; i < AXIS_COUNT && order == 0; i++)
        order = order_numbers(cell_name_value(a, (enum axis_id)i), cell_name_value(b, (enum axis_id)i));
    return order;
}

struct cell_name cell_name_with(struct cell_name name, const char *allocator)
{
    name.allocator = allocator;
    return name;
}
