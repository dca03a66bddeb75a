// Each (pattern, size, live objects) group gives, per process, the logarithm of twin / box. Twins that differ
// by more than chance make every verdict of their run doubtful: the ratios are then inconclusive, whatever
// their intervals.
#include "analysis/controls.h"

#include <math.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "sql.h"

// Columns of fetch_twins.sql.
enum column { COLUMN_PLATFORM, COLUMN_GROUP, COLUMN_RATIO };

// The groups of one platform while its rows are read.
struct judging {
    double least_threshold;
    struct analysis_platform *platform; // NULL before the first row
    struct null_group *groups;
    size_t group_count, group_capacity;
    uint64_t group;       // the number of the one being read
    size_t process_count; // of that one
    double *logs;         // of its processes that can be used
    size_t log_count, log_capacity;
};

static void judging_release(struct judging *judging)
{
    free(judging->groups);
    free(judging->logs);
}

// The array with room for one more element; NULL, with the array as it was, when memory ran out.
static void *with_room(void *array, size_t *capacity, size_t count, size_t element_size)
{
    if (count < *capacity)
        return array;
    size_t larger = *capacity ? *capacity * 2 : 128;
    void *grown = realloc(array, larger * element_size);
    if (grown)
        *capacity = larger;
    return grown;
}

static enum status end_group(struct judging *judging, struct error *error)
{
    if (judging->process_count == 0)
        return STATUS_OK;
    struct null_control *control = &judging->platform->null_control;
    control->measured++;
    if (judging->process_count > control->most_processes)
        control->most_processes = judging->process_count;
    size_t count = judging->log_count;
    judging->process_count = judging->log_count = 0;
    if (count < NULL_GROUP_LEAST_PROCESSES)
        return STATUS_OK;
    CLEANUP(free_pointer) double *scratch = calloc(count, sizeof *scratch);
    struct null_group *groups =
        with_room(judging->groups, &judging->group_capacity, judging->group_count, sizeof *groups);
    if (groups)
        judging->groups = groups;
    if (!scratch || !groups)
        return error_set_no_memory(error);
    groups[judging->group_count++] = statistics_null_group(judging->logs, count, scratch);
    return STATUS_OK;
}

static enum status end_platform(struct judging *judging, struct error *error)
{
    enum status status = end_group(judging, error);
    size_t count = judging->group_count;
    judging->group_count = 0;
    if (status != STATUS_OK || count == 0)
        return status;
    CLEANUP(free_pointer) double *scratch = calloc(3 * count, sizeof *scratch);
    if (!scratch)
        return error_set_no_memory(error);
    statistics_judge_null_groups(judging->groups, count, judging->least_threshold, scratch);
    struct null_control *control = &judging->platform->null_control;
    control->groups = count;
    for (size_t i = 0; i < count; i++)
        control->differing += judging->groups[i].differs;
    control->p95 = statistics_null_groups_p95(judging->groups, count, scratch);
    if (control->p95 > judging->platform->practical_threshold)
        judging->platform->practical_threshold = control->p95;
    return STATUS_OK;
}

// Rows come ordered by platform, then group.
static enum status take_row(struct analysis *analysis, const struct database_rows *rows,
                            struct judging *judging, struct error *error)
{
    struct analysis_platform *platform = &analysis->platforms[database_rows_unsigned(rows, COLUMN_PLATFORM)];
    uint64_t group = database_rows_unsigned(rows, COLUMN_GROUP);
    enum status status = STATUS_OK;
    if (platform != judging->platform)
        status = end_platform(judging, error);
    else if (group != judging->group)
        status = end_group(judging, error);
    if (status != STATUS_OK)
        return status;
    judging->platform = platform;
    judging->group = group;
    judging->process_count++;
    if (database_rows_is_null(rows, COLUMN_RATIO))
        return STATUS_OK;
    double *logs = with_room(judging->logs, &judging->log_capacity, judging->log_count, sizeof *logs);
    if (!logs)
        return error_set_no_memory(error);
    judging->logs = logs;
    logs[judging->log_count++] = log(database_rows_real(rows, COLUMN_RATIO));
    return STATUS_OK;
}

enum status controls_judge(struct analysis *analysis, double least_threshold, struct error *error)
{
    for (size_t i = 0; i < analysis->platform_count; i++)
        analysis->platforms[i].practical_threshold = least_threshold;
    CLEANUP(database_rows_release) struct database_rows rows = {0};
    CLEANUP(judging_release) struct judging judging = {.least_threshold = least_threshold};
    enum status status =
        database_query(&analysis->database, fetch_twins_sql, DATABASE_NO_PARAMETERS, &rows, error);
    while (status == STATUS_OK && database_rows_next(&rows))
        status = take_row(analysis, &rows, &judging, error);
    return status == STATUS_OK ? end_platform(&judging, error) : status;
}
