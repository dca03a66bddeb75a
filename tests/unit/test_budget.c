#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/cleanup.h"
#include "plan/budget.h"

// An estimate that has seen every cell: a process takes 2 ms and `trial_seconds` for each trial.
static void script(const struct plan_request *request, double trial_seconds,
                   struct duration_estimate *ret_estimate)
{
    struct plan_request once = *request;
    once.processes = once.iterations = 1;
    CLEANUP(plan_release) struct plan plan = {0};
    assert_int_equal(plan_build(&once, &plan, NULL), STATUS_OK);
    *ret_estimate = (struct duration_estimate){0};
    for (size_t i = 0; i < plan.count; i++)
        estimate_add(ret_estimate, &plan.processes[i], 2e-3 + trial_seconds);
}

static double seconds_of(const struct plan_request *request, const struct duration_estimate *estimate,
                         uint32_t processes, uint32_t trials)
{
    struct plan_request priced = *request;
    priced.processes = processes;
    priced.iterations = processes * trials;
    double seconds = 0;
    assert_int_equal(budget_seconds(&priced, estimate, &seconds, NULL), STATUS_OK);
    return seconds;
}

static void processes_come_before_trials(void **state)
{
    (void)state;
    // Budgets that are just enough for these, and a little more that is not enough for the next rung.
    static const struct {
        uint32_t processes, trials;
    } rungs[] = {{14, 1}, {15, 1}, {29, 1}, {30, 1}, {30, 2}, {30, 3},
                 {31, 3}, {39, 3}, {40, 3}, {40, 4}, {40, 6}, {40, 10}};
    struct plan_request request;
    plan_request_init(&request);
    struct duration_estimate estimate;
    script(&request, 4e-3, &estimate);
    for (size_t i = 0; i < COUNT_OF(rungs); i++) {
        double seconds = seconds_of(&request, &estimate, rungs[i].processes, rungs[i].trials);
        struct budget_fit fit;
        assert_int_equal(budget_fit(&request, &estimate, seconds * 1.0001, &fit, NULL), STATUS_OK);
        assert_true(fit.fits);
        assert_int_equal(fit.processes, rungs[i].processes);
        assert_int_equal(fit.trials, rungs[i].trials);
        assert_true(fit.seconds <= seconds * 1.0001 && fit.seconds >= seconds * 0.9999);
    }
}

static void a_budget_that_is_too_small_gets_told_what_the_least_needs(void **state)
{
    (void)state;
    struct plan_request request;
    plan_request_init(&request);
    struct duration_estimate estimate;
    script(&request, 4e-3, &estimate);
    double least = seconds_of(&request, &estimate, BUDGET_MIN_PROCESSES, 1);
    static const double shares[] = {0, 0.5, 0.999};
    for (size_t i = 0; i < COUNT_OF(shares); i++) {
        struct budget_fit fit;
        assert_int_equal(budget_fit(&request, &estimate, least * shares[i], &fit, NULL), STATUS_OK);
        assert_false(fit.fits);
        assert_int_equal(fit.processes, BUDGET_MIN_PROCESSES);
        assert_int_equal(fit.trials, 1);
        assert_true(fit.seconds == least);
    }
}

static void more_time_than_the_most_precise_takes_stays_unused(void **state)
{
    (void)state;
    struct plan_request request;
    plan_request_init(&request);
    struct duration_estimate estimate;
    script(&request, 1e-3, &estimate);
    struct budget_fit fit;
    assert_int_equal(budget_fit(&request, &estimate, 1e6, &fit, NULL), STATUS_OK);
    assert_true(fit.fits);
    assert_int_equal(fit.processes, PRECISE_PROCESSES);
    assert_int_equal(fit.trials, PRECISE_TRIALS);
}

static void a_slower_machine_gets_fewer(void **state)
{
    (void)state;
    struct plan_request request;
    plan_request_init(&request);
    uint32_t last_trials = UINT32_MAX, examined = 0;
    static const double trial_seconds[] = {1e-4, 1e-3, 4e-3, 1.6e-2};
    for (size_t i = 0; i < COUNT_OF(trial_seconds); i++) {
        struct duration_estimate estimate;
        script(&request, trial_seconds[i], &estimate);
        struct budget_fit fit;
        assert_int_equal(budget_fit(&request, &estimate, 180, &fit, NULL), STATUS_OK);
        assert_true(fit.fits && fit.seconds <= 180);
        assert_true(fit.processes * fit.trials < last_trials);
        last_trials = fit.processes * fit.trials;
        examined++;
    }
    assert_int_equal(examined, 4);
}

static void a_request_without_cells_is_an_error(void **state)
{
    (void)state;
    struct plan_request request;
    plan_request_init(&request);
    request.axes[AXIS_size_bytes].count = 0;
    struct duration_estimate estimate = {0};
    struct budget_fit fit = {.processes = 77};
    struct error error;
    assert_int_equal(budget_fit(&request, &estimate, 60, &fit, &error), STATUS_USAGE);
    assert_int_equal(fit.processes, 77);
    assert_non_null(strstr(error.cause, "empty"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(processes_come_before_trials),
        cmocka_unit_test(a_budget_that_is_too_small_gets_told_what_the_least_needs),
        cmocka_unit_test(more_time_than_the_most_precise_takes_stays_unused),
        cmocka_unit_test(a_slower_machine_gets_fewer),
        cmocka_unit_test(a_request_without_cells_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
