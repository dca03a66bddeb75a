#include "results/results.h"

#include <math.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "database/database.h"
#include "wire/gate.h"

// A column's value, or nothing where there is none to tell.
struct value_VARCHAR {
    const char *value; // NULL: absent
};
struct value_UINTEGER {
    bool present;
    uint64_t value;
};
struct value_UBIGINT {
    bool present;
    uint64_t value;
};
struct value_BOOLEAN {
    bool present;
    bool value;
};

struct detail_row {
#define COLUMN(name, type, meaning) struct value_##type name;
#include "results/schema.def"
#undef COLUMN
};

#define PRESENT(number)                                                                                      \
    {                                                                                                        \
        .present = true, .value = (number)                                                                   \
    }

static const char create_table[] = "CREATE TABLE details ("
#define COLUMN(name, type, meaning) #name " " #type ","
#include "results/schema.def"
#undef COLUMN
                                   ")";

static void write_VARCHAR(struct database_table_writer *writer, struct value_VARCHAR value)
{
    if (value.value)
        database_table_writer_text(writer, value.value);
    else
        database_table_writer_null(writer);
}

static void write_UBIGINT(struct database_table_writer *writer, struct value_UBIGINT value)
{
    if (value.present)
        database_table_writer_unsigned(writer, value.value);
    else
        database_table_writer_null(writer);
}

static void write_UINTEGER(struct database_table_writer *writer, struct value_UINTEGER value)
{
    write_UBIGINT(writer, (struct value_UBIGINT){value.present, value.value});
}

static void write_BOOLEAN(struct database_table_writer *writer, struct value_BOOLEAN value)
{
    if (value.present)
        database_table_writer_boolean(writer, value.value);
    else
        database_table_writer_null(writer);
}

static void write_row(struct database_table_writer *writer, const struct detail_row *row)
{
#define COLUMN(name, type, meaning) write_##type(writer, row->name);
#include "results/schema.def"
#undef COLUMN
    database_table_writer_end_row(writer);
}

// One process: what was planned and what came of it.
struct entry {
    const struct planned_process *planned;
    const struct process_record *record;
    const struct measurement_record *measurements; // of the cell, with its process 0
    size_t measurement_count;
};

static int compare_unsigned(uint32_t a, uint32_t b)
{
    return (a > b) - (a < b);
}

// The swept axes before those of the grid: the cells of one value lie together.
static int compare_cells(const struct cell *a, const struct cell *b)
{
    static const enum axis_place places[] = {AXIS_PLACE_STRATEGY, AXIS_PLACE_HEAP, AXIS_PLACE_SWEPT,
                                             AXIS_PLACE_GRID};
    int order = 0;
    for (size_t p = 0; p < COUNT_OF(places); p++)
        for (int i = 0; i < AXIS_COUNT && order == 0; i++)
            if (axes[i].place == places[p])
                order = compare_unsigned(cell_value(a, (enum axis_id)i), cell_value(b, (enum axis_id)i));
    return order;
}

static int compare_entries(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    int order = compare_cells(&a->planned->cell, &b->planned->cell);
    return order ? order : compare_unsigned(a->planned->first_iteration, b->planned->first_iteration);
}

// The columns that every row of a process has.
static struct detail_row process_row(const struct entry *entry)
{
    const struct planned_process *planned = entry->planned;
    const struct process_record *record = entry->record;
    bool ok = record->outcome == OUTCOME_OK;
    return (struct detail_row){
        .allocator = {planned->allocator},
        .pattern = {patterns[planned->cell.pattern].name},
        .size_bytes = PRESENT(planned->cell.size_bytes),
#define AXIS(name, place, type, words, standard, least, greatest, option, former, title, help)               \
    AXIS_IS_##place(AXIS_IS_##type(name))
#define AXIS_IS_STRATEGY(value)
#define AXIS_IS_HEAP(value)
#define AXIS_IS_GRID(value)
#define AXIS_IS_SWEPT(value) value
#define AXIS_IS_RUN(value)
#define AXIS_IS_NUMBER(name) .name = PRESENT(planned->cell.name),
#define AXIS_IS_WORD(name) .name = {axes[AXIS_##name].text(planned->cell.name)},
#include "axes/axes.def"
#undef AXIS
        .process = PRESENT(planned->replicate),
        .plan_order = PRESENT(planned->order),
        .repetition = PRESENT(0),
        .used = PRESENT(false),
        .control = PRESENT(strategies[planned->cell.strategy].role == STRATEGY_ROLE_CONTROL),
        .floor_ns = {ok && record->floor_ns > 0, record->floor_ns},
        .cold_start_ns = {ok && record->cold_start_ns > 0, record->cold_start_ns},
        .steal_ticks = PRESENT(record->steal_ticks),
        .resident_bytes = {record->resident_bytes > 0, record->resident_bytes},
        .outcome = {outcome_name(record->outcome)},
        .reason = {record->reason[0] ? record->reason : NULL},
    };
}

// Values whose metric has a column.
static void add_values(struct detail_row *row, const struct measured_values *values)
{
    for (size_t i = 0; i < values->count; i++) {
        const struct measured_value *value = &values->items[i];
        const struct value_UBIGINT number = {!isnan(value->value),
                                             isnan(value->value) ? 0 : (uint64_t)value->value};
        switch (value->metric) {
#define METRIC(kind, name, place, unit, meaning) METRIC_IS_##place(kind##_##name)
#define METRIC_IS_COLUMN(name)                                                                               \
    case MEASURED_##name:                                                                                    \
        row->name = number;                                                                                  \
        break;
#define METRIC_IS_ROWS(name)
#include "measurements/measurements.def"
        default:
            break;
        }
    }
}

static void add_measurements(struct detail_row *row, const struct entry *entry)
{
    for (size_t i = 0; i < entry->measurement_count; i++)
        add_values(row, &entry->measurements[i].values);
}

static void add_trial(struct detail_row *row, const struct trial *trial)
{
    row->repetition = (struct value_UINTEGER)PRESENT(trial->repetition);
    row->start_ns = (struct value_UBIGINT)PRESENT(trial->start_ns);
    row->total_ns = (struct value_UBIGINT){trial->total_ns > 0, trial->total_ns};
    row->latency_ns = (struct value_UBIGINT){trial->total_ns > 0, trial->latency_ns};
    row->objects = (struct value_UBIGINT)PRESENT(trial->objects);
    row->probe_before_ns = (struct value_UBIGINT)PRESENT(trial->probe_before_ns);
    row->probe_after_ns = (struct value_UBIGINT)PRESENT(trial->probe_after_ns);
    row->minor_faults = (struct value_UBIGINT)PRESENT(trial->minor_faults);
    row->major_faults = (struct value_UBIGINT)PRESENT(trial->major_faults);
    row->voluntary_switches = (struct value_UBIGINT)PRESENT(trial->voluntary_switches);
    row->involuntary_switches = (struct value_UBIGINT)PRESENT(trial->involuntary_switches);
    row->run_delay_ns = (struct value_UBIGINT)PRESENT(trial->run_delay_ns);
    row->stood_ns = (struct value_UBIGINT)PRESENT(trial->stood_ns);
    row->cpu = (struct value_UINTEGER)PRESENT(trial->cpu);
    row->migrated = (struct value_BOOLEAN)PRESENT(trial->migrated);
}

static void write_trials(struct database_table_writer *writer, const struct entry *entry,
                         const struct detail_row *common, bool cell_ok, const struct gate_limits *limits)
{
    const struct process_record *record = entry->record;
    for (size_t i = 0; i < record->trial_count; i++) {
        const struct trial *trial = &record->trials[i];
        struct detail_row row = *common;
        row.iteration = (struct value_UINTEGER)PRESENT(entry->planned->first_iteration + trial->index);
        row.clean = (struct value_BOOLEAN)PRESENT(gate_trial_is_clean(trial, limits));
        row.used.value = cell_ok && gate_trial_stands(record, i, limits);
        add_trial(&row, trial);
        if (i == 0)
            add_measurements(&row, entry);
        write_row(writer, &row);
    }
}

// One process; one that failed has a row without times for each of its trials.
static void write_process(struct database_table_writer *writer, const struct entry *entry, bool cell_ok,
                          const struct gate_limits *limits)
{
    const struct planned_process *planned = entry->planned;
    struct detail_row row = process_row(entry);
    if (entry->record->outcome == OUTCOME_OK) {
        add_values(&row, &entry->record->values);
        write_trials(writer, entry, &row, cell_ok, limits);
        return;
    }
    for (uint32_t t = 0; t < planned->trial_count; t++) {
        struct detail_row trial_row = row;
        trial_row.iteration = (struct value_UINTEGER)PRESENT(planned->first_iteration + t);
        if (t == 0)
            add_measurements(&trial_row, entry);
        write_row(writer, &trial_row);
    }
}

static void write_entries(struct database_table_writer *writer, const struct entry *entries, size_t count,
                          const struct gate_limits *limits)
{
    for (size_t first = 0, end; first < count; first = end) {
        bool cell_ok = true;
        for (end = first; end < count; end++) {
            if (compare_cells(&entries[first].planned->cell, &entries[end].planned->cell) != 0)
                break;
            cell_ok = cell_ok && entries[end].record->outcome == OUTCOME_OK;
        }
        for (size_t i = first; i < end; i++)
            write_process(writer, &entries[i], cell_ok, limits);
    }
}

// The measurements are in the order of the plan: those of a process lie together.
static void find_measurements(const struct results *results, struct entry *entry)
{
    const uint32_t plan_order = entry->record->plan_order;
    size_t low = 0, high = results->measurement_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (results->measurements[middle].plan_order < plan_order)
            low = middle + 1;
        else
            high = middle;
    }
    entry->measurements = results->measurements + low;
    while (low + entry->measurement_count < results->measurement_count &&
           entry->measurements[entry->measurement_count].plan_order == plan_order)
        entry->measurement_count++;
}

static struct entry *ordered_entries(const struct results *results)
{
    struct entry *entries = calloc(results->process_count + 1, sizeof *entries);
    if (!entries)
        return NULL;
    for (size_t i = 0; i < results->process_count; i++) {
        const struct process_record *record = &results->processes[i];
        entries[i] =
            (struct entry){.planned = &results->plan->processes[record->plan_order], .record = record};
        if (results->measurement_count > 0)
            find_measurements(results, &entries[i]);
    }
    qsort(entries, results->process_count, sizeof *entries, compare_entries);
    return entries;
}

enum status details_fill_table(struct database *database, const struct results *results, struct error *error)
{
    CLEANUP(free_pointer) struct entry *entries = ordered_entries(results);
    if (!entries)
        return error_set_no_memory(error);
    CLEANUP(database_table_writer_release) struct database_table_writer writer = {0};
    enum status status = database_run(database, create_table, DATABASE_NO_PARAMETERS, error);
    if (status == STATUS_OK)
        status = database_table_writer_begin(database, "details", &writer, error);
    if (status != STATUS_OK)
        return status;
    write_entries(&writer, entries, results->process_count, &results->limits);
    return database_table_writer_finish(&writer, error);
}
