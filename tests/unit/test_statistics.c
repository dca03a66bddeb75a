#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/random.h"
#include "statistics/statistics.h"

#define ARRAY(...) ((const double[]){__VA_ARGS__})

static void assert_close(double actual, double expected, double tolerance)
{
    if (isnan(expected) ? !isnan(actual) : !(fabs(actual - expected) <= tolerance))
        fail_msg("%.17g is not %.17g within %g", actual, expected, tolerance);
}

static void assert_no_interval(struct interval interval)
{
    assert_false(interval.exists);
    assert_true(isnan(interval.low) && isnan(interval.high) && isnan(interval.coverage));
}

// --- Description ---

static void sorting_puts_values_in_order_and_nan_last(void **state)
{
    (void)state;
    struct random random;
    random_seed(&random, 1);
    size_t examined = 0;
    for (size_t count = 0; count <= 300; count += 1 + count / 10) {
        double values[300];
        size_t nan_count = count / 7;
        double sum = 0;
        for (size_t i = 0; i < count; i++) {
            values[i] = i < nan_count ? NAN : (double)random_below(&random, 50);
            sum += i < nan_count ? 0 : values[i];
        }
        random_shuffle(&random, values, count, sizeof *values);
        statistics_sort(values, count);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(isnan(values[i]) != 0, i >= count - nan_count);
            if (i > 0 && i < count - nan_count)
                assert_true(values[i - 1] <= values[i]);
            sum -= isnan(values[i]) ? 0 : values[i];
            examined++;
        }
        assert_true(sum == 0);
    }
    assert_true(examined > 1000);
}

static void quantiles_have_known_values(void **state)
{
    (void)state;
    static const struct {
        double values[6];
        size_t count;
        double probability;
        double expected;
    } cases[] = {
        {{3}, 1, 0.5, 3},
        {{3}, 1, 1, 3},
        {{4, 1, 3, 2}, 4, 0.5, 2.5},
        {{4, 1, 3, 2}, 4, 0, 1},
        {{4, 1, 3, 2}, 4, 1, 4},
        {{4, 1, 3, 2}, 4, 0.25, 1.75},
        {{10, 20, 30, 40, 50}, 5, 0.1, 14},
        {{0}, 0, 0.5, NAN},
        {{1, NAN, 2}, 3, 0.5, NAN},
        {{1, 2}, 2, 1.5, NAN},
        {{1, 2}, 2, -0.1, NAN},
        {{1, 2}, 2, NAN, NAN},
        {{1, INFINITY, INFINITY}, 3, 0.5, INFINITY},
        {{1, 2, INFINITY}, 3, 0.5, 2},
        {{INFINITY, INFINITY}, 2, 0.5, INFINITY},
        {{1, INFINITY}, 2, 0.5, INFINITY},
        {{-INFINITY, INFINITY}, 2, 0.5, NAN},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        double scratch[6];
        double quantile = statistics_quantile(cases[i].values, cases[i].count, cases[i].probability, scratch);
        if (isinf(cases[i].expected))
            assert_true(quantile == cases[i].expected);
        else
            assert_close(quantile, cases[i].expected, 1e-15);
    }
}

static void moments_have_known_values_and_survive_large_offsets(void **state)
{
    (void)state;
    struct moments moments = statistics_moments(ARRAY(2, 4, 4, 4, 5, 5, 7, 9), 8);
    assert_close(moments.mean, 5, 0);
    assert_close(moments.standard_deviation, sqrt(32.0 / 7), 1e-15);
    assert_close(moments.minimum, 2, 0);
    assert_close(moments.maximum, 9, 0);
    moments = statistics_moments(ARRAY(1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16), 4);
    assert_close(moments.mean, 1e9 + 10, 0);
    assert_close(moments.standard_deviation, sqrt(30), 1e-14);
    assert_true(isnan(statistics_moments(NULL, 0).mean));
    assert_true(isnan(statistics_moments(ARRAY(1, NAN), 2).minimum));
    moments = statistics_moments(ARRAY(7), 1);
    assert_close(moments.mean, 7, 0);
    assert_true(isnan(moments.standard_deviation));
    moments = statistics_moments(ARRAY(1, INFINITY), 2);
    assert_true(isinf(moments.mean) && isnan(moments.standard_deviation));
}

// --- Distributions and exact intervals ---

static void distributions_have_known_values(void **state)
{
    (void)state;
    assert_close(statistics_beta_probability(0.3, 2.5, 7.25), 0.66048227358190725, 1e-15);
    assert_close(statistics_beta_probability(0.25, 20, 81), 0.90046958989468594, 1e-15);
    assert_close(statistics_beta_probability(0, 2, 3), 0, 0);
    assert_close(statistics_beta_probability(1, 2, 3), 1, 0);
    assert_true(isnan(statistics_beta_probability(0.5, 0, 1)));
    assert_true(isnan(statistics_beta_probability(NAN, 1, 1)));
    assert_true(isnan(statistics_beta_probability(0.5, INFINITY, 1)));
    assert_true(isnan(statistics_beta_quantile(1.5, 1, 1)));
    assert_close(statistics_binomial_probability(3, 10, 0.5), 176.0 / 1024, 1e-15);
    assert_close(statistics_binomial_probability(10, 10, 0.5), 1, 0);
    assert_close(statistics_binomial_probability(0, 0, 0.5), 1, 0);
    assert_true(isnan(statistics_binomial_probability(1, 2, 1.1)));
    assert_close(statistics_normal_quantile(0.975), 1.9599639845400542, 1e-15);
    assert_close(statistics_normal_quantile(1e-6), -4.7534243088228987, 1e-14);
    assert_close(statistics_normal_quantile(0.5), 0, 1e-17);
    assert_true(isinf(statistics_normal_quantile(0)) && isinf(statistics_normal_quantile(1)));
    assert_true(isnan(statistics_normal_quantile(-1)));
}

static void beta_quantile_inverts_the_probability(void **state)
{
    (void)state;
    struct random random;
    random_seed(&random, 2);
    for (int i = 0; i < 2000; i++) {
        double a = exp(log(1e5) * random_unit(&random));
        double b = exp(log(1e5) * random_unit(&random));
        double probability = random_unit(&random);
        double x = statistics_beta_quantile(probability, a, b);
        assert_true(x >= 0 && x <= 1);
        assert_close(statistics_beta_probability(x, a, b), probability, 1e-10);
    }
}

static void clopper_pearson_has_known_values(void **state)
{
    (void)state;
    struct interval interval = statistics_proportion_interval(7, 100, 0.95);
    assert_close(interval.low, 0.028605288907438692, 1e-15);
    assert_close(interval.high, 0.13891972845585734, 1e-15);
    interval = statistics_proportion_interval(190, 200, 0.95);
    assert_close(interval.low, 0.90997246229864859, 1e-15);
    assert_close(interval.high, 0.97576583452789145, 1e-15);
    interval = statistics_proportion_interval(0, 100, 0.95);
    assert_close(interval.low, 0, 0);
    assert_close(interval.high, 1 - pow(0.025, 0.01), 1e-15);
    interval = statistics_proportion_interval(100, 100, 0.95);
    assert_close(interval.low, pow(0.025, 0.01), 1e-15);
    assert_close(interval.high, 1, 0);
    assert_no_interval(statistics_proportion_interval(0, 0, 0.95));
    assert_no_interval(statistics_proportion_interval(3, 2, 0.95));
    assert_no_interval(statistics_proportion_interval(1, 2, 1));
}

static void median_interval_uses_the_tabulated_order_statistics(void **state)
{
    (void)state;
    static const struct {
        size_t count;
        double confidence;
        size_t rank; // 0: no interval
        double coverage;
    } cases[] = {
        {0, 0.95, 0, 0},
        {1, 0.95, 0, 0},
        {5, 0.95, 0, 0},
        {6, 0.95, 1, 0.96875},
        {8, 0.95, 1, 0.9921875},
        {9, 0.95, 2, 0.9609375},
        {4, 0.90, 0, 0},
        {5, 0.90, 1, 0.9375},
        {10, 0.95, 2, 0.978515625},
        {12, 0.95, 3, 0.96142578125},
        {20, 0.95, 6, 0.9586105347},
        {30, 0.95, 10, 0.9572260547},
        {6, 0.96875, 1, 0.96875},
        {20, 0, 0, 0},
        {20, 1, 0, 0},
        {20, NAN, 0, 0},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        double sorted[30];
        for (size_t k = 0; k < cases[i].count; k++)
            sorted[k] = (double)(k + 1);
        struct interval interval = statistics_median_interval(sorted, cases[i].count, cases[i].confidence);
        if (cases[i].rank == 0) {
            assert_no_interval(interval);
            continue;
        }
        assert_true(interval.exists);
        assert_close(interval.low, (double)cases[i].rank, 0);
        assert_close(interval.high, (double)(cases[i].count + 1 - cases[i].rank), 0);
        assert_close(interval.coverage, cases[i].coverage, 1e-9);
    }
    assert_int_equal(statistics_median_interval_needs(0.95), 6);
    assert_int_equal(statistics_median_interval_needs(0.90), 5);
    assert_int_equal(statistics_median_interval_needs(0), 0);
    assert_no_interval(statistics_median_interval(ARRAY(1, 2, 3, 4, 5, 6, NAN), 7, 0.95));
}

static void paired_ratio_leaves_out_missing_pairs(void **state)
{
    (void)state;
    const double *numerators = ARRAY(2, 4, NAN, 9, 0, 10, 12, 14, 2);
    const double *denominators = ARRAY(1, 2, 7, 3, 0, 5, 6, 7, NAN);
    double scratch[9];
    struct estimate estimate = statistics_paired_ratio(numerators, denominators, 9, 0.95, scratch);
    assert_int_equal(estimate.count, 6);
    assert_close(estimate.value, 2, 0);
    assert_close(estimate.interval.low, 2, 0);
    assert_close(estimate.interval.high, 3, 0);
    estimate = statistics_paired_ratio(numerators, denominators, 3, 0.95, scratch);
    assert_int_equal(estimate.count, 2);
    assert_close(estimate.value, 2, 0);
    assert_no_interval(estimate.interval);
    estimate = statistics_paired_ratio(numerators, denominators, 0, 0.95, scratch);
    assert_true(isnan(estimate.value));
}

static struct estimate unpaired(struct sample numerator, struct sample denominator, double confidence)
{
    struct estimate estimate;
    assert_int_equal(statistics_unpaired_ratio(&numerator, &denominator, confidence, &estimate, NULL),
                     STATUS_OK);
    return estimate;
}

static void unpaired_ratio_scales_and_refuses_what_it_cannot_do(void **state)
{
    (void)state;
    double values[20], doubled[20];
    struct random random;
    random_seed(&random, 3);
    for (int i = 0; i < 20; i++) {
        values[i] = shape_draw(SHAPE_LOGNORMAL, &random);
        doubled[i] = 2 * values[i];
    }
    const struct sample sample = {values, 20}, twice = {doubled, 20}, few = {values, 5}, none = {values, 0};
    struct estimate same = unpaired(sample, sample, 0.95), scaled = unpaired(twice, sample, 0.95);
    assert_close(same.value, 1, 1e-12);
    assert_true(same.interval.exists && same.interval.low < 1 && same.interval.high > 1);
    assert_close(same.interval.low * same.interval.high, 1, 1e-12);
    assert_close(scaled.value, 2, 1e-12);
    assert_close(scaled.interval.low, 2 * same.interval.low, 1e-12);
    assert_true(unpaired(few, sample, 0.95).value > 0);
    assert_no_interval(unpaired(few, sample, 0.95).interval);
    assert_true(isnan(unpaired(sample, none, 0.95).value));
    assert_true(isnan(unpaired(sample, (struct sample){(const double[20]){0}, 20}, 0.95).value));
    values[3] = INFINITY;
    assert_true(isnan(unpaired(sample, twice, 0.95).value));
}

// Six against six: the pairs' ratios are 2^(i - k). Of 924 orders the two most extreme on either side are 1 +
// 1 (U = 0, 1), so the 95 % interval (5 + 1 allowed in the tables: U = 5) lies between the 6th and the 31st
// of the 36 ratios.
static void unpaired_ratio_has_known_values(void **state)
{
    (void)state;
    static const double powers[] = {1, 2, 4, 8, 16, 32};
    const struct sample sample = {powers, 6};
    struct estimate estimate = unpaired(sample, sample, 0.95);
    assert_close(estimate.value, 1, 1e-12);
    assert_close(estimate.interval.low, 0.125, 1e-12);
    assert_close(estimate.interval.high, 8, 1e-12);
    assert_true(estimate.interval.coverage >= 0.95 && estimate.interval.coverage < 0.97);
}

// R: summary(lm(y ~ x - 1)), confint(); cor(x, y, method = "kendall").
static void slopes_and_orders_have_known_values(void **state)
{
    (void)state;
    const double x[] = {1, 2, 3, 4}, y[] = {2.1, 3.9, 6.2, 7.8}, tied[] = {1, 1, 2, 3};
    const struct estimate slope = statistics_slope(x, y, 4, 0.95);
    assert_true(fabs(slope.value - 1.99) < 1e-12);
    assert_true(fabs(slope.interval.low - 1.88552) < 1e-5 && fabs(slope.interval.high - 2.09448) < 5e-4);
    assert_false(statistics_slope(x, y, 1, 0.95).interval.exists);
    assert_true(isnan(statistics_slope((const double[]){0, 0}, y, 2, 0.95).value));
    assert_true(fabs(statistics_kendall_tau(x, y, 4) - 1) < 1e-12);
    assert_true(fabs(statistics_kendall_tau(x, (const double[]){4, 3, 2, 1}, 4) + 1) < 1e-12);
    assert_true(fabs(statistics_kendall_tau(x, tied, 4) - 5 / sqrt(30)) < 1e-12);
    assert_true(isnan(statistics_kendall_tau(x, (const double[]){1, 1, 1, 1}, 4)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slopes_and_orders_have_known_values),
        cmocka_unit_test(sorting_puts_values_in_order_and_nan_last),
        cmocka_unit_test(quantiles_have_known_values),
        cmocka_unit_test(moments_have_known_values_and_survive_large_offsets),
        cmocka_unit_test(distributions_have_known_values),
        cmocka_unit_test(beta_quantile_inverts_the_probability),
        cmocka_unit_test(clopper_pearson_has_known_values),
        cmocka_unit_test(median_interval_uses_the_tabulated_order_statistics),
        cmocka_unit_test(paired_ratio_leaves_out_missing_pairs),
        cmocka_unit_test(unpaired_ratio_scales_and_refuses_what_it_cannot_do),
        cmocka_unit_test(unpaired_ratio_has_known_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
