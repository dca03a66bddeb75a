// Every rung costs more than the one below it, so the highest that fits is found by bisection.
#include "plan/budget.h"

#include "base/cleanup.h"

enum { COMMON_TRIALS = STANDARD_ITERATIONS / STANDARD_PROCESSES };

// Processes and trials rise, one after the other, from where the flight before ended.
struct flight {
    uint32_t processes, trials; // at its end
};

static const struct flight flights[] = {
    {STANDARD_PROCESSES, 1},
    {STANDARD_PROCESSES, COMMON_TRIALS},
    {PRECISE_PROCESSES, COMMON_TRIALS},
    {PRECISE_PROCESSES, PRECISE_TRIALS},
};

static uint32_t flight_rungs(size_t flight)
{
    struct flight start = flight ? flights[flight - 1] : (struct flight){BUDGET_MIN_PROCESSES, 1};
    return flights[flight].processes - start.processes + flights[flight].trials - start.trials;
}

static uint32_t highest_rung(void)
{
    uint32_t rungs = 0;
    for (size_t i = 0; i < COUNT_OF(flights); i++)
        rungs += flight_rungs(i);
    return rungs;
}

static struct budget_fit rung_at(uint32_t rung)
{
    struct budget_fit fit = {.processes = BUDGET_MIN_PROCESSES, .trials = 1};
    for (size_t i = 0; i < COUNT_OF(flights); i++) {
        uint32_t taken = rung < flight_rungs(i) ? rung : flight_rungs(i);
        if (flights[i].processes > fit.processes)
            fit.processes += taken;
        else
            fit.trials += taken;
        rung -= taken;
    }
    return fit;
}

enum status budget_seconds(const struct plan_request *request, const struct duration_estimate *estimate,
                           double *ret_seconds, struct error *error)
{
    CLEANUP(plan_release) struct plan plan = {0};
    enum status status = plan_build(request, &plan, error);
    if (status != STATUS_OK)
        return status;
    *ret_seconds = estimate_seconds(estimate, plan.processes, plan.count) + plan_measurements_seconds(&plan);
    return STATUS_OK;
}

static enum status price_rung(const struct plan_request *request, const struct duration_estimate *estimate,
                              uint32_t rung, struct budget_fit *ret_fit, struct error *error)
{
    struct budget_fit fit = rung_at(rung);
    struct plan_request priced = *request;
    priced.processes = fit.processes;
    priced.iterations = fit.processes * fit.trials;
    enum status status = budget_seconds(&priced, estimate, &fit.seconds, error);
    if (status == STATUS_OK)
        *ret_fit = fit;
    return status;
}

enum status budget_fit(const struct plan_request *request, const struct duration_estimate *estimate,
                       double seconds, struct budget_fit *ret_fit, struct error *error)
{
    struct budget_fit best, tried;
    enum status status = price_rung(request, estimate, 0, &best, error);
    if (status != STATUS_OK)
        return status;
    best.fits = best.seconds <= seconds;
    uint32_t low = 0, high = best.fits ? highest_rung() : 0; // `low` is the rung of `best`
    while (low < high && status == STATUS_OK) {
        uint32_t middle = high - (high - low) / 2;
        status = price_rung(request, estimate, middle, &tried, error);
        if (status != STATUS_OK)
            return status;
        tried.fits = tried.seconds <= seconds;
        if (tried.fits) {
            best = tried;
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    *ret_fit = best;
    return STATUS_OK;
}
