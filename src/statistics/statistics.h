// Statistics over small arrays of double: estimates with intervals, rank tests, verdicts.
//
// Common to all functions:
//   - Pure: the same input (and seed) gives the same output. Input arrays are never changed.
//   - `scratch` is room that the caller lends; its content before and after the call means nothing. Only
//     functions with a `struct error *` allocate, and they free again. None takes more than 64 KiB of stack.
//   - A value that cannot be computed is NaN. An interval that does not exist has `exists` false, and its
//     limits are NaN.
//   - Unless stated otherwise, an empty array or one that contains a NaN gives NaN. Infinities count as the
//     largest and smallest values in everything that depends only on order.
//   - `confidence` is in (0, 1), two-sided, equal tails. All p values are two-sided.
#ifndef STATISTICS_STATISTICS_H
#define STATISTICS_STATISTICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/random.h"

struct interval {
    bool exists;
    double low;
    double high;
    double coverage; // the probability reached: for exact methods at least the one requested
};

struct estimate {
    double value;
    struct interval interval;
    size_t count; // processes, values or pairs that it rests on
};

struct moments {
    double mean;
    double standard_deviation; // of a sample: divided by count - 1; NaN for fewer than two values
    double minimum;
    double maximum;
};

struct test_result {
    double statistic;
    double p_value;
    bool exact; // false: by the normal approximation, or by random permutations
};

// --- Description (describe.c) ---

// Sorts ascending, NaN last. In place, no allocation, O(n log n) at worst (Williams, CACM 7(6), 1964).
void statistics_sort(double *values, size_t count);

// Two passes with the correction of Chan, Golub & LeVeque, The American Statistician 37(3), 1983.
struct moments statistics_moments(const double *values, size_t count);

// The quantile of sorted values at `probability` in [0, 1]: type 7 of Hyndman & Fan, The American
// Statistician 50(4), 1996 (linear between the order statistics at (n - 1) p; the default of R, NumPy, Polars
// and DuckDB's quantile_cont). Where the two neighbours are equal it is exactly them, infinities included.
double statistics_quantile_sorted(const double *sorted, size_t count, double probability);

// Quantile and median of unsorted values. `scratch`: `count` values.
double statistics_quantile(const double *values, size_t count, double probability, double *scratch);
double statistics_median(const double *values, size_t count, double *scratch);

// --- Distributions (distribution.c) ---

// P(X <= x) of the beta distribution, the regularized incomplete beta function I_x(a, b), for a, b > 0: the
// continued fraction of DiDonato & Morris (ACM TOMS 18(3), 1992) by Lentz's method, with the leading factor
// in Loader's saddle-point form ("Fast and accurate computation of binomial probabilities", 2000), so that
// large a and b lose no digits.
double statistics_beta_probability(double x, double a, double b);

// Its inverse in x: Newton's steps inside a shrinking bracket.
double statistics_beta_quantile(double probability, double a, double b);

// P(X <= successes) of the binomial distribution.
double statistics_binomial_probability(uint64_t successes, uint64_t trials, double success_probability);

double statistics_normal_probability(double z);
double statistics_normal_quantile(double probability);

// --- Intervals (interval.c) ---

// The exact interval of the median between the order statistics k and n + 1 - k of sorted values, with the
// largest k whose binomial coverage is at least `confidence`: free of any assumption about the distribution
// (Thompson, Annals of Mathematical Statistics 7(3), 1936; David & Nagaraja, Order Statistics, 7.1). No
// interval when even the extremes do not reach the confidence: fewer than 6 values at 95 %, fewer than 5 at
// 90 %.
struct interval statistics_median_interval(const double *sorted, size_t count, double confidence);

// The smallest number of values for which that interval exists; 0 when `confidence` is not in (0, 1).
size_t statistics_median_interval_needs(double confidence);

// Median with exact interval. `scratch`: `count` values.
struct estimate statistics_median_estimate(const double *values, size_t count, double confidence,
                                           double *scratch);

// The ratio of each pair, then their median with the exact interval: for what ran next to each other. A pair
// with a NaN on either side, 0 / 0 or inf / inf, is missing and left out; `ret.count` says how many took
// part. `scratch`: `count` values.
struct estimate statistics_paired_ratio(const double *numerators, const double *denominators, size_t count,
                                        double confidence, double *scratch);

// The exact interval of a proportion (Clopper & Pearson, Biometrika 26(4), 1934). successes <= trials,
// otherwise, or with no trials, there is none.
struct interval statistics_proportion_interval(uint64_t successes, uint64_t trials, double confidence);

// --- Two independent samples (rank.c) ---

// One side of a comparison: values of independent processes.
struct sample {
    const double *values;
    size_t count; // at most UINT32_MAX
};

// The ratio of two independent samples of positive values: the median of the ratios of all their pairs, the
// estimate of Hodges & Lehmann (Annals of Mathematical Statistics 34(2), 1963) for the shift of the
// logarithms. It uses every value, where the ratio of two medians uses the middle ones: of normal noise it
// needs two thirds of the processes. The exact interval is the one that belongs to the Mann–Whitney test:
// between two order statistics of the pairs' ratios (Lehmann, Nonparametrics, 2.5). `ret.count` is the
// smaller of the two counts. NaN when a value is not positive and finite; no interval of fewer than
// UNPAIRED_MIN_PROCESSES values on a side. STATUS_NO_MEMORY is the only failure.
enum { UNPAIRED_MIN_PROCESSES = 6 };
MUST_CHECK enum status statistics_unpaired_ratio(const struct sample *numerator,
                                                 const struct sample *denominator, double confidence,
                                                 struct estimate *ret_estimate, struct error *error);

// --- Tests (rank.c, permutation.c, student.c) ---

// Mann–Whitney U of `first` against `second` (Mann & Whitney, Annals of Mathematical Statistics 18(1), 1947);
// the statistic is U of `first`. Exact for up to 50 values a side without ties, otherwise normal with tie and
// continuity correction (Lehmann, Nonparametrics, 1.5). All values equal: p = 1. `scratch`: both counts
// together.
struct test_result statistics_mann_whitney(const struct sample *first, const struct sample *second,
                                           double *scratch);

// The signed-rank test of paired differences (Wilcoxon, Biometrics Bulletin 1(6), 1945) with ranks cut off at
// a quarter of the count, rounded up: bounded scores, so that a few pairs that are far off, whichever way
// they point, weigh no more than those of a usual distance (winsorized scores: Policello & Hettmansperger,
// Journal of the American Statistical Association 71(355), 1976). Zeros are dropped; the statistic is the
// smaller sum of scores. Exact, given the ties, for up to 50 differences (Streitberg & Röhmel, Statistical
// Software Newsletter 12(1), 1986), otherwise normal with continuity correction. Nothing but zeros: p = 1.
// `scratch`: `count` values.
struct test_result statistics_capped_signed_rank(const double *differences, size_t count, double *scratch);

// Student's t test that the mean of the values is 0, two-sided (Student, Biometrika 6(1), 1908). NaN for
// fewer than two values; p is 0 for values that are all the same and not 0, and 1 for nothing but zeros.
struct test_result statistics_t_test(const double *values, size_t count);

// The test of paired logarithms that every verdict on pairs rests on: capped signed ranks, which assume
// nothing about tails. Of few pairs they cannot be significant in a large family, however far apart the two
// are (p is at least 2 / 2^count): there, and only there, it is the t test. Which of the two depends on the
// numbers of pairs and hypotheses, never on the values. `scratch`: `count` values.
struct test_result statistics_paired_test(const double *logs, size_t count, size_t family,
                                          double significance, double *scratch);

// The same for two independent samples of positive values: Mann–Whitney's, or, of so few values that ranks
// cannot be significant in the family, Welch's t test of the logarithms (Biometrika 34(1-2), 1947).
// `scratch`: both counts together.
struct test_result statistics_unpaired_test(const struct sample *first, const struct sample *second,
                                            size_t family, double significance, double *scratch);

// One ABBA block: the four values in the order they were measured, and which variant came first and last.
struct abba_block {
    double values[4];
    bool b_first; // B A A B
};

// log B - log A of a block: the mean of its two logs of B less that of A. Linear drift of the logs cancels.
double statistics_abba_effect(const struct abba_block *block);

// Permutation test of the mean of effects whose signs were decided by coin, as the order of each ABBA block
// is (Fisher, The Design of Experiments, 21). All sign patterns for up to 20 effects; above that 100,000
// random ones, where p is (b + 1) / (m + 1) (Phipson & Smyth, Statistical Applications in Genetics and
// Molecular Biology 9(1), 2010). The statistic is the mean. An infinite effect gives NaN.
struct test_result statistics_sign_flip_test(const double *effects, size_t count, uint64_t seed);

// Holm's step-down adjustment (Holm, Scandinavian Journal of Statistics 6(2), 1979): a hypothesis is rejected
// at the family-wise level α when its adjusted p is at most α. NaN stays NaN and does not count as a member
// of the family. `scratch`: `count` values; `ret_adjusted` may not be `p_values`.
void statistics_holm(const double *p_values, size_t count, double *scratch, double *ret_adjusted);

// --- Two properties of the same things (association.c) ---

// The slope b of y = b x by least squares, through the origin, with Student's interval of count - 1 degrees
// of freedom: none of fewer than two things. NaN when all x are 0.
struct estimate statistics_slope(const double *x, const double *y, size_t count, double confidence);

// Kendall's tau-b (Biometrika 33(3), 1945), which is corrected for ties: 1 when both give the same order, -1
// when one is the other's reverse. NaN when one of both does not order them at all.
double statistics_kendall_tau(const double *x, const double *y, size_t count);

// --- The null control (null_control.c) ---

enum { NULL_CELL_MIN_PROCESSES = 6 }; // fewer cannot reach 5 % in a signed-rank test

// The same code measured twice, beside each other in one cell.
struct null_cell {
    double ratio;   // the median over the processes of the one's time / the other's
    double reach;   // the larger distance from 1 of both ends of its 95 % interval
    double p_value; // of the signed ranks of the ratios' logarithms
    bool differs;   // set by statistics_judge_null_cells
};

// From the logarithms of the ratios of at least NULL_CELL_MIN_PROCESSES processes. `scratch`: `count`
// values.
struct null_cell statistics_null_cell(const double *logs, size_t count, double *scratch);

// 0.02 for a ratio of 1.02, and for one of 1 / 1.02.
double statistics_distance_from_one(double ratio);

// A cell differs when its p, adjusted by Holm over all cells, is at most 5 % and its ratio is farther from
// 1 than `min_distance`. `scratch`: 3 * `count` values.
void statistics_judge_null_cells(struct null_cell *cells, size_t count, double min_distance, double *scratch);

// The 95th percentile of the cells' distances from 1. `scratch`: `count` values.
double statistics_null_cells_p95(const struct null_cell *cells, size_t count, double *scratch);

// From which size on a difference is none of the instrument's: an upper bound, at 95 % confidence, of the
// 95th percentile of what identical code shows. That is an order statistic of the cells' distances (of 59
// cells the largest; David & Nagaraja, Order Statistics, 7.1); with fewer cells there is none, and the
// largest reach of any cell stands for it. 0 without cells. `scratch`: `count` values.
double statistics_null_threshold(const struct null_cell *cells, size_t count, double *scratch);

// --- Verdicts (verdict.c) ---

enum verdict {
    VERDICT_UNCHANGED, // the whole 90 % interval lies inside the practical threshold
    VERDICT_FASTER,    // the ratio is below 1: significant and practically relevant
    VERDICT_SLOWER,    // the ratio is above 1, likewise
    VERDICT_INCONCLUSIVE,
    VERDICT_COUNT
};

// "unchanged", "faster", "slower", "inconclusive".
const char *verdict_name(enum verdict verdict);

struct evidence {
    double ratio;             // time of the candidate / time of the baseline
    struct interval interval; // of the ratio, at 90 %: both one-sided tests at 5 % (Schuirmann, Journal of
                              // Pharmacokinetics and Biopharmaceutics 15(6), 1987)
    double adjusted_p;        // by Holm, over all cells of the comparison
    double significance;      // the family-wise level, 0.05
    size_t family;            // cells in the comparison
    double threshold;         // practical: 0.01 means 1 % either way
    size_t processes;         // per cell and side that the evidence rests on
};

// A difference counts only when it is significant and larger than the threshold; "unchanged" only when the
// interval lies inside [1 / (1 + threshold), 1 + threshold]; anything else, and any NaN, is inconclusive.
enum verdict statistics_verdict(const struct evidence *evidence);

// How many processes per cell and side would settle an inconclusive cell with 80 % probability, if the ratio
// is what it seems: the interval shrinks with the square root of the processes. Never less than
// `evidence->processes` + 1; 0 when no number below 100,000 would do (a ratio on the threshold) or nothing is
// known.
size_t statistics_processes_needed(const struct evidence *evidence);

// --- Coverage in simulation (coverage.c) ---

// Distributions of process values as they occur: symmetric; skewed; two modes (layouts, 70 : 30); a narrow
// peak with a tenth of large spikes.
enum shape { SHAPE_NORMAL, SHAPE_LOGNORMAL, SHAPE_BIMODAL, SHAPE_SPIKY, SHAPE_COUNT };

const char *shape_name(enum shape shape);
double shape_draw(enum shape shape, struct random *random); // all are positive, around 100
double shape_median(enum shape shape);

enum coverage_method {
    COVERAGE_MEDIAN,         // statistics_median_interval
    COVERAGE_PAIRED_RATIO,   // statistics_paired_ratio of two independent columns
    COVERAGE_UNPAIRED_RATIO, // statistics_unpaired_ratio
    COVERAGE_METHOD_COUNT
};

struct coverage_request {
    enum shape shape;
    enum coverage_method method;
    size_t processes;   // at most 1000
    size_t repetitions; // simulated experiments
    double confidence;
    uint64_t seed;
};

struct coverage {
    uint64_t covered;           // experiments whose interval held the true value
    uint64_t without;           // experiments without an interval (too few processes); not counted as covered
    struct interval proportion; // Clopper–Pearson, 95 %, of covered / repetitions
};

// How often the interval holds the true value. STATUS_NO_MEMORY is the only failure.
MUST_CHECK enum status statistics_coverage(const struct coverage_request *request,
                                           struct coverage *ret_coverage, struct error *error);

#endif
