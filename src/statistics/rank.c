#include "statistics/statistics.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

enum { EXACT_UP_TO = 50 };

__extension__ typedef unsigned __int128 wide_count; // ways to choose 50 of 100 need 97 bits

static struct test_result no_result(void)
{
    return (struct test_result){.statistic = NAN, .p_value = NAN};
}

static bool any_nan(const double *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (isnan(values[i]))
            return true;
    return false;
}

// t³ - t, summed over groups of t equal values in the normal approximations.
static double tie_term(size_t equal)
{
    double t = (double)equal;
    return t * (t * t - 1);
}

// --- Mann–Whitney ---

struct u_statistic {
    double u;    // of the first sample: pairs in which its value is larger, ties counting a half
    double ties; // sum of the tie terms
};

// Merges both samples once sorted, group of equal values by group.
static struct u_statistic count_u(const double *first, size_t first_count, const double *second,
                                  size_t second_count)
{
    struct u_statistic result = {0};
    size_t i = 0;
    size_t j = 0;
    while (i < first_count || j < second_count) {
        double value = j == second_count || (i < first_count && first[i] < second[j]) ? first[i] : second[j];
        size_t in_first = 0;
        size_t in_second = 0;
        while (i + in_first < first_count && first[i + in_first] == value)
            in_first++;
        while (j + in_second < second_count && second[j + in_second] == value)
            in_second++;
        result.u += (double)in_first * ((double)j + 0.5 * (double)in_second);
        result.ties += tie_term(in_first + in_second);
        i += in_first;
        j += in_second;
    }
    return result;
}

// P(U <= u) without ties. The number of arrangements with each U is a coefficient of the Gaussian binomial
// (q^(m+1) - 1) … (q^(m+n) - 1) / (q - 1) … (q^n - 1), computed as a truncated power series in whole numbers:
// what wraps around on the way is made good by the next factor, because the result itself fits.
static double u_probability(size_t u, size_t first_count, size_t second_count)
{
    wide_count ways[EXACT_UP_TO * EXACT_UP_TO / 2 + 1] = {1};
    for (size_t factor = 1; factor <= first_count; factor++) {
        size_t up = second_count + factor;
        for (size_t k = u + 1; k-- > up;)
            ways[k] -= ways[k - up];
        for (size_t k = factor; k <= u; k++)
            ways[k] += ways[k - factor];
    }
    double at_most = 0;
    for (size_t k = 0; k <= u; k++)
        at_most += (double)ways[k];
    double total = 1; // (m + n)! / (m! n!), in whole steps
    for (size_t k = 1; k <= first_count; k++)
        total = total * (double)(second_count + k) / (double)k;
    return at_most / total;
}

struct test_result statistics_mann_whitney(const struct sample *first, const struct sample *second,
                                           double *scratch)
{
    if (first->count == 0 || second->count == 0 || any_nan(first->values, first->count) ||
        any_nan(second->values, second->count))
        return no_result();
    double *sorted_second = scratch + first->count;
    memcpy(scratch, first->values, first->count * sizeof *scratch);
    memcpy(sorted_second, second->values, second->count * sizeof *scratch);
    statistics_sort(scratch, first->count);
    statistics_sort(sorted_second, second->count);
    struct u_statistic u = count_u(scratch, first->count, sorted_second, second->count);

    double pairs = (double)first->count * (double)second->count;
    double smaller = fmin(u.u, pairs - u.u);
    struct test_result result = {.statistic = u.u, .p_value = 1};
    if (u.ties == 0 && first->count <= EXACT_UP_TO && second->count <= EXACT_UP_TO) {
        result.exact = true;
        result.p_value = fmin(1, 2 * u_probability((size_t)smaller, first->count, second->count));
        return result;
    }
    double n = (double)first->count + (double)second->count;
    double variance = pairs / 12 * (n + 1 - u.ties / (n * (n - 1)));
    if (variance > 0)
        result.p_value =
            fmin(1, 2 * statistics_normal_probability((smaller - pairs / 2 + 0.5) / sqrt(variance)));
    return result;
}

// P(U <= u) of two samples without ties, exact or by the normal approximation with continuity correction.
static double u_at_most(size_t u, size_t first_count, size_t second_count)
{
    if (first_count <= EXACT_UP_TO && second_count <= EXACT_UP_TO)
        return u_probability(u, first_count, second_count);
    double pairs = (double)first_count * (double)second_count;
    double deviation = sqrt(pairs * ((double)first_count + (double)second_count + 1) / 12);
    return statistics_normal_probability(((double)u - pairs / 2 + 0.5) / deviation);
}

// How many of the sorted ratios of all pairs lie below the interval: the largest k with 2 P(U < k) <= 1 -
// confidence; 0 when there is none. `ret_coverage` is what the interval reaches.
static size_t ratios_below(size_t first_count, size_t second_count, double confidence, double *ret_coverage)
{
    size_t low = 0, high = first_count * second_count / 2;
    while (low < high) {
        size_t middle = high - (high - low) / 2;
        if (2 * u_at_most(middle - 1, first_count, second_count) <= 1 - confidence)
            low = middle;
        else
            high = middle - 1;
    }
    *ret_coverage = low > 0 ? 1 - 2 * u_at_most(low - 1, first_count, second_count) : NAN;
    return low;
}

static bool all_positive(const struct sample *sample)
{
    for (size_t i = 0; i < sample->count; i++)
        if (!(sample->values[i] > 0) || !isfinite(sample->values[i]))
            return false;
    return sample->count > 0;
}

enum status statistics_unpaired_ratio(const struct sample *numerator, const struct sample *denominator,
                                      double confidence, struct estimate *ret_estimate, struct error *error)
{
    size_t fewer = numerator->count < denominator->count ? numerator->count : denominator->count;
    struct estimate estimate = {
        .value = NAN, .interval = {.low = NAN, .high = NAN, .coverage = NAN}, .count = fewer};
    if (!all_positive(numerator) || !all_positive(denominator)) {
        *ret_estimate = estimate;
        return STATUS_OK;
    }
    size_t pairs = numerator->count * denominator->count;
    CLEANUP(free_pointer) double *ratios = calloc(pairs, sizeof *ratios);
    if (!ratios)
        return error_set_no_memory(error);
    for (size_t i = 0; i < numerator->count; i++)
        for (size_t k = 0; k < denominator->count; k++)
            ratios[i * denominator->count + k] = numerator->values[i] / denominator->values[k];
    statistics_sort(ratios, pairs);
    // The middle of two on the scale of the logarithms, where exchanging the samples changes nothing but the
    // sign.
    estimate.value = sqrt(ratios[(pairs - 1) / 2] * ratios[pairs / 2]);
    double coverage;
    size_t below = fewer < UNPAIRED_MIN_PROCESSES
                       ? 0
                       : ratios_below(numerator->count, denominator->count, confidence, &coverage);
    if (below > 0)
        estimate.interval = (struct interval){true, ratios[below - 1], ratios[pairs - below], coverage};
    *ret_estimate = estimate;
    return STATUS_OK;
}

// --- Signed ranks ---

// Scores of the differences: their ranks by magnitude, cut off at a largest one.
struct signed_ranks {
    size_t count;                              // differences that are not zero
    double negative;                           // sum of the scores of the negative ones
    double positive;                           // and of the positive ones
    double squares;                            // sum of the squared scores of all
    unsigned short doubled_score[EXACT_UP_TO]; // 2 × each score, whole even for ties; the first ones only
};

// Ranks sorted differences without zeros by magnitude: the negative ones from their end and the positive ones
// from their beginning are merged, group of equal magnitudes by group.
static struct signed_ranks rank_by_magnitude(const double *sorted, size_t count, size_t largest)
{
    struct signed_ranks ranks = {.count = count};
    size_t negatives = 0;
    while (negatives < count && sorted[negatives] < 0)
        negatives++;
    size_t left = negatives; // the negative ones not yet ranked are those before this
    size_t right = negatives;
    while (left > 0 || right < count) {
        double magnitude = right == count || (left > 0 && -sorted[left - 1] < sorted[right])
                               ? -sorted[left - 1]
                               : sorted[right];
        size_t ranked = (negatives - left) + (right - negatives);
        size_t in_negative = 0;
        size_t in_positive = 0;
        while (left > in_negative && -sorted[left - 1 - in_negative] == magnitude)
            in_negative++;
        while (right + in_positive < count && sorted[right + in_positive] == magnitude)
            in_positive++;
        size_t equal = in_negative + in_positive;
        size_t doubled_rank = 2 * ranked + equal + 1;
        size_t doubled_score = doubled_rank < 2 * largest ? doubled_rank : 2 * largest;
        double score = (double)doubled_score / 2;
        ranks.negative += (double)in_negative * score;
        ranks.positive += (double)in_positive * score;
        ranks.squares += (double)equal * score * score;
        for (size_t i = ranked; i < ranked + equal && i < EXACT_UP_TO; i++)
            ranks.doubled_score[i] = (unsigned short)doubled_score;
        left -= in_negative;
        right += in_positive;
    }
    return ranks;
}

// P(sum of the scores of one sign <= sum) when every sign is a fair coin, given the scores.
static double signed_rank_probability(const struct signed_ranks *ranks, double sum)
{
    enum { LARGEST_DOUBLED_SUM = EXACT_UP_TO * (EXACT_UP_TO + 1) };
    double ways[LARGEST_DOUBLED_SUM + 1] = {1}; // exact: at most 2^50
    size_t reachable = 0;
    for (size_t i = 0; i < ranks->count; i++) {
        reachable += ranks->doubled_score[i];
        for (size_t k = reachable; k >= ranks->doubled_score[i]; k--)
            ways[k] += ways[k - ranks->doubled_score[i]];
    }
    double at_most = 0;
    for (size_t k = 0; k <= (size_t)(2 * sum); k++)
        at_most += ways[k];
    return ldexp(at_most, -(int)ranks->count);
}

struct test_result statistics_capped_signed_rank(const double *differences, size_t count, double *scratch)
{
    if (count == 0 || any_nan(differences, count))
        return no_result();
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (differences[i] != 0)
            scratch[kept++] = differences[i];
    statistics_sort(scratch, kept);
    struct signed_ranks ranks = rank_by_magnitude(scratch, kept, (kept + 3) / 4);
    double smaller = fmin(ranks.negative, ranks.positive);
    struct test_result result = {.statistic = smaller, .p_value = 1, .exact = kept <= EXACT_UP_TO};
    if (result.exact) {
        result.p_value = fmin(1, 2 * signed_rank_probability(&ranks, smaller));
        return result;
    }
    double mean = (ranks.negative + ranks.positive) / 2, deviation = sqrt(ranks.squares) / 2;
    if (deviation > 0)
        result.p_value = fmin(1, 2 * statistics_normal_probability((smaller - mean + 0.5) / deviation));
    return result;
}
