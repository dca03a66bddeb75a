// Values and shares while they are gathered.
#include <math.h>
#include <stdlib.h>

#include "selftest/private.h"

void selftest_values_add(struct selftest_values *values, double value)
{
    if (isnan(value))
        return;
    if (values->count == values->capacity) {
        size_t capacity = values->capacity ? 2 * values->capacity : 256;
        double *items = realloc(values->items, capacity * sizeof *items);
        values->failed = values->failed || !items;
        if (!items)
            return;
        values->items = items;
        values->capacity = capacity;
    }
    values->items[values->count++] = value;
}

void selftest_values_release(struct selftest_values *values)
{
    free(values->items);
    *values = (struct selftest_values){0};
}

double selftest_values_quantile(struct selftest_values *values, double probability)
{
    statistics_sort(values->items, values->count);
    return statistics_quantile_sorted(values->items, values->count, probability);
}

void selftest_share_finish(struct selftest_share *share)
{
    share->interval = statistics_proportion_interval(share->count, share->of, 0.95);
}
