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

static void rank_tests_have_known_values(void **state)
{
    (void)state;
    double scratch[20];
    struct sample low = {ARRAY(1.1, 2.2, 3.3, 4.4), 4};
    struct sample high = {ARRAY(5.5, 6.6, 7.7, 8.8, 9.9), 5};
    struct test_result result = statistics_mann_whitney(&low, &high, scratch);
    assert_true(result.exact);
    assert_close(result.statistic, 0, 0);
    assert_close(result.p_value, 2.0 / 126, 1e-16);
    result = statistics_mann_whitney(&high, &low, scratch);
    assert_close(result.statistic, 20, 0);
    assert_close(result.p_value, 2.0 / 126, 1e-16);
    struct sample same = {ARRAY(3, 3, 3), 3};
    assert_close(statistics_mann_whitney(&same, &same, scratch).p_value, 1, 0);
    struct sample infinite = {ARRAY(INFINITY, INFINITY, 1), 3};
    assert_true(statistics_mann_whitney(&infinite, &high, scratch).p_value <= 1);
    struct sample empty = {NULL, 0};
    assert_true(isnan(statistics_mann_whitney(&empty, &high, scratch).p_value));
    struct sample unknown = {ARRAY(1, NAN), 2};
    assert_true(isnan(statistics_mann_whitney(&high, &unknown, scratch).p_value));

    result = statistics_capped_signed_rank(ARRAY(1.5, 2.5, -0.5, 3.5, 4.5, 5.5), 6, scratch);
    assert_true(result.exact);
    assert_close(result.statistic, 1, 0);
    assert_close(result.p_value, 4.0 / 64, 1e-16);
    assert_close(statistics_capped_signed_rank(ARRAY(0, 0), 2, scratch).p_value, 1, 0);
    assert_true(isnan(statistics_capped_signed_rank(NULL, 0, scratch).p_value));
    assert_true(isnan(statistics_capped_signed_rank(ARRAY(1, NAN), 2, scratch).p_value));

    assert_close(statistics_sign_flip_test(ARRAY(1, 2, 3, 4, 5), 5, 1).p_value, 2.0 / 32, 0);
    assert_close(statistics_sign_flip_test(ARRAY(0, 0, 0), 3, 1).p_value, 1, 0);
    assert_true(isnan(statistics_sign_flip_test(ARRAY(1, INFINITY), 2, 1).p_value));
    assert_true(isnan(statistics_sign_flip_test(NULL, 0, 1).p_value));
}

static double two_sided(double statistic, double mean, double deviation)
{
    return fmin(1, 2 * statistics_normal_probability((statistic - mean + 0.5) / deviation));
}

// The largest exact cases: neither wraps around, overflows nor leaves [0, 1].
static void largest_exact_rank_tests_agree_with_the_normal_approximation(void **state)
{
    (void)state;
    enum { COUNT = 50, CAP = 13 };
    double first_values[COUNT], second_values[COUNT], scratch[2 * COUNT], scores = 0, squares = 0;
    for (int rank = 1; rank <= COUNT; rank++) {
        scores += rank < CAP ? rank : CAP;
        squares += rank < CAP ? rank * rank : CAP * CAP;
    }
    struct sample first = {first_values, COUNT};
    struct sample second = {second_values, COUNT};
    size_t examined = 0;
    for (double shift = -50.25; shift <= 50; shift += 12.5) {
        for (int i = 0; i < COUNT; i++) {
            first_values[i] = i;
            second_values[i] = i + shift;
        }
        struct test_result result = statistics_mann_whitney(&first, &second, scratch);
        double pairs = COUNT * COUNT, smaller = fmin(result.statistic, pairs - result.statistic);
        assert_true(result.exact && result.p_value > 0);
        assert_close(result.p_value, two_sided(smaller, pairs / 2, sqrt(pairs * (2 * COUNT + 1) / 12)),
                     0.002);
        for (int i = 0; i < COUNT; i++)
            second_values[i] += i * 1e-6 - first_values[i] + 0.1 * (i % 7 - 3);
        result = statistics_capped_signed_rank(second_values, COUNT, scratch);
        assert_true(result.exact && result.p_value > 0);
        assert_close(result.p_value, two_sided(result.statistic, scores / 2, sqrt(squares) / 2), 0.005);
        examined++;
    }
    assert_int_equal(examined, 9);
}

// Under no difference a test at level α rejects in at most α of all cases, and not in far fewer.
static void tests_keep_their_level(void **state)
{
    (void)state;
    enum { EXPERIMENTS = 4000, COUNT = 12 };
    uint64_t rejected[3] = {0};
    for (uint64_t experiment = 0; experiment < EXPERIMENTS; experiment++) {
        struct random random;
        random_seed(&random, random_derive_seed(11, experiment));
        double first[COUNT];
        double second[COUNT];
        double differences[COUNT];
        double scratch[2 * COUNT];
        for (int i = 0; i < COUNT; i++) {
            first[i] = shape_draw(SHAPE_SPIKY, &random);
            second[i] = shape_draw(SHAPE_SPIKY, &random);
            differences[i] = log(first[i] / second[i]);
        }
        struct sample one = {first, COUNT};
        struct sample other = {second, COUNT};
        rejected[0] += statistics_mann_whitney(&one, &other, scratch).p_value <= 0.05;
        rejected[1] += statistics_capped_signed_rank(differences, COUNT, scratch).p_value <= 0.05;
        rejected[2] += statistics_sign_flip_test(differences, COUNT, 1).p_value <= 0.05;
    }
    for (int i = 0; i < 3; i++) {
        struct interval share = statistics_proportion_interval(rejected[i], EXPERIMENTS, 0.999);
        assert_true(share.low <= 0.05);
        assert_true(share.high >= 0.02);
    }
}

static void abba_blocks_cancel_linear_drift(void **state)
{
    (void)state;
    struct abba_block block = {.values = {exp(1.0), exp(1.1 + 0.05), exp(1.2 + 0.05), exp(1.3)}};
    assert_close(statistics_abba_effect(&block), 0.05, 1e-15);
    struct abba_block reversed = {.values = {exp(1.0 + 0.05), exp(1.1), exp(1.2), exp(1.3 + 0.05)},
                                  .b_first = true};
    assert_close(statistics_abba_effect(&reversed), 0.05, 1e-15);
}

static void random_sign_flips_never_give_zero(void **state)
{
    (void)state;
    double effects[64];
    for (int i = 0; i < 64; i++)
        effects[i] = 1 + i;
    struct test_result result = statistics_sign_flip_test(effects, 64, 5);
    assert_false(result.exact);
    assert_close(result.p_value, 1.0 / 100001, 1e-17);
    assert_close(statistics_sign_flip_test(effects, 64, 5).p_value, result.p_value, 0);
}

static void holm_steps_down_and_leaves_nan_out(void **state)
{
    (void)state;
    double scratch[6];
    double adjusted[6];
    statistics_holm(ARRAY(0.01, 0.04, NAN, 0.03, 0.005, 0.9), 6, scratch, adjusted);
    const double expected[] = {0.04, 0.09, NAN, 0.09, 0.025, 0.9};
    for (int i = 0; i < 6; i++)
        assert_close(adjusted[i], expected[i], 1e-15);
    statistics_holm(ARRAY(0.02, 0.02, 0.02), 3, scratch, adjusted);
    for (int i = 0; i < 3; i++)
        assert_close(adjusted[i], 0.06, 1e-15);
    statistics_holm(ARRAY(0.7, 0.8), 2, scratch, adjusted);
    assert_close(adjusted[0], 1, 0);
    statistics_holm(ARRAY(NAN), 1, scratch, adjusted);
    assert_true(isnan(adjusted[0]));
    statistics_holm(NULL, 0, scratch, adjusted);
}

// --- Verdicts ---

// Eight processes that agree have p = 2 / 256, seven of eight with the least one against 4 / 256.
static void cells_of_a_null_control_differ_by_more_than_chance_and_the_threshold(void **state)
{
    (void)state;
    static const struct {
        double logs[8];
        double ratio, p_value;
        bool differs;
    } cells[] = {
        {{-.05, -.05, -.05, -.05, -.05, -.05, -.05, -.05}, 0.951229424500714, 2.0 / 256, true},
        {{.005, .005, .005, .005, .005, .005, .005, .005}, 1.005012520859401, 2.0 / 256, false},
        {{.05, .06, .04, .05, .06, .04, .05, -.03}, 1.051271096376024, 4.0 / 256, true},
        {{.05, -.05, .04, -.04, .03, -.03, .02, -.02}, 1, 1, false},
    };
    struct null_cell judged[COUNT_OF(cells)];
    double scratch[3 * COUNT_OF(cells) + 8];
    for (size_t i = 0; i < COUNT_OF(cells); i++) {
        judged[i] = statistics_null_cell(cells[i].logs, 8, scratch);
        assert_close(judged[i].ratio, cells[i].ratio, 1e-12);
        assert_close(judged[i].p_value, cells[i].p_value, 1e-15);
    }
    statistics_judge_null_cells(judged, COUNT_OF(cells), 0.01, scratch);
    for (size_t i = 0; i < COUNT_OF(cells); i++)
        assert_int_equal(judged[i].differs, cells[i].differs);
    // Sorted: 0, 0.00501, 0.05127, 0.05127; 95 % lies at 2.85.
    assert_close(statistics_null_cells_p95(judged, COUNT_OF(cells), scratch), 0.051271096376024, 1e-12);
    statistics_judge_null_cells(judged, COUNT_OF(cells), 0.06, scratch);
    for (size_t i = 0; i < COUNT_OF(cells); i++)
        assert_false(judged[i].differs);
}

static void verdicts_follow_the_rule(void **state)
{
    (void)state;
    static const struct {
        double ratio, low, high, adjusted_p;
        enum verdict expected;
    } cases[] = {
        {1.05, 1.04, 1.06, 0.001, VERDICT_SLOWER},
        {0.95, 0.94, 0.96, 0.001, VERDICT_FASTER},
        {1.05, 1.04, 1.06, 0.051, VERDICT_INCONCLUSIVE}, // large, not significant
        {1.005, 1.004, 1.006, 1e-9, VERDICT_UNCHANGED},  // significant, not large
        {1.009, 1.004, 1.02, 1e-9, VERDICT_INCONCLUSIVE},
        {1.00, 0.995, 1.005, 1, VERDICT_UNCHANGED},
        {1.00, 0.98, 1.02, 1, VERDICT_INCONCLUSIVE},
        {1.01, 1.005, 1.015, 1e-9, VERDICT_INCONCLUSIVE}, // on the threshold
        {0.95, 0.94, 0.96, NAN, VERDICT_INCONCLUSIVE},
        {NAN, NAN, NAN, 0.001, VERDICT_INCONCLUSIVE},
        {0, 0, 0, 0.001, VERDICT_INCONCLUSIVE},
        {INFINITY, 1, INFINITY, 0.001, VERDICT_INCONCLUSIVE},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct evidence evidence = {
            .ratio = cases[i].ratio,
            .interval = {.exists = !isnan(cases[i].low), .low = cases[i].low, .high = cases[i].high},
            .adjusted_p = cases[i].adjusted_p,
            .significance = 0.05,
            .family = 100,
            .threshold = 0.01,
            .processes = 20,
        };
        assert_int_equal(statistics_verdict(&evidence), cases[i].expected);
    }
    struct evidence without_interval = {.ratio = 2, .adjusted_p = 0, .significance = 0.05, .threshold = 0.01};
    assert_int_equal(statistics_verdict(&without_interval), VERDICT_INCONCLUSIVE);
    for (int verdict = 0; verdict < VERDICT_COUNT; verdict++)
        assert_true(strlen(verdict_name((enum verdict)verdict)) > 0);
}

static void needed_processes_shrink_with_the_interval(void **state)
{
    (void)state;
    struct evidence evidence = {.ratio = 1.0,
                                .interval = {.exists = true, .low = 1 / 1.04, .high = 1.04},
                                .adjusted_p = 1,
                                .significance = 0.05,
                                .family = 1,
                                .threshold = 0.01,
                                .processes = 20};
    // four times too wide; (1.645 + 0.842) / 1.645 for the power: 20 × (3.94 × 1.512)² = 710
    assert_in_range(statistics_processes_needed(&evidence), 700, 720);
    evidence.interval.low = 1 / 1.02;
    evidence.interval.high = 1.02;
    assert_in_range(statistics_processes_needed(&evidence), 175, 185);
    evidence.ratio = 1.05; // now significance is what is missing, and a larger family asks for more of it
    size_t alone = statistics_processes_needed(&evidence);
    evidence.family = 228;
    size_t in_family = statistics_processes_needed(&evidence);
    assert_int_equal(alone, 21); // would do already; one more at least
    assert_true(in_family >= alone);
    evidence.interval.low = 1 / 1.2;
    evidence.interval.high = 1.2;
    assert_true(statistics_processes_needed(&evidence) > in_family);
    evidence.ratio = 1.01;
    assert_int_equal(statistics_processes_needed(&evidence), 0); // on the threshold: no number would do
    evidence.ratio = NAN;
    assert_int_equal(statistics_processes_needed(&evidence), 0);
    evidence.ratio = 1;
    evidence.interval.exists = false;
    assert_int_equal(statistics_processes_needed(&evidence), 0);
}

// --- Coverage ---

static void shapes_have_the_median_they_say(void **state)
{
    (void)state;
    enum { DRAWS = 40000 };
    for (int shape = 0; shape < SHAPE_COUNT; shape++) {
        struct random random;
        random_seed(&random, 21);
        double median = shape_median((enum shape)shape);
        uint64_t below = 0;
        for (int i = 0; i < DRAWS; i++) {
            double value = shape_draw((enum shape)shape, &random);
            assert_true(value > 0);
            below += value < median;
        }
        struct interval share = statistics_proportion_interval(below, DRAWS, 0.9999);
        assert_true(share.low <= 0.5 && 0.5 <= share.high);
        assert_true(strlen(shape_name((enum shape)shape)) > 0);
    }
    assert_close(shape_median(SHAPE_NORMAL), 100, 1e-12);
    assert_close(shape_median(SHAPE_LOGNORMAL), 100, 1e-12);
}

static void intervals_cover_what_they_promise_on_every_shape(void **state)
{
    (void)state;
    static const size_t process_counts[] = {8, 14, 20, 30};
    size_t examined = 0;
    for (int shape = 0; shape < SHAPE_COUNT; shape++)
        for (int method = COVERAGE_MEDIAN; method <= COVERAGE_PAIRED_RATIO; method++)
            for (size_t i = 0; i < COUNT_OF(process_counts); i++) {
                struct coverage_request request = {.shape = (enum shape)shape,
                                                   .method = (enum coverage_method)method,
                                                   .processes = process_counts[i],
                                                   .repetitions = 1000,
                                                   .confidence = 0.95,
                                                   .seed = 5};
                struct coverage coverage;
                assert_int_equal(statistics_coverage(&request, &coverage, NULL), STATUS_OK);
                assert_int_equal(coverage.without, 0);
                assert_true(coverage.proportion.high >= 0.95);
                examined++;
            }
    assert_int_equal(examined, 4 * 2 * 4);
}

static void coverage_counts_experiments_without_an_interval(void **state)
{
    (void)state;
    struct coverage_request request = {
        .method = COVERAGE_MEDIAN, .processes = 5, .repetitions = 10, .confidence = 0.95};
    struct coverage coverage;
    assert_int_equal(statistics_coverage(&request, &coverage, NULL), STATUS_OK);
    assert_int_equal(coverage.covered, 0);
    assert_int_equal(coverage.without, 10);
    request.method = COVERAGE_UNPAIRED_RATIO;
    request.processes = 20;
    assert_int_equal(statistics_coverage(&request, &coverage, NULL), STATUS_OK);
    assert_int_equal(coverage.without, 0);
    assert_true(coverage.covered >= 6);
    request.repetitions = 0;
    assert_int_equal(statistics_coverage(&request, &coverage, NULL), STATUS_OK);
    assert_no_interval(coverage.proportion);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rank_tests_have_known_values),
        cmocka_unit_test(largest_exact_rank_tests_agree_with_the_normal_approximation),
        cmocka_unit_test(tests_keep_their_level),
        cmocka_unit_test(abba_blocks_cancel_linear_drift),
        cmocka_unit_test(random_sign_flips_never_give_zero),
        cmocka_unit_test(holm_steps_down_and_leaves_nan_out),
        cmocka_unit_test(cells_of_a_null_control_differ_by_more_than_chance_and_the_threshold),
        cmocka_unit_test(verdicts_follow_the_rule),
        cmocka_unit_test(needed_processes_shrink_with_the_interval),
        cmocka_unit_test(shapes_have_the_median_they_say),
        cmocka_unit_test(intervals_cover_what_they_promise_on_every_shape),
        cmocka_unit_test(coverage_counts_experiments_without_an_interval),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
