#include "statistics/statistics.h"

#include <math.h>
#include <string.h>

// Rounding in the coverage may not cost an order statistic.
static const double coverage_slack = 1e-12;

static struct interval no_interval(void)
{
    return (struct interval){.exists = false, .low = NAN, .high = NAN, .coverage = NAN};
}

static bool is_confidence(double confidence)
{
    return confidence > 0 && confidence < 1;
}

// Coverage of the interval between the order statistics `rank` and count + 1 - rank, rank counted from 1.
static double order_statistic_coverage(size_t rank, size_t count)
{
    return 1 - 2 * statistics_binomial_probability(rank - 1, count, 0.5);
}

struct interval statistics_median_interval(const double *sorted, size_t count, double confidence)
{
    if (count < 2 || isnan(sorted[count - 1]) || !is_confidence(confidence))
        return no_interval();
    size_t reaching = 0; // the largest rank known to reach the confidence, 0: none yet
    size_t beyond = count / 2 + 1;
    while (beyond - reaching > 1) {
        size_t rank = reaching + (beyond - reaching) / 2;
        if (order_statistic_coverage(rank, count) >= confidence - coverage_slack)
            reaching = rank;
        else
            beyond = rank;
    }
    if (reaching == 0)
        return no_interval();
    return (struct interval){.exists = true,
                             .low = sorted[reaching - 1],
                             .high = sorted[count - reaching],
                             .coverage = order_statistic_coverage(reaching, count)};
}

size_t statistics_median_interval_needs(double confidence)
{
    if (!is_confidence(confidence))
        return 0;
    size_t count = 2;
    while (order_statistic_coverage(1, count) < confidence - coverage_slack)
        count++;
    return count;
}

// Of values that are sorted already.
static struct estimate estimate_sorted(const double *sorted, size_t count, double confidence)
{
    return (struct estimate){.value = statistics_quantile_sorted(sorted, count, 0.5),
                             .interval = statistics_median_interval(sorted, count, confidence),
                             .count = count};
}

struct estimate statistics_median_estimate(const double *values, size_t count, double confidence,
                                           double *scratch)
{
    if (count > 0)
        memcpy(scratch, values, count * sizeof *values);
    statistics_sort(scratch, count);
    return estimate_sorted(scratch, count, confidence);
}

struct estimate statistics_paired_ratio(const double *numerators, const double *denominators, size_t count,
                                        double confidence, double *scratch)
{
    size_t pairs = 0;
    for (size_t i = 0; i < count; i++) {
        double ratio = numerators[i] / denominators[i];
        if (!isnan(ratio))
            scratch[pairs++] = ratio;
    }
    statistics_sort(scratch, pairs);
    return estimate_sorted(scratch, pairs, confidence);
}

struct interval statistics_proportion_interval(uint64_t successes, uint64_t trials, double confidence)
{
    if (trials == 0 || successes > trials || !is_confidence(confidence))
        return no_interval();
    double tail = (1 - confidence) / 2;
    double failures = (double)(trials - successes);
    double found = (double)successes;
    return (struct interval){
        .exists = true,
        .low = successes == 0 ? 0 : statistics_beta_quantile(tail, found, failures + 1),
        .high = successes == trials ? 1 : statistics_beta_quantile(1 - tail, found + 1, failures),
        .coverage = confidence};
}
