#include "measurements/measurements.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TRACING_TRACED true
#define TRACING_PLAIN false
#define PATTERNS_EACH false
#define PATTERNS_FIRST true

const struct measurement_kind measurement_kinds[MEASUREMENT_COUNT] = {
#define MEASUREMENT(kind, process_, processes_, tracing, patterns, batches, asked_, seconds, title_, help_)  \
    {.name = #kind,                                                                                          \
     .process = MEASUREMENT_PROCESS_##process_,                                                              \
     .processes = (processes_),                                                                              \
     .is_traced = TRACING_##tracing,                                                                         \
     .first_pattern_alone = PATTERNS_##patterns,                                                             \
     .max_batches = (batches),                                                                               \
     .asked = MEASUREMENT_ASKED_##asked_,                                                                    \
     .expected_seconds = (seconds),                                                                          \
     .title = (title_),                                                                                      \
     .help = (help_)},
#include "measurements/measurements.def"
};

#define PLACE_COLUMN true
#define PLACE_ROWS false

const struct metric_row metric_rows[MEASURED_METRIC_COUNT] = {
#define METRIC(kind, name, place, unit, meaning) {MEASUREMENT_##kind, #name, unit, meaning, PLACE_##place},
#include "measurements/measurements.def"
};

const struct step_row step_rows[MEASURED_STEP_COUNT] = {
#define STEP(kind, name, title) {MEASUREMENT_##kind, #name, title},
#include "measurements/measurements.def"
};

uint32_t step_index(enum measured_step step)
{
    uint32_t index = 0;
    for (int i = 0; i < (int)step; i++)
        index += step_rows[i].kind == step_rows[step].kind;
    return index;
}

const char *step_name(enum measurement_id kind, uint32_t index)
{
    for (int i = 0; i < MEASURED_STEP_COUNT; i++)
        if (step_rows[i].kind == kind && index-- == 0)
            return step_rows[i].name;
    return NULL;
}

bool measurement_find(const char *name, enum measurement_id *ret_kind)
{
    for (int i = 0; i < MEASUREMENT_COUNT; i++)
        if (strcmp(measurement_kinds[i].name, name) == 0) {
            *ret_kind = (enum measurement_id)i;
            return true;
        }
    return false;
}

bool metric_find(const char *kind, const char *name, enum measured_metric *ret_metric)
{
    for (int i = 0; i < MEASURED_METRIC_COUNT; i++)
        if (strcmp(metric_rows[i].name, name) == 0 &&
            strcmp(measurement_kinds[metric_rows[i].kind].name, kind) == 0) {
            *ret_metric = (enum measured_metric)i;
            return true;
        }
    return false;
}

uint32_t measurements_by(enum measurement_process process)
{
    uint32_t kinds = 0;
    for (int i = 0; i < MEASUREMENT_COUNT; i++)
        if (measurement_kinds[i].process == process)
            kinds |= MEASUREMENT_BIT(i);
    return kinds;
}

bool measured_values_add(struct measured_values *values, const struct measured_value *value)
{
    if (values->count >= MAX_MEASURED_VALUES)
        return false;
    if ((values->count & (values->count - 1)) == 0) { // a power of two, or none: it doubles
        struct measured_value *larger =
            realloc(values->items, (values->count ? 2 * values->count : 1) * sizeof *larger);
        if (!larger)
            return false;
        values->items = larger;
    }
    values->items[values->count++] = *value;
    return true;
}

void measured_values_release(struct measured_values *values)
{
    free(values->items);
    *values = (struct measured_values){0};
}

double measured_values_get(const struct measured_values *values, enum measured_metric metric, uint32_t index)
{
    for (size_t i = 0; i < values->count; i++)
        if (values->items[i].metric == metric && values->items[i].index == index)
            return values->items[i].value;
    return NAN;
}
