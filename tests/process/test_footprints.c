// What the real worker says of the memory that objects take, by the heap's own books, where these are there:
// the numbers are known by construction.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "runner/runner.h"

enum { FOOTPRINT_BYTES = 8 << 20, SIZE_BYTES = 512 };

// Measures the footprint of each.
static void measure(const enum strategy_id *chosen, size_t count, uint32_t leak_per_mille,
                    struct plan *ret_plan, struct run *ret_run)
{
    struct plan_request request;
    CLEANUP(facts_release) struct facts facts = {0};
    plan_request_init(&request);
    request.axes[AXIS_strategy].count = 0;
    request.axes[AXIS_size_bytes].count = 0;
    for (size_t i = 0; i < count; i++)
        axis_values_add(&request.axes[AXIS_strategy], chosen[i]);
    axis_values_add(&request.axes[AXIS_size_bytes], SIZE_BYTES);
    request.iterations = request.processes = 1;
    request.measurements = MEASUREMENT_BIT(MEASUREMENT_footprint);
    request.footprint_bytes = FOOTPRINT_BYTES;
    assert_int_equal(plan_build(&request, ret_plan, NULL), STATUS_OK);
    for (size_t i = 0; i < ret_plan->count; i++)
        ret_plan->processes[i].variant.leak_per_mille = leak_per_mille;
    const struct runner_options options = {.worker_path = getenv("WORKER"), .deadline_seconds = 60};
    assert_int_equal(runner_run(ret_plan, &options, &facts, ret_run, NULL), STATUS_OK);
    assert_int_equal(ret_run->measurement_count, count); // of the first pattern alone
    for (size_t i = 0; i < count; i++)
        assert_int_equal(ret_run->measurements[i].outcome, OUTCOME_OK);
}

static double value_of(const struct measurement_record *record, enum measured_metric metric,
                       enum measured_step step)
{
    return measured_values_get(&record->values, metric, step_index(step));
}

// By how much the heap has handed out more than at the start.
static double used(const struct measurement_record *record, enum measured_step step)
{
    return value_of(record, MEASURED_footprint_heap_used_bytes, step) -
           value_of(record, MEASURED_footprint_heap_used_bytes, STEP_footprint_start);
}

static void assert_near(double found, double expected, double tolerance)
{
    if (!(fabs(found - expected) <= tolerance))
        fail_msg("%f, not %f", found, expected);
}

static void check_steps(const struct measurement_record *record)
{
    static const double live[] = {0, 1, 0.5, 1, 0, 0, 0, 0}; // of all bytes
    for (uint32_t step = 0; step < 8; step++) {
        double found = measured_values_get(&record->values, MEASURED_footprint_live_bytes, step);
        double resident = measured_values_get(&record->values, MEASURED_footprint_rss_bytes, step);
        assert_near(found, live[step] * FOOTPRINT_BYTES, 2 * SIZE_BYTES);
        assert_true(resident > found); // the objects are written, and the harness's own memory is taken off
        assert_true(resident < 3.0 * FOOTPRINT_BYTES);
    }
    assert_true(value_of(record, MEASURED_footprint_harness_bytes, STEP_footprint_full) >=
                FOOTPRINT_BYTES / SIZE_BYTES * sizeof(size_t));
    assert_true(value_of(record, MEASURED_footprint_minor_faults, STEP_footprint_full) > 100);
}

static void objects_take_what_was_asked_for_and_a_cold_slab_gives_all_of_it_back(void **state)
{
    (void)state;
    static const enum strategy_id chosen[] = {STRATEGY_box, STRATEGY_slab_cold};
    CLEANUP(plan_release) struct plan plan = {0};
    CLEANUP(run_release) struct run run = {0};
    measure(chosen, COUNT_OF(chosen), 0, &plan, &run);
    for (size_t i = 0; i < run.measurement_count; i++) {
        const struct measurement_record *record = &run.measurements[i];
        check_steps(record);
        if (isnan(used(record, STEP_footprint_full)))
            continue; // no books
        assert_true(used(record, STEP_footprint_full) >= FOOTPRINT_BYTES);
        assert_near(used(record, STEP_footprint_freed), 0, 0.002 * FOOTPRINT_BYTES);
        if (plan.processes[record->plan_order].cell.strategy != STRATEGY_slab_cold)
            continue;
        double kept = value_of(record, MEASURED_footprint_rss_bytes, STEP_footprint_freed) -
                      value_of(record, MEASURED_footprint_rss_bytes, STEP_footprint_start);
        assert_true(kept < 0.1 * FOOTPRINT_BYTES);
    }
}

// 5 % of the objects are not freed: half of them of this size, half of the one that followed.
static void a_planted_leak_shows_in_full(void **state)
{
    (void)state;
    static const enum strategy_id chosen[] = {STRATEGY_box};
    CLEANUP(plan_release) struct plan plan = {0};
    CLEANUP(run_release) struct run run = {0};
    measure(chosen, COUNT_OF(chosen), 50, &plan, &run);
    const struct measurement_record *record = &run.measurements[0];
    if (isnan(used(record, STEP_footprint_full)))
        skip(); // no books
    // Of one and a half times the bytes that were asked for, with a header each.
    double leaked = used(record, STEP_footprint_after_5s) / (1.5 * FOOTPRINT_BYTES);
    assert_near(leaked, 0.05, 0.005);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_take_what_was_asked_for_and_a_cold_slab_gives_all_of_it_back),
        cmocka_unit_test(a_planted_leak_shows_in_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
