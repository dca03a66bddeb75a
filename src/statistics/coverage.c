#include "statistics/statistics.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "base/cleanup.h"

static const double centre = 100;

static double draw_normal(struct random *random)
{
    return statistics_normal_quantile((random_unit(random) * 0x1p53 + 0.5) * 0x1p-53);
}

// Mixtures are described by their parts, so that the draw and the distribution function cannot disagree.
enum part_kind { PART_NORMAL, PART_LOGNORMAL, PART_UNIFORM };

struct part {
    double weight; // of 1
    enum part_kind kind;
    double first;  // normal: mean. lognormal: median. uniform: low end
    double second; // normal: standard deviation. lognormal: that of the log. uniform: high end
};

struct mixture {
    const char *name;
    struct part parts[2];
};

static const struct mixture mixtures[SHAPE_COUNT] = {
    [SHAPE_NORMAL] = {"normal", {{1, PART_NORMAL, 100, 3}}},
    [SHAPE_LOGNORMAL] = {"lognormal", {{1, PART_LOGNORMAL, 100, 0.4}}},
    [SHAPE_BIMODAL] = {"bimodal", {{0.7, PART_NORMAL, 100, 1}, {0.3, PART_NORMAL, 115, 1}}},
    [SHAPE_SPIKY] = {"spiky", {{0.9, PART_NORMAL, 100, 0.5}, {0.1, PART_UNIFORM, 110, 300}}},
};

static double part_draw(const struct part *part, struct random *random)
{
    switch (part->kind) {
    case PART_NORMAL:
        return part->first + part->second * draw_normal(random);
    case PART_LOGNORMAL:
        return part->first * exp(part->second * draw_normal(random));
    case PART_UNIFORM:
        break;
    }
    return part->first + (part->second - part->first) * random_unit(random);
}

static double part_probability(const struct part *part, double x)
{
    switch (part->kind) {
    case PART_NORMAL:
        return statistics_normal_probability((x - part->first) / part->second);
    case PART_LOGNORMAL:
        return statistics_normal_probability(log(x / part->first) / part->second);
    case PART_UNIFORM:
        break;
    }
    return fmin(1, fmax(0, (x - part->first) / (part->second - part->first)));
}

const char *shape_name(enum shape shape)
{
    assert(shape >= 0 && shape < SHAPE_COUNT);
    return mixtures[shape].name;
}

double shape_draw(enum shape shape, struct random *random)
{
    const struct part *parts = mixtures[shape].parts;
    return part_draw(&parts[parts[1].weight > 0 && random_unit(random) >= parts[0].weight], random);
}

double shape_median(enum shape shape)
{
    const struct part *parts = mixtures[shape].parts;
    double low = centre / 2;
    double high = centre * 2;
    for (int step = 0; step < 100; step++) {
        double middle = low + (high - low) / 2;
        double probability = 0;
        for (int i = 0; i < 2 && parts[i].weight > 0; i++)
            probability += parts[i].weight * part_probability(&parts[i], middle);
        if (probability < 0.5)
            low = middle;
        else
            high = middle;
    }
    return low + (high - low) / 2;
}

// Room for the values of one simulated experiment.
struct experiment {
    double *first;
    double *second;
    double *scratch;
};

static MUST_CHECK enum status run_experiment(const struct coverage_request *request, uint64_t repetition,
                                             struct experiment *experiment, struct interval *ret_interval,
                                             struct error *error)
{
    struct random random;
    random_seed(&random, random_derive_seed(request->seed, repetition));
    for (size_t i = 0; i < request->processes; i++) {
        experiment->first[i] = shape_draw(request->shape, &random);
        experiment->second[i] = shape_draw(request->shape, &random);
    }
    struct estimate estimate = {0};
    switch (request->method) {
    case COVERAGE_PAIRED_RATIO:
        estimate = statistics_paired_ratio(experiment->first, experiment->second, request->processes,
                                           request->confidence, experiment->scratch);
        break;
    case COVERAGE_UNPAIRED_RATIO: {
        struct sample first = {experiment->first, request->processes};
        struct sample second = {experiment->second, request->processes};
        enum status status =
            statistics_unpaired_ratio(&first, &second, request->confidence, &estimate, error);
        if (status != STATUS_OK)
            return status;
        break;
    }
    case COVERAGE_MEDIAN:
    default:
        estimate = statistics_median_estimate(experiment->first, request->processes, request->confidence,
                                              experiment->scratch);
        break;
    }
    *ret_interval = estimate.interval;
    return STATUS_OK;
}

enum status statistics_coverage(const struct coverage_request *request, struct coverage *ret_coverage,
                                struct error *error)
{
    assert(request->processes <= 1000 && request->shape < SHAPE_COUNT &&
           request->method < COVERAGE_METHOD_COUNT);
    CLEANUP(free_pointer) double *values = calloc(3 * (request->processes + 1), sizeof *values);
    if (!values)
        return error_set_no_memory(error);
    struct experiment experiment = {
        .first = values,
        .second = values + request->processes,
        .scratch = values + 2 * request->processes,
    };
    // The ratio of two columns of one distribution has the median 1, and so has the ratio of their medians.
    double truth = request->method == COVERAGE_MEDIAN ? shape_median(request->shape) : 1;
    struct coverage coverage = {0};
    for (size_t repetition = 0; repetition < request->repetitions; repetition++) {
        struct interval interval;
        enum status status = run_experiment(request, repetition, &experiment, &interval, error);
        if (status != STATUS_OK)
            return status;
        coverage.covered += interval.exists && interval.low <= truth && truth <= interval.high;
        coverage.without += !interval.exists;
    }
    coverage.proportion = statistics_proportion_interval(coverage.covered, request->repetitions, 0.95);
    *ret_coverage = coverage;
    return STATUS_OK;
}
