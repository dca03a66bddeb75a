// How two properties of the same things hang together.
#include <math.h>

#include "statistics/statistics.h"

// The t above whose distance from 0 `outside` of the distribution lies: from I_x(df/2, 1/2) = outside.
static double t_quantile(double outside, double freedom)
{
    const double x = statistics_beta_quantile(outside, freedom / 2, 0.5);
    return sqrt(freedom * (1 - x) / x);
}

struct estimate statistics_slope(const double *x, const double *y, size_t count, double confidence)
{
    double xx = 0, xy = 0, rest = 0;
    struct estimate slope = {.value = NAN, .interval = {.low = NAN, .high = NAN}, .count = count};
    for (size_t i = 0; i < count; i++) {
        xx += x[i] * x[i];
        xy += x[i] * y[i];
    }
    if (count == 0 || !(xx > 0) || !isfinite(xy))
        return slope;
    slope.value = xy / xx;
    if (count < 2)
        return slope;
    for (size_t i = 0; i < count; i++)
        rest += (y[i] - slope.value * x[i]) * (y[i] - slope.value * x[i]);
    const double freedom = (double)count - 1;
    const double reach = t_quantile(1 - confidence, freedom) * sqrt(rest / freedom / xx);
    slope.interval = (struct interval){
        .exists = true, .low = slope.value - reach, .high = slope.value + reach, .coverage = confidence};
    return slope;
}

double statistics_kendall_tau(const double *x, const double *y, size_t count)
{
    double agreeing = 0, x_pairs = 0, y_pairs = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < i; k++) {
            const double by_x = (x[i] > x[k]) - (x[i] < x[k]), by_y = (y[i] > y[k]) - (y[i] < y[k]);
            if (isnan(x[i] - x[k]) || isnan(y[i] - y[k]))
                return NAN;
            agreeing += by_x * by_y;
            x_pairs += by_x != 0;
            y_pairs += by_y != 0;
        }
    return x_pairs > 0 && y_pairs > 0 ? agreeing / sqrt(x_pairs * y_pairs) : (double)NAN;
}
