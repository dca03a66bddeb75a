#include "selftest/private.h"

// Both intervals are exact and promise 95 %.
static const enum coverage_method methods[] = {COVERAGE_MEDIAN, COVERAGE_PAIRED_RATIO};

static enum status simulate_shape(enum shape shape, size_t repetitions, uint64_t seed,
                                  struct selftest_coverage *ret_coverage, struct error *error)
{
    struct selftest_coverage coverage = {.least = 1};
    double sum = 0;
    for (size_t m = 0; m < sizeof methods / sizeof *methods; m++)
        for (size_t n = SELFTEST_COVERAGE_MIN; n <= SELFTEST_COVERAGE_MAX; n++) {
            const struct coverage_request request = {
                .shape = shape,
                .method = methods[m],
                .processes = n,
                .repetitions = repetitions,
                .confidence = 0.95,
                .seed = random_derive_seed(seed, coverage.examined * SHAPE_COUNT + (uint64_t)shape),
            };
            struct coverage reached;
            enum status status = statistics_coverage(&request, &reached, error);
            if (status != STATUS_OK)
                return status;
            double share = (double)reached.covered / (double)repetitions;
            if (share < coverage.least) {
                coverage.least = share;
                coverage.min_processes = n;
            }
            sum += share;
            coverage.examined++;
        }
    coverage.mean = sum / (double)coverage.examined;
    *ret_coverage = coverage;
    return STATUS_OK;
}

enum status selftest_simulate(size_t repetitions, uint64_t seed,
                              struct selftest_coverage ret_coverage[SHAPE_COUNT], struct error *error)
{
    enum status status = STATUS_OK;
    for (int shape = 0; shape < SHAPE_COUNT && status == STATUS_OK; shape++)
        status = simulate_shape((enum shape)shape, repetitions, seed, &ret_coverage[shape], error);
    return status;
}
