#include "statistics/statistics.h"

#include <math.h>
#include <string.h>

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

static struct test_result mann_whitney(const struct sample *first, const struct sample *second,
                                       double *scratch, bool may_be_exact)
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
    if (may_be_exact && u.ties == 0 && first->count <= EXACT_UP_TO && second->count <= EXACT_UP_TO) {
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

struct test_result statistics_mann_whitney(const struct sample *first, const struct sample *second,
                                           double *scratch)
{
    return mann_whitney(first, second, scratch, true);
}

struct test_result statistics_mann_whitney_normal(const struct sample *first, const struct sample *second,
                                                  double *scratch)
{
    return mann_whitney(first, second, scratch, false);
}

// --- Signed ranks ---

struct signed_ranks {
    size_t count;                             // differences that are not zero
    double negative;                          // sum of the ranks of the negative ones
    double positive;                          // and of the positive ones
    double ties;                              // sum of the tie terms
    unsigned short doubled_rank[EXACT_UP_TO]; // 2 × each rank, whole even for ties; the first ones only
};

// Ranks sorted differences without zeros by magnitude: the negative ones from their end and the positive ones
// from their beginning are merged, group of equal magnitudes by group.
static struct signed_ranks rank_by_magnitude(const double *sorted, size_t count)
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
        ranks.negative += (double)in_negative * (double)doubled_rank / 2;
        ranks.positive += (double)in_positive * (double)doubled_rank / 2;
        ranks.ties += tie_term(equal);
        for (size_t i = ranked; i < ranked + equal && i < EXACT_UP_TO; i++)
            ranks.doubled_rank[i] = (unsigned short)doubled_rank;
        left -= in_negative;
        right += in_positive;
    }
    return ranks;
}

// P(rank sum of one sign <= sum) when every sign is a fair coin, given the ranks.
static double signed_rank_probability(const struct signed_ranks *ranks, double sum)
{
    enum { LARGEST_DOUBLED_SUM = EXACT_UP_TO * (EXACT_UP_TO + 1) };
    double ways[LARGEST_DOUBLED_SUM + 1] = {1}; // exact: at most 2^50
    size_t reachable = 0;
    for (size_t i = 0; i < ranks->count; i++) {
        reachable += ranks->doubled_rank[i];
        for (size_t k = reachable; k >= ranks->doubled_rank[i]; k--)
            ways[k] += ways[k - ranks->doubled_rank[i]];
    }
    double at_most = 0;
    for (size_t k = 0; k <= (size_t)(2 * sum); k++)
        at_most += ways[k];
    return ldexp(at_most, -(int)ranks->count);
}

static struct test_result signed_rank(const double *differences, size_t count, double *scratch,
                                      bool may_be_exact)
{
    if (count == 0 || any_nan(differences, count))
        return no_result();
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (differences[i] != 0)
            scratch[kept++] = differences[i];
    statistics_sort(scratch, kept);
    struct signed_ranks ranks = rank_by_magnitude(scratch, kept);
    double smaller = fmin(ranks.negative, ranks.positive);
    struct test_result result = {
        .statistic = smaller, .p_value = 1, .exact = may_be_exact && kept <= EXACT_UP_TO};
    if (result.exact) {
        result.p_value = fmin(1, 2 * signed_rank_probability(&ranks, smaller));
        return result;
    }
    double n = (double)kept;
    double variance = (n * (n + 1) * (2 * n + 1) - ranks.ties / 2) / 24;
    if (variance > 0)
        result.p_value =
            fmin(1, 2 * statistics_normal_probability((smaller - n * (n + 1) / 4 + 0.5) / sqrt(variance)));
    return result;
}

struct test_result statistics_signed_rank(const double *differences, size_t count, double *scratch)
{
    return signed_rank(differences, count, scratch, true);
}

struct test_result statistics_signed_rank_normal(const double *differences, size_t count, double *scratch)
{
    return signed_rank(differences, count, scratch, false);
}
