#include "statistics/statistics.h"

#include <float.h>
#include <math.h>

static const double half_log_two_pi = 0.91893853320467274178;
static const double pi = 3.14159265358979323846;

// log(n!) less Stirling's approximation, for real n > 0: the series (DLMF 5.11.1) where it has converged to
// double precision with eight terms, the definition elsewhere.
static double stirling_error(double n)
{
    if (n <= 15)
        return lgamma(n + 1) - (n + 0.5) * log(n) + n - half_log_two_pi;
    double s = 1 / (n * n);
    double series = 1.0 / 156 - s * (3617.0 / 122400);
    series = 691.0 / 360360 - s * series;
    series = 1.0 / 1188 - s * series;
    series = 1.0 / 1680 - s * series;
    series = 1.0 / 1260 - s * series;
    series = 1.0 / 360 - s * series;
    return (1.0 / 12 - s * series) / n;
}

// x log(x / mean) + mean - x without cancellation near x = mean (Loader's "deviance part").
static double deviance(double x, double mean)
{
    if (fabs(x - mean) >= 0.1 * (x + mean))
        return x * log(x / mean) + mean - x;
    double v = (x - mean) / (x + mean);
    double sum = (x - mean) * v;
    double power = 2 * x * v;
    for (int term = 1; term < 1000; term++) {
        power *= v * v;
        double next = sum + power / (2 * term + 1);
        if (next == sum)
            break;
        sum = next;
    }
    return sum;
}

// x^a y^b / B(a, b), with y = 1 - x.
static double beta_leading_factor(double x, double y, double a, double b)
{
    double n = a + b;
    double exponent =
        stirling_error(n) - stirling_error(a) - stirling_error(b) - deviance(a, n * x) - deviance(b, n * y);
    return exp(exponent) * sqrt(a * b / (2 * pi * n));
}

// The continued fraction that the leading factor is divided by. It wants y apart from x: where x is near 1, y
// = 1 - x has lost the digits that decide. Converges fast for x < (a + 1) / (a + b + 2).
static double beta_continued_fraction(double x, double y, double a, double b)
{
    const double tiny = 1e-300;
    double c = 0;
    double d = 0;
    double fraction = 0;
    for (int m = 0; m < 100000; m++) {
        double odd = a + 2 * m - 1;
        double denominator = (a + m) * (a * y - b * x + 1 + m * (1 + y)) / (odd + 2);
        if (m == 0) {
            fraction = c = fabs(denominator) < tiny ? tiny : denominator;
            continue;
        }
        denominator += m + m * (b - m) * x / odd;
        double numerator = (a + m - 1) / odd * ((a + b + m - 1) / odd) * m * (b - m) * x * x;
        d = denominator + numerator * d;
        d = 1 / (fabs(d) < tiny ? tiny : d);
        c = denominator + numerator / c;
        c = fabs(c) < tiny ? tiny : c;
        fraction *= c * d;
        if (fabs(c * d - 1) <= DBL_EPSILON)
            break;
    }
    return fraction;
}

// I_x(a, b) with y = 1 - x.
static double beta_probability(double x, double y, double a, double b)
{
    if (x < (a + 1) / (a + b + 2))
        return beta_leading_factor(x, y, a, b) / beta_continued_fraction(x, y, a, b);
    return 1 - beta_leading_factor(y, x, b, a) / beta_continued_fraction(y, x, b, a);
}

double statistics_beta_probability(double x, double a, double b)
{
    if (!(a > 0 && b > 0) || isinf(a) || isinf(b) || isnan(x))
        return NAN;
    if (x <= 0)
        return 0;
    if (x >= 1)
        return 1;
    return beta_probability(x, 1 - x, a, b);
}

double statistics_beta_quantile(double probability, double a, double b)
{
    if (!(probability >= 0 && probability <= 1) || !(a > 0 && b > 0) || isinf(a) || isinf(b))
        return NAN;
    if (probability == 0 || probability == 1)
        return probability;
    double low = 0;
    double high = 1;
    double x = a / (a + b);
    for (int step = 0; step < 2000; step++) {
        double excess = statistics_beta_probability(x, a, b) - probability;
        if (excess > 0)
            high = x;
        else
            low = x;
        double density = beta_leading_factor(x, 1 - x, a, b) / (x * (1 - x));
        double next = x - excess / density;
        if (excess == 0 || fabs(next - x) <= 0.5 * DBL_EPSILON * x)
            return x;
        if (!(next > low && next < high))
            next = low + (high - low) / 2;
        if (next == low || next == high)
            return next;
        x = next;
    }
    return x;
}

double statistics_binomial_probability(uint64_t successes, uint64_t trials, double success_probability)
{
    if (!(success_probability >= 0 && success_probability <= 1))
        return NAN;
    if (successes >= trials)
        return 1;
    // P(X <= k) = I_{1 - p}(n - k, k + 1) (DLMF 8.17.5)
    return statistics_beta_probability(1 - success_probability, (double)(trials - successes),
                                       (double)successes + 1);
}

double statistics_normal_probability(double z)
{
    return 0.5 * erfc(-z * sqrt(0.5));
}

double statistics_normal_quantile(double probability)
{
    if (!(probability >= 0 && probability <= 1))
        return NAN;
    if (probability == 0 || probability == 1)
        return probability == 0 ? -INFINITY : INFINITY;
    if (probability > 0.5)
        return -statistics_normal_quantile(1 - probability);
    // A start that is right to some 10 % in the tail and exact in the middle, then Newton's steps: on the log
    // of the probability, which is concave, so that they converge from anywhere.
    double z = probability < 0.05 ? -sqrt(-2 * log(probability)) : (probability - 0.5) * sqrt(2 * pi);
    for (int step = 0; step < 100; step++) {
        double reached = statistics_normal_probability(z);
        double density = exp(-0.5 * z * z) / sqrt(2 * pi);
        double change = reached / density * log(reached / probability);
        z -= change;
        if (fabs(change) <= 2 * DBL_EPSILON * (1 + fabs(z)))
            break;
    }
    return z;
}
