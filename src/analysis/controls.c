// Each (pattern, size) group gives, per process, the logarithm of twin / box. Twins that differ by more than
// chance make every verdict of their run doubtful: the ratios are then inconclusive, whatever their
// intervals.
#include "analysis/controls.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "sql.h"

enum { LEAST_PROCESSES = 6 }; // fewer cannot reach 5 % in a signed-rank test

static const double significance = 0.05;

struct group {
    double distance; // of the median ratio from 1: 0.02 is 2 % either way
    double p_value;
};

// The groups of one platform while its rows are read.
struct judging {
    struct analysis_platform *platform;
    struct group *groups;
    size_t group_count, group_capacity;
    double *logs; // of the group being read
    size_t log_count, log_capacity;
    char *pattern;
    uint64_t size_bytes;
};

static void judging_release(struct judging *judging)
{
    free(judging->groups);
    free(judging->logs);
    free(judging->pattern);
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
    size_t count = judging->log_count;
    judging->log_count = 0;
    if (count < LEAST_PROCESSES)
        return STATUS_OK;
    CLEANUP(free_pointer) double *scratch = calloc(count, sizeof *scratch);
    if (!scratch)
        return error_set_no_memory(error);
    struct group *groups =
        with_room(judging->groups, &judging->group_capacity, judging->group_count, sizeof *groups);
    if (!groups)
        return error_set_no_memory(error);
    judging->groups = groups;
    judging->groups[judging->group_count++] = (struct group){
        .distance = exp(fabs(statistics_median(judging->logs, count, scratch))) - 1,
        .p_value = statistics_signed_rank(judging->logs, count, scratch).p_value,
    };
    return STATUS_OK;
}

static enum status end_platform(struct judging *judging, double least_threshold, struct error *error)
{
    enum status status = end_group(judging, error);
    size_t count = judging->group_count;
    judging->group_count = 0;
    if (status != STATUS_OK || count == 0 || !judging->platform)
        return status;
    CLEANUP(free_pointer) double *numbers = calloc(3 * count, sizeof *numbers);
    if (!numbers)
        return error_set_no_memory(error);
    double *p_values = numbers, *scratch = numbers + count, *adjusted = numbers + 2 * count;
    for (size_t i = 0; i < count; i++)
        p_values[i] = judging->groups[i].p_value;
    statistics_holm(p_values, count, scratch, adjusted);
    struct null_control *control = &judging->platform->null_control;
    control->groups = count;
    for (size_t i = 0; i < count; i++) {
        p_values[i] = judging->groups[i].distance;
        control->differing += adjusted[i] <= significance && judging->groups[i].distance > least_threshold;
    }
    control->p95 = statistics_quantile(p_values, count, 0.95, scratch);
    if (control->p95 > judging->platform->practical_threshold)
        judging->platform->practical_threshold = control->p95;
    return STATUS_OK;
}

// Rows come ordered by platform, then group.
static enum status take_row(struct analysis *analysis, struct database_rows *rows, struct judging *judging,
                            double least_threshold, struct error *error)
{
    struct analysis_platform *platform = &analysis->platforms[database_rows_unsigned(rows, 0)];
    char *pattern = database_rows_text(rows, 1);
    uint64_t size_bytes = database_rows_unsigned(rows, 2);
    if (!pattern)
        return error_set_no_memory(error);
    enum status status = STATUS_OK;
    if (platform != judging->platform)
        status = end_platform(judging, least_threshold, error);
    else if (!judging->pattern || strcmp(pattern, judging->pattern) != 0 || size_bytes != judging->size_bytes)
        status = end_group(judging, error);
    free(judging->pattern);
    judging->pattern = pattern;
    judging->platform = platform;
    judging->size_bytes = size_bytes;
    if (status != STATUS_OK)
        return status;
    double *logs = with_room(judging->logs, &judging->log_capacity, judging->log_count, sizeof *logs);
    if (!logs)
        return error_set_no_memory(error);
    judging->logs = logs;
    judging->logs[judging->log_count++] = log(database_rows_real(rows, 3));
    return STATUS_OK;
}

enum status controls_judge(struct analysis *analysis, double least_threshold, struct error *error)
{
    for (size_t i = 0; i < analysis->platform_count; i++)
        analysis->platforms[i].practical_threshold = least_threshold;
    CLEANUP(database_rows_release) struct database_rows rows = {0};
    CLEANUP(judging_release) struct judging judging = {0};
    enum status status =
        database_query(&analysis->database, fetch_twins_sql, DATABASE_NO_PARAMETERS, &rows, error);
    while (status == STATUS_OK && database_rows_next(&rows))
        status = take_row(analysis, &rows, &judging, least_threshold, error);
    return status == STATUS_OK ? end_platform(&judging, least_threshold, error) : status;
}
