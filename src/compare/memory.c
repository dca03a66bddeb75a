// What the objects of two stored runs take of main memory, where both have footprints. A footprint is one
// process per allocator and size, and nearly the same every time: so no test is needed, but a limit. It is
// what box and its twin, the same code, differ by in these runs, three times over, and at least 1 % of the
// bytes asked for.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "compare/private.h"
#include "strategies/strategies.h"

static const double least_limit = 0.01;
static const double control_factor = 3;

// What is compared: a metric at a step, beyond what it was at the start.
static const struct {
    enum measured_metric metric;
    enum measured_step step;
} readings[MEMORY_QUANTITY_COUNT] = {
    [MEMORY_FULL] = {MEASURED_footprint_rss_bytes, STEP_footprint_full},
    [MEMORY_REFILLED] = {MEASURED_footprint_rss_bytes, STEP_footprint_refilled},
    [MEMORY_KEPT] = {MEASURED_footprint_rss_bytes, STEP_footprint_after_5s},
    [MEMORY_LEAKED] = {MEASURED_footprint_heap_used_bytes, STEP_footprint_after_5s},
};

const char *memory_quantity_name(enum memory_quantity quantity)
{
    static const char *const names[MEMORY_QUANTITY_COUNT] = {
        [MEMORY_FULL] = "full",
        [MEMORY_REFILLED] = "refilled",
        [MEMORY_KEPT] = "kept",
        [MEMORY_LEAKED] = "not_freed",
    };
    return names[quantity];
}

const char *memory_verdict_name(enum memory_verdict verdict)
{
    static const char *const names[MEMORY_VERDICT_COUNT] = {"more", "less", "unchanged"};
    return names[verdict];
}

// Per byte that was asked for; NaN where it is not known.
static double value_of(const struct dataset *run, size_t cell, enum memory_quantity quantity)
{
    const enum measured_metric metric = readings[quantity].metric;
    double asked = dataset_value(run, cell, MEASURED_footprint_live_bytes, step_index(STEP_footprint_full));
    double more = dataset_value(run, cell, metric, step_index(readings[quantity].step)) -
                  dataset_value(run, cell, metric, step_index(STEP_footprint_start));
    return asked > 0 ? more / asked : NAN;
}

// The cell of that name with a footprint, whatever the pattern; SIZE_MAX where there is none.
static size_t find_cell(const struct dataset *run, struct cell_name name)
{
    for (size_t i = 0; i < run->count; i++) {
        struct cell_name found = run->cells[i].name;
        found.pattern = name.pattern;
        if (cell_name_order(found, name) == 0 && !isnan(value_of(run, i, MEMORY_FULL)))
            return i;
    }
    return SIZE_MAX;
}

static double limit_of(const struct dataset runs[RUN_COUNT], enum memory_quantity quantity)
{
    double limit = least_limit;
    for (int side = 0; side < RUN_COUNT; side++)
        for (size_t i = 0; i < runs[side].count; i++) {
            const struct cell_name name = runs[side].cells[i].name;
            if (strategy_find(name.allocator) != &strategies[STRATEGY_box_twin])
                continue;
            size_t box = find_cell(&runs[side], cell_name_with(name, strategies[STRATEGY_box].name));
            double apart =
                box == SIZE_MAX
                    ? NAN
                    : fabs(value_of(&runs[side], i, quantity) - value_of(&runs[side], box, quantity));
            limit = control_factor * apart > limit ? control_factor * apart : limit;
        }
    return limit;
}

static enum memory_verdict verdict_of(double difference, double limit)
{
    return difference > limit ? MEMORY_MORE : difference < -limit ? MEMORY_LESS : MEMORY_UNCHANGED;
}

static void add(struct comparison *comparison, const struct compared_memory *memory)
{
    comparison->memory_counts[memory->verdict]++;
    comparison->memory[comparison->memory_count++] = *memory;
}

enum status compare_memory(const struct dataset runs[RUN_COUNT], struct comparison *comparison,
                           struct error *error)
{
    if (runs[RUN_A].value_count == 0 || runs[RUN_B].value_count == 0)
        return STATUS_OK;
    double limits[MEMORY_QUANTITY_COUNT];
    comparison->memory =
        calloc(runs[RUN_A].count * (size_t)MEMORY_QUANTITY_COUNT, sizeof *comparison->memory);
    if (!comparison->memory)
        return error_set_no_memory(error);
    for (int q = 0; q < MEMORY_QUANTITY_COUNT; q++)
        limits[q] = limit_of(runs, (enum memory_quantity)q);
    for (size_t i = 0; i < runs[RUN_A].count; i++) {
        const struct dataset_cell *cell = &runs[RUN_A].cells[i];
        size_t other = cell->control || isnan(value_of(&runs[RUN_A], i, MEMORY_FULL))
                           ? SIZE_MAX
                           : find_cell(&runs[RUN_B], cell->name);
        for (int q = 0; q < MEMORY_QUANTITY_COUNT && other != SIZE_MAX; q++) {
            struct compared_memory memory = {.name = cell->name, .quantity = (enum memory_quantity)q};
            memory.values[RUN_A] = value_of(&runs[RUN_A], i, memory.quantity);
            memory.values[RUN_B] = value_of(&runs[RUN_B], other, memory.quantity);
            memory.limit = limits[q];
            double difference = memory.values[RUN_B] - memory.values[RUN_A];
            memory.verdict = verdict_of(difference, memory.limit);
            if (!isnan(difference))
                add(comparison, &memory);
        }
    }
    return STATUS_OK;
}
