#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "gate/gate.h"

static struct trial undisturbed(void)
{
    return (struct trial){.total_ns = 1000000, .probe_before_ns = 4000, .probe_after_ns = 4000};
}

static void the_limit_is_the_second_percentile_plus_eight_percent(void **state)
{
    (void)state;
    CLEANUP(free_pointer) struct probe_histogram *histogram = calloc(1, sizeof *histogram);
    assert_non_null(histogram);
    for (uint64_t i = 0; i < 49; i++)
        gate_add_probe(histogram, 4000);
    assert_true(gate_probe_limit(histogram) == UINT64_MAX); // too few to judge by
    gate_add_probe(histogram, 4000);
    assert_int_equal(gate_probe_limit(histogram), 4320);
    // One lucky reading in a hundred does not move it; three do.
    for (uint64_t i = 0; i < 49; i++)
        gate_add_probe(histogram, 5000);
    gate_add_probe(histogram, 3000);
    assert_int_equal(gate_probe_limit(histogram), 4320);
    gate_add_probe(histogram, 3000);
    gate_add_probe(histogram, 3000);
    assert_int_equal(gate_probe_limit(histogram), 3240);
}

static void probes_beyond_the_last_bin_are_counted(void **state)
{
    (void)state;
    CLEANUP(free_pointer) struct probe_histogram *histogram = calloc(1, sizeof *histogram);
    assert_non_null(histogram);
    for (uint64_t i = 0; i < 100; i++)
        gate_add_probe(histogram, UINT64_MAX - i);
    assert_true(gate_probe_limit(histogram) > GATE_HISTOGRAM_BINS - 1);
}

static void what_disturbs_a_trial_flags_it(void **state)
{
    (void)state;
    enum { LIMIT = 4320 };
    struct trial trial = undisturbed();
    assert_true(gate_trial_is_clean(&trial, LIMIT));

    trial.probe_before_ns = LIMIT;
    assert_true(gate_trial_is_clean(&trial, LIMIT));
    trial.probe_before_ns = LIMIT + 1;
    assert_false(gate_trial_is_clean(&trial, LIMIT));

    trial = undisturbed();
    trial.probe_after_ns = LIMIT + 1;
    assert_false(gate_trial_is_clean(&trial, LIMIT));

    trial = undisturbed();
    trial.migrated = true;
    assert_false(gate_trial_is_clean(&trial, LIMIT));

    trial = undisturbed();
    trial.involuntary_switches = 1;
    assert_false(gate_trial_is_clean(&trial, LIMIT)); // for how long is unknown
    trial.run_delay_ns = 5000;
    assert_true(gate_trial_is_clean(&trial, LIMIT)); // 5 per mille of the trial
    trial.run_delay_ns = 5001;
    assert_false(gate_trial_is_clean(&trial, LIMIT));
    trial.involuntary_switches = 0; // it waited before it ran, not while
    assert_true(gate_trial_is_clean(&trial, LIMIT));
}

static void its_own_time_does_not_matter(void **state)
{
    (void)state;
    struct trial trial = undisturbed();
    trial.total_ns *= 1000;
    trial.latency_ns = 1000000;
    assert_true(gate_trial_is_clean(&trial, 4320));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_limit_is_the_second_percentile_plus_eight_percent),
        cmocka_unit_test(probes_beyond_the_last_bin_are_counted),
        cmocka_unit_test(what_disturbs_a_trial_flags_it),
        cmocka_unit_test(its_own_time_does_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
