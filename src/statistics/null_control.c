// Twins are alike where the median of the logarithms of their ratios is 0: a signed-rank test for each cell,
// Holm over the cells.
#include <math.h>

#include "statistics/statistics.h"

static const double significance = 0.05;
static const double share = 0.95;
static const double confidence = 0.95;

struct null_cell statistics_null_cell(const double *logs, size_t count, double *scratch)
{
    struct estimate median = statistics_median_estimate(logs, count, confidence, scratch);
    return (struct null_cell){
        .ratio = exp(median.value),
        .reach = expm1(fmax(fabs(median.interval.low), fabs(median.interval.high))),
        .p_value = statistics_capped_signed_rank(logs, count, scratch).p_value,
    };
}

double statistics_distance_from_one(double ratio)
{
    return exp(fabs(log(ratio))) - 1;
}

void statistics_judge_null_cells(struct null_cell *cells, size_t count, double min_distance, double *scratch)
{
    double *p_values = scratch, *adjusted = scratch + count;
    for (size_t i = 0; i < count; i++)
        p_values[i] = cells[i].p_value;
    statistics_holm(p_values, count, scratch + 2 * count, adjusted);
    for (size_t i = 0; i < count; i++)
        cells[i].differs =
            adjusted[i] <= significance && statistics_distance_from_one(cells[i].ratio) > min_distance;
}

double statistics_null_cells_p95(const struct null_cell *cells, size_t count, double *scratch)
{
    for (size_t i = 0; i < count; i++)
        scratch[i] = statistics_distance_from_one(cells[i].ratio);
    statistics_sort(scratch, count);
    return statistics_quantile_sorted(scratch, count, share);
}

// The smallest k for which the k-th smallest of `count` values is above the percentile with that confidence;
// 0 when not even the largest is.
static size_t bounding_rank(size_t count)
{
    size_t low = 1, high = count + 1;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (statistics_binomial_probability(middle - 1, count, share) >= confidence)
            high = middle;
        else
            low = middle + 1;
    }
    return low <= count ? low : 0;
}

double statistics_null_threshold(const struct null_cell *cells, size_t count, double *scratch)
{
    size_t rank = count > 0 ? bounding_rank(count) : 0;
    double largest = 0;
    for (size_t i = 0; i < count; i++) {
        scratch[i] = statistics_distance_from_one(cells[i].ratio);
        largest = fmax(largest, cells[i].reach);
    }
    if (rank == 0)
        return largest;
    statistics_sort(scratch, count);
    return scratch[rank - 1];
}
