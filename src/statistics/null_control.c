// Twins are alike where the median of the logarithms of their ratios is 0: a signed-rank test for each group,
// Holm over the groups.
#include <math.h>

#include "statistics/statistics.h"

static const double significance = 0.05; // what it costs is verdicts, not false ones
static const double share = 0.95;

struct null_group statistics_null_group(const double *logs, size_t count, double *scratch)
{
    return (struct null_group){
        .ratio = exp(statistics_median(logs, count, scratch)),
        .p_value = statistics_signed_rank(logs, count, scratch).p_value,
    };
}

double statistics_distance_from_one(double ratio)
{
    return exp(fabs(log(ratio))) - 1;
}

void statistics_judge_null_groups(struct null_group *groups, size_t count, double least_distance,
                                  double *scratch)
{
    double *p_values = scratch, *adjusted = scratch + count;
    for (size_t i = 0; i < count; i++)
        p_values[i] = groups[i].p_value;
    statistics_holm(p_values, count, scratch + 2 * count, adjusted);
    for (size_t i = 0; i < count; i++)
        groups[i].differs =
            adjusted[i] <= significance && statistics_distance_from_one(groups[i].ratio) > least_distance;
}

double statistics_null_groups_p95(const struct null_group *groups, size_t count, double *scratch)
{
    for (size_t i = 0; i < count; i++)
        scratch[i] = statistics_distance_from_one(groups[i].ratio);
    statistics_sort(scratch, count);
    return statistics_quantile_sorted(scratch, count, share);
}
