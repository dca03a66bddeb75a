// The tails that the real worker counts: every operation is there, and a planted slow one is found. Times
// themselves are asserted nowhere, but for the planted ones, which are microseconds longer than any other.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "measurements/bins.h"
#include "runner/runner.h"

enum { OPERATIONS = 1000000, SLOW_ONE_IN = 10000, OFTEN_SLOW_ONE_IN = 100, SIZE_BYTES = 64 };

static void measure(enum strategy_id strategy, enum pattern_id pattern, uint32_t slow_one_in,
                    struct run *ret_run)
{
    struct plan_request request;
    CLEANUP(facts_release) struct facts facts = {0};
    CLEANUP(plan_release) struct plan plan = {0};
    plan_request_init(&request);
    request.axes[AXIS_strategy].count = 0;
    request.axes[AXIS_pattern].count = 0;
    request.axes[AXIS_size_bytes].count = 0;
    axis_values_add(&request.axes[AXIS_strategy], strategy);
    axis_values_add(&request.axes[AXIS_pattern], pattern);
    axis_values_add(&request.axes[AXIS_size_bytes], SIZE_BYTES);
    request.iterations = request.processes = 1;
    request.measurements = MEASUREMENT_BIT(MEASUREMENT_tails);
    assert_int_equal(plan_build(&request, &plan, NULL), STATUS_OK);
    for (size_t i = 0; i < plan.count; i++)
        plan.processes[i].variant.slow_one_in = slow_one_in;
    const struct runner_options options = {.worker_path = getenv("WORKER"), .deadline_seconds = 60};
    assert_int_equal(runner_run(&plan, &options, &facts, ret_run, NULL), STATUS_OK);
    assert_int_equal(ret_run->measurement_count, 1);
    assert_int_equal(ret_run->measurements[0].outcome, OUTCOME_OK);
    assert_int_equal(ret_run->measurements[0].kind, MEASUREMENT_tails);
}

// How many of the metric lie in bins from that time on.
static double count_from(const struct measurement_record *record, enum measured_metric metric, double ns)
{
    double count = 0;
    for (size_t i = 0; i < record->values.count; i++) {
        const struct measured_value *value = &record->values.items[i];
        if (value->metric == metric && bin_low_ns(value->index) >= ns)
            count += value->value;
    }
    return count;
}

static void every_operation_of_every_pattern_is_counted(void **state)
{
    (void)state;
    for (int pattern = 0; pattern < SOLO_PATTERN_COUNT; pattern++) {
        CLEANUP(run_release) struct run run = {0};
        measure(pattern % 2 ? STRATEGY_box : STRATEGY_slab_cold, (enum pattern_id)pattern, 0, &run);
        const struct measurement_record *record = &run.measurements[0];
        double allocations = count_from(record, MEASURED_tails_allocate, 0);
        double deallocations = count_from(record, MEASURED_tails_deallocate, 0);
        assert_true(allocations >= OPERATIONS && allocations < 1.01 * OPERATIONS);
        assert_true(deallocations == allocations); // whole batches
        assert_true(count_from(record, MEASURED_tails_timer, 0) >= OPERATIONS);
        double switches = measured_values_get(&record->values, MEASURED_tails_switches, 0);
        double met = count_from(record, MEASURED_tails_allocate_preempted, 0) +
                     count_from(record, MEASURED_tails_deallocate_preempted, 0);
        assert_true(met <= switches); // one operation is met by one or more of them
        // Of every bin no more were met than are in it.
        for (size_t i = 0; i < record->values.count; i++) {
            const struct measured_value *value = &record->values.items[i];
            if (value->metric == MEASURED_tails_allocate_preempted)
                assert_true(value->value <=
                            measured_values_get(&record->values, MEASURED_tails_allocate, value->index));
        }
    }
}

// Allocations of a microsecond or more, of a million of which one in so many is planted to be slow.
static double count_slow(uint32_t slow_one_in)
{
    CLEANUP(run_release) struct run run = {0};
    measure(STRATEGY_slab_warm, PATTERN_lifo, slow_one_in, &run);
    const struct measurement_record *record = &run.measurements[0];
    assert_true(count_from(record, MEASURED_tails_allocate, 0) >= OPERATIONS);
    return count_from(record, MEASURED_tails_allocate, 1000);
}

// On a machine of much noise others are as long, but not fewer are found; and no noise meets one in two
// hundred.
static void planted_slow_operations_are_found(void **state)
{
    (void)state;
    assert_true(count_slow(SLOW_ONE_IN) >= OPERATIONS / SLOW_ONE_IN);
    assert_true(count_slow(OFTEN_SLOW_ONE_IN) >= OPERATIONS / OFTEN_SLOW_ONE_IN);
    assert_true(count_slow(0) < OPERATIONS / (2 * OFTEN_SLOW_ONE_IN));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_operation_of_every_pattern_is_counted),
        cmocka_unit_test(planted_slow_operations_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
