#include "statistics/statistics.h"

#include <assert.h>
#include <math.h>

static const size_t max_processes = 99999;
static const double power = 0.8;

const char *verdict_name(enum verdict verdict)
{
    static const char *const names[VERDICT_COUNT] = {
        [VERDICT_UNCHANGED] = "unchanged",
        [VERDICT_FASTER] = "faster",
        [VERDICT_SLOWER] = "slower",
        [VERDICT_INCONCLUSIVE] = "inconclusive",
    };
    assert(verdict >= 0 && verdict < VERDICT_COUNT);
    return names[verdict];
}

static bool is_known(const struct evidence *evidence)
{
    return evidence->ratio > 0 && isfinite(evidence->ratio) && evidence->threshold >= 0 &&
           evidence->interval.exists;
}

enum verdict statistics_verdict(const struct evidence *evidence)
{
    if (!is_known(evidence))
        return VERDICT_INCONCLUSIVE;
    double limit = 1 + evidence->threshold;
    if (evidence->adjusted_p <= evidence->significance) {
        if (evidence->ratio > limit)
            return VERDICT_SLOWER;
        if (evidence->ratio < 1 / limit)
            return VERDICT_FASTER;
    }
    bool inside = evidence->interval.low >= 1 / limit && evidence->interval.high <= limit;
    return inside ? VERDICT_UNCHANGED : VERDICT_INCONCLUSIVE;
}

// Processes that make `room` as wide as `needed` standard errors, of which one is `standard_error` with
// `present`.
static double processes_for(double needed, double standard_error, double room, size_t present)
{
    double factor = needed * standard_error / room;
    return room > 0 ? ceil((double)present * factor * factor) : INFINITY;
}

size_t statistics_processes_needed(const struct evidence *evidence)
{
    if (!is_known(evidence) || evidence->processes == 0 || !(evidence->interval.low > 0) ||
        !isfinite(evidence->interval.high))
        return 0;
    double distance = fabs(log(evidence->ratio));
    double limit = log1p(evidence->threshold);
    double one_sided = statistics_normal_quantile(0.95);
    double for_power = statistics_normal_quantile(power);
    double standard_error = log(evidence->interval.high / evidence->interval.low) / 2 / one_sided;
    double processes = 0;
    if (distance > limit) { // significant even as the first step of Holm's, and surely beyond the threshold
        double family = evidence->family > 1 ? (double)evidence->family : 1;
        double significant = statistics_normal_quantile(1 - evidence->significance / (2 * family));
        processes =
            fmax(processes_for(significant + for_power, standard_error, distance, evidence->processes),
                 processes_for(for_power, standard_error, distance - limit, evidence->processes));
    } else { // the interval's nearer end inside the threshold
        processes =
            processes_for(one_sided + for_power, standard_error, limit - distance, evidence->processes);
    }
    if (!(processes <= (double)max_processes))
        return 0;
    size_t least = evidence->processes + 1;
    return processes < (double)least ? least : (size_t)processes;
}
