#include "statistics/statistics.h"

#include <math.h>
#include <string.h>

enum { ALL_PATTERNS_UP_TO = 20, RANDOM_PATTERNS = 100000 };

double statistics_abba_effect(const struct abba_block *block)
{
    double outer = log(block->values[0]) + log(block->values[3]);
    double inner = log(block->values[1]) + log(block->values[2]);
    return (block->b_first ? outer - inner : inner - outer) / 2;
}

// The sums of `count` effects under every sign pattern: 2^count of them.
static void all_signed_sums(const double *effects, size_t count, double *ret_sums)
{
    ret_sums[0] = 0;
    for (size_t i = 0; i < count; i++) {
        size_t known = (size_t)1 << i;
        for (size_t k = 0; k < known; k++) {
            ret_sums[k + known] = ret_sums[k] - effects[i];
            ret_sums[k] += effects[i];
        }
    }
}

// The share of sign patterns whose sum is at least as far from zero as `extreme`: every sum is one of the
// first half's plus one of the second half's, so that rounding does not pile up over a million patterns.
static double share_of_all_patterns(const double *effects, size_t count, double extreme)
{
    double first_sums[1 << (ALL_PATTERNS_UP_TO / 2)];
    double second_sums[1 << (ALL_PATTERNS_UP_TO / 2)];
    size_t half = count / 2;
    all_signed_sums(effects, half, first_sums);
    all_signed_sums(effects + half, count - half, second_sums);
    size_t as_extreme = 0;
    for (size_t i = 0; i < (size_t)1 << half; i++)
        for (size_t j = 0; j < (size_t)1 << (count - half); j++)
            as_extreme += fabs(first_sums[i] + second_sums[j]) >= extreme;
    return ldexp((double)as_extreme, -(int)count);
}

static double share_of_random_patterns(const double *effects, size_t count, double extreme, uint64_t seed)
{
    struct random random;
    random_seed(&random, seed);
    size_t as_extreme = 0;
    for (size_t pattern = 0; pattern < RANDOM_PATTERNS; pattern++) {
        double sum = 0;
        uint64_t bits = 0;
        for (size_t i = 0; i < count; i++) {
            if (i % 64 == 0)
                bits = random_next(&random);
            sum += bits & 1 ? effects[i] : -effects[i];
            bits >>= 1;
        }
        as_extreme += fabs(sum) >= extreme;
    }
    return (double)(as_extreme + 1) / (RANDOM_PATTERNS + 1);
}

struct test_result statistics_sign_flip_test(const double *effects, size_t count, uint64_t seed)
{
    double sum = 0;
    double magnitude = 0;
    for (size_t i = 0; i < count; i++) {
        sum += effects[i];
        magnitude += fabs(effects[i]);
    }
    if (count == 0 || !isfinite(magnitude))
        return (struct test_result){.statistic = NAN, .p_value = NAN};
    double extreme =
        fabs(sum) - 1e-12 * magnitude; // equal sums count as equal whatever the order of addition
    bool exact = count <= ALL_PATTERNS_UP_TO;
    return (struct test_result){
        .statistic = sum / (double)count,
        .p_value = exact ? share_of_all_patterns(effects, count, extreme)
                         : share_of_random_patterns(effects, count, extreme, seed),
        .exact = exact,
    };
}

// How many of the sorted p values are below or equal to `p`.
static size_t count_up_to(const double *sorted, size_t count, double p)
{
    size_t low = 0;
    while (low < count) {
        size_t middle = low + (count - low) / 2;
        if (sorted[middle] <= p)
            low = middle + 1;
        else
            count = middle;
    }
    return low;
}

void statistics_holm(const double *p_values, size_t count, double *scratch, double *ret_adjusted)
{
    size_t family = 0;
    for (size_t i = 0; i < count; i++)
        if (!isnan(p_values[i]))
            scratch[family++] = p_values[i];
    statistics_sort(scratch, family);
    // Adjusted, they rise with p, so the adjusted value of an unadjusted one is that of the last equal one
    // before the step: first keep what each p was, then look it up by position.
    for (size_t i = 0; i < count; i++)
        ret_adjusted[i] = isnan(p_values[i]) ? NAN : (double)(count_up_to(scratch, family, p_values[i]) - 1);
    double largest = 0;
    for (size_t rank = 0; rank < family; rank++) {
        largest = fmax(largest, fmin(1, (double)(family - rank) * scratch[rank]));
        scratch[rank] = largest;
    }
    for (size_t i = 0; i < count; i++)
        if (!isnan(ret_adjusted[i]))
            ret_adjusted[i] = scratch[(size_t)ret_adjusted[i]];
}
