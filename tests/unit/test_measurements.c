// The table of kinds, metrics and steps: names lead back to their rows, and values are found again.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "base/cleanup.h"
#include "measurements/bins.h"
#include "measurements/measurements.h"
#include "wire/bytes.h"

static void every_row_is_found_by_its_name(void **state)
{
    (void)state;
    enum measurement_id kind = MEASUREMENT_trials;
    enum measured_metric metric;
    for (int i = 0; i < MEASUREMENT_COUNT; i++) {
        assert_true(strlen(measurement_kinds[i].name) < METRIC_NAME_BYTES);
        assert_true(measurement_find(measurement_kinds[i].name, &kind));
        assert_int_equal(kind, i);
        assert_int_equal(measurement_kinds[i].asked == MEASUREMENT_ASKED_OPTION,
                         measurement_kinds[i].help != NULL);
    }
    for (int i = 0; i < MEASURED_METRIC_COUNT; i++) {
        assert_true(strlen(metric_rows[i].name) < METRIC_NAME_BYTES);
        assert_true(metric_find(measurement_kinds[metric_rows[i].kind].name, metric_rows[i].name, &metric));
        assert_int_equal(metric, i);
    }
    assert_false(measurement_find("no such kind", &kind));
    assert_false(metric_find("trials", "batches", &metric)); // it is of another kind
}

static void steps_count_from_zero_in_each_kind(void **state)
{
    (void)state;
    for (int i = 0; i < MEASURED_STEP_COUNT; i++) {
        const enum measured_step step = (enum measured_step)i;
        assert_string_equal(step_name(step_rows[i].kind, step_index(step)), step_rows[i].name);
    }
    assert_int_equal(step_index(STEP_footprint_start), 0);
    assert_int_equal(step_index(STEP_footprint_after_5s), 7);
    assert_null(step_name(MEASUREMENT_footprint, 8));
    assert_null(step_name(MEASUREMENT_census, 0));
}

static void bins_are_narrow_and_follow_each_other_without_gaps(void **state)
{
    (void)state;
    assert_int_equal(bin_of(0), 0);
    assert_int_equal(bin_of(1e30), BIN_COUNT - 1);
    for (uint32_t bin = 0; bin < BIN_COUNT; bin++) {
        double low = bin_low_ns(bin), high = bin_high_ns(bin);
        assert_int_equal(bin_of(low), bin);
        if (bin + 1 < BIN_COUNT)
            assert_int_equal(bin_of(high), bin + 1);
        assert_true(high - low <= 1.0 / BIN_STEPS_PER_NS || high - low <= low / BINS_PER_OCTAVE);
    }
    assert_true(bin_low_ns(bin_of(40)) == 40); // whole numbers of a time that an operation takes begin a bin
}

static void sets_of_kinds_hold_those_with_such_processes(void **state)
{
    (void)state;
    uint32_t cells = measurements_by(MEASUREMENT_PROCESS_CELLS);
    assert_true(measurements_have(cells, MEASUREMENT_census) &&
                measurements_have(cells, MEASUREMENT_footprint) &&
                measurements_have(cells, MEASUREMENT_tails));
    assert_false(measurements_have(cells, MEASUREMENT_trials) ||
                 measurements_have(cells, MEASUREMENT_traverse));
}

static void values_are_found_by_metric_and_step_and_are_not_more_than_there_may_be(void **state)
{
    (void)state;
    CLEANUP(measured_values_release) struct measured_values values = {0};
    for (uint32_t i = 0; i < MAX_MEASURED_VALUES; i++)
        assert_true(measured_values_add(
            &values,
            &(struct measured_value){.metric = MEASURED_footprint_live_bytes, .index = i, .value = 2.0 * i}));
    assert_false(measured_values_add(&values, &(struct measured_value){0}));
    assert_int_equal(values.count, MAX_MEASURED_VALUES);
    assert_true(measured_values_get(&values, MEASURED_footprint_live_bytes, 77) == 154);
    assert_true(isnan(measured_values_get(&values, MEASURED_footprint_live_bytes, MAX_MEASURED_VALUES)));
    assert_true(isnan(measured_values_get(&values, MEASURED_footprint_pss_bytes, 0)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_found_by_its_name),
        cmocka_unit_test(steps_count_from_zero_in_each_kind),
        cmocka_unit_test(bins_are_narrow_and_follow_each_other_without_gaps),
        cmocka_unit_test(sets_of_kinds_hold_those_with_such_processes),
        cmocka_unit_test(values_are_found_by_metric_and_step_and_are_not_more_than_there_may_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
