// The long table of values that have no column of the details file.
#include <math.h>

#include "base/cleanup.h"
#include "database/database.h"
#include "results/results.h"

static const char create_table[] = "CREATE TABLE measurements ("
#define COLUMN(name, type, meaning) "\"" #name "\" " #type ","
#include "results/measurements_schema.def"
#undef COLUMN
                                   ")";

static bool has_rows(enum measurement_id kind)
{
    for (int i = 0; i < MEASURED_METRIC_COUNT; i++)
        if (metric_rows[i].kind == kind && !metric_rows[i].is_column)
            return true;
    return false;
}

// Values of the trials' own: of several threads.
static bool has_own_rows(const struct measured_value *value)
{
    return metric_rows[value->metric].kind == MEASUREMENT_trials && !metric_rows[value->metric].is_column;
}

bool results_have_rows(const struct results *results)
{
    for (size_t i = 0; i < results->process_count; i++)
        for (size_t k = 0; k < results->processes[i].values.count; k++)
            if (has_own_rows(&results->processes[i].values.items[k]))
                return true;
    for (size_t i = 0; i < results->measurement_count; i++)
        if (has_rows(results->measurements[i].kind))
            return true;
    return false;
}

static void write_text(struct database_table_writer *writer, const char *text)
{
    if (text)
        database_table_writer_text(writer, text);
    else
        database_table_writer_null(writer);
}

static void write_axis(struct database_table_writer *writer, const struct cell *cell, enum axis_id axis)
{
    if (axes[axis].type == AXIS_TYPE_WORD)
        database_table_writer_text(writer, axes[axis].text(cell_value(cell, axis)));
    else
        database_table_writer_unsigned(writer, cell_value(cell, axis));
}

static void write_cell(struct database_table_writer *writer, const struct planned_process *planned,
                       enum measurement_id kind)
{
    const struct cell *cell = &planned->cell;
    database_table_writer_text(writer, planned->allocator);
    write_text(writer, measurement_kinds[kind].first_pattern_alone ? NULL : patterns[cell->pattern].name);
    database_table_writer_unsigned(writer, cell->size_bytes);
    for (int a = 0; a < AXIS_COUNT; a++)
        if (axes[a].place == AXIS_PLACE_SWEPT)
            write_axis(writer, cell, (enum axis_id)a);
    database_table_writer_boolean(writer, strategies[cell->strategy].role == STRATEGY_ROLE_CONTROL);
    database_table_writer_unsigned(writer, planned->replicate);
    database_table_writer_text(writer, measurement_kinds[kind].name);
}

// `value` NULL: the process failed.
static void write_row(struct database_table_writer *writer, const struct planned_process *planned,
                      const struct measurement_record *record, const struct measured_value *value)
{
    write_cell(writer, planned, record->kind);
    if (value) {
        database_table_writer_unsigned(writer, value->index);
        write_text(writer, step_name(record->kind, value->index));
        database_table_writer_unsigned(writer, value->repetition);
        database_table_writer_text(writer, metric_rows[value->metric].name);
        database_table_writer_text(writer, metric_rows[value->metric].unit);
    }
    if (value && !isnan(value->value))
        database_table_writer_real(writer, value->value);
    else
        database_table_writer_null(writer);
    for (int i = 0; i < 5 && !value; i++)
        database_table_writer_null(writer);
    database_table_writer_text(writer, outcome_name(record->outcome));
    const char *reason = value ? value->absence : record->reason;
    write_text(writer, *reason ? reason : NULL);
    database_table_writer_end_row(writer);
}

static void write_own_rows(struct database_table_writer *writer, const struct plan *plan,
                           const struct process_record *process)
{
    const struct measurement_record record = {
        .plan_order = process->plan_order, .kind = MEASUREMENT_trials, .outcome = OUTCOME_OK};
    for (size_t k = 0; k < process->values.count; k++)
        if (has_own_rows(&process->values.items[k]))
            write_row(writer, &plan->processes[process->plan_order], &record, &process->values.items[k]);
}

enum status measurements_fill_table(struct database *database, const struct results *results,
                                    struct error *error)
{
    CLEANUP(database_table_writer_release) struct database_table_writer writer = {0};
    enum status status = database_run(database, create_table, DATABASE_NO_PARAMETERS, error);
    if (status == STATUS_OK)
        status = database_table_writer_begin(database, "measurements", &writer, error);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < results->process_count; i++)
        write_own_rows(&writer, results->plan, &results->processes[i]);
    for (size_t i = 0; i < results->measurement_count; i++) {
        const struct measurement_record *record = &results->measurements[i];
        const struct planned_process *planned = &results->plan->processes[record->plan_order];
        if (!has_rows(record->kind))
            continue;
        for (size_t k = 0; k < record->values.count; k++)
            write_row(&writer, planned, record, &record->values.items[k]);
        if (record->outcome != OUTCOME_OK)
            write_row(&writer, planned, record, NULL);
    }
    return database_table_writer_finish(&writer, error);
}
