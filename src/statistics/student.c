// Student's and Welch's t tests, and the choice between them and ranks. Ranks assume nothing about the tails
// of the noise and see nothing but order: of n pairs the smallest p is 2 / 2^n, of two samples of n it is 2 /
// C(2n, n). Where that is not small enough for the family, no gap could ever be significant; t, which sees
// how large the gap is, decides then. On heavy tails it is conservative, and the threshold from the null
// control stands behind it.
#include <math.h>

#include "statistics/statistics.h"

static struct test_result no_result(void)
{
    return (struct test_result){.statistic = NAN, .p_value = NAN};
}

// P(|T| >= t) with that many degrees of freedom: I_x(df/2, 1/2) at x = df / (df + t^2).
static double t_tails(double t, double freedom)
{
    if (isinf(t))
        return 0;
    return statistics_beta_probability(freedom / (freedom + t * t), freedom / 2, 0.5);
}

struct test_result statistics_t_test(const double *values, size_t count)
{
    struct moments moments = statistics_moments(values, count);
    if (count < 2 || !isfinite(moments.mean))
        return no_result();
    double error = moments.standard_deviation / sqrt((double)count);
    if (error == 0)
        return (struct test_result){.statistic = moments.mean == 0 ? 0 : copysign(INFINITY, moments.mean),
                                    .p_value = moments.mean == 0 ? 1 : 0};
    double t = moments.mean / error;
    return (struct test_result){.statistic = t, .p_value = t_tails(fabs(t), (double)count - 1)};
}

static struct test_result welch(struct moments first, size_t first_count, struct moments second,
                                size_t second_count)
{
    if (first_count < 2 || second_count < 2 || !isfinite(first.mean) || !isfinite(second.mean))
        return no_result();
    double of_first = first.standard_deviation * first.standard_deviation / (double)first_count;
    double of_second = second.standard_deviation * second.standard_deviation / (double)second_count;
    double gap = first.mean - second.mean, variance = of_first + of_second;
    if (variance == 0)
        return (struct test_result){.statistic = gap == 0 ? 0 : copysign(INFINITY, gap), .p_value = gap == 0};
    double freedom = variance * variance /
                     (of_first * of_first / ((double)first_count - 1) +
                      of_second * of_second / ((double)second_count - 1));
    double t = gap / sqrt(variance);
    return (struct test_result){.statistic = t, .p_value = t_tails(fabs(t), freedom)};
}

static bool can_be_significant(double smallest_p, size_t family, double significance)
{
    return smallest_p * (double)(family > 0 ? family : 1) <= significance;
}

struct test_result statistics_paired_test(const double *logs, size_t count, size_t family,
                                          double significance, double *scratch)
{
    if (can_be_significant(ldexp(2, -(int)count), family, significance))
        return statistics_capped_signed_rank(logs, count, scratch);
    return statistics_t_test(logs, count);
}

static struct moments moments_of_logs(const struct sample *sample, double *scratch)
{
    for (size_t i = 0; i < sample->count; i++)
        scratch[i] = log(sample->values[i]);
    return statistics_moments(scratch, sample->count);
}

struct test_result statistics_unpaired_test(const struct sample *first, const struct sample *second,
                                            size_t family, double significance, double *scratch)
{
    double smallest_p = 2;
    for (size_t i = 1; i <= first->count; i++)
        smallest_p *= (double)i / (double)(second->count + i);
    if (can_be_significant(smallest_p, family, significance))
        return statistics_mann_whitney(first, second, scratch);
    struct moments of_first = moments_of_logs(first, scratch);
    return welch(of_first, first->count, moments_of_logs(second, scratch), second->count);
}
