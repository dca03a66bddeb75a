// The kinds of measurement and their metrics: measurements.def is their table. What comes back from a worker,
// but for the trials, is a list of values; wire, runner, journal and result files carry them without knowing
// the kind.
#ifndef MEASUREMENTS_MEASUREMENTS_H
#define MEASUREMENTS_MEASUREMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum measurement_id {
#define MEASUREMENT(name, ...) MEASUREMENT_##name,
#include "measurements/measurements.def"
    MEASUREMENT_COUNT
};

enum measured_metric {
#define METRIC(kind, name, ...) MEASURED_##kind##_##name,
#include "measurements/measurements.def"
    MEASURED_METRIC_COUNT
};

// The columns of the table.
enum measurement_process {
    MEASUREMENT_PROCESS_REPLICATES,
    MEASUREMENT_PROCESS_WITH_TRIALS,
    MEASUREMENT_PROCESS_CELLS
};
enum measurement_asked { MEASUREMENT_ASKED_ALWAYS, MEASUREMENT_ASKED_UNLESS_QUICK, MEASUREMENT_ASKED_OPTION };

enum measured_step {
#define STEP(kind, name, title) STEP_##kind##_##name,
#include "measurements/measurements.def"
    MEASURED_STEP_COUNT
};

struct measurement_kind {
    const char *name;
    enum measurement_process process;
    uint32_t processes; // of its own, of a cell; 0 where it has none
    bool is_traced;
    bool first_pattern_alone;
    uint32_t max_batches; // 0: as many as a trial has
    enum measurement_asked asked;
    double expected_seconds;
    const char *title;
    const char *help; // NULL where there is no option
};

// By enum measurement_id.
extern const struct measurement_kind measurement_kinds[MEASUREMENT_COUNT];

struct metric_row {
    enum measurement_id kind;
    const char *name;
    const char *unit;
    const char *meaning;
    bool is_column; // of the details file
};

// By enum measured_metric.
extern const struct metric_row metric_rows[MEASURED_METRIC_COUNT];

struct step_row {
    enum measurement_id kind;
    const char *name;
    const char *title;
};

// By enum measured_step.
extern const struct step_row step_rows[MEASURED_STEP_COUNT];

// The index of the values of that step: it counts those of its kind.
uint32_t step_index(enum measured_step step);

// The name of a kind's step; NULL where the kind has no steps of that index.
const char *step_name(enum measurement_id kind, uint32_t index);

// The kind of that name, or the metric of a kind; false when there is none.
bool measurement_find(const char *name, enum measurement_id *ret_kind);
bool metric_find(const char *kind, const char *name, enum measured_metric *ret_metric);

// ---- sets of kinds: a bit each ----

#define MEASUREMENT_BIT(kind) (UINT32_C(1) << (kind))

_Static_assert((int)MEASUREMENT_COUNT <= 32, "a set of kinds has 32 bits");

static inline bool measurements_have(uint32_t kinds, enum measurement_id kind)
{
    return (kinds & MEASUREMENT_BIT(kind)) != 0;
}

// All kinds with such processes.
uint32_t measurements_by(enum measurement_process process);

// ---- values ----

enum { ABSENCE_BYTES = 56, MAX_MEASURED_VALUES = 32768 };

// One number that a kind gives of a process.
struct measured_value {
    enum measured_metric metric;
    uint32_t index;              // of the kind's steps; 0 where it has one
    uint32_t repetition;         // 0 where nothing is repeated
    double value;                // in the metric's unit; NaN: it could not be had
    char absence[ABSENCE_BYTES]; // why not, for a person; empty where it is there
};

// Those of one process. Start with {0}; `items` is owned.
struct measured_values {
    struct measured_value *items;
    size_t count;
};

// False when memory ran out, or there are MAX_MEASURED_VALUES already.
bool measured_values_add(struct measured_values *values, const struct measured_value *value);
void measured_values_release(struct measured_values *values);

// The first value of that metric and index; NaN when there is none.
double measured_values_get(const struct measured_values *values, enum measured_metric metric, uint32_t index);

#endif
