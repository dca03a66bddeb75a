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
    CLEANUP(free_pointer) struct gate_history *history = calloc(1, sizeof *history);
    assert_non_null(history);
    for (uint64_t i = 0; i < 49; i++)
        gate_add_probe(history, 4000);
    assert_true(gate_limits_of(history).probe_ns == UINT64_MAX); // too few to judge by
    gate_add_probe(history, 4000);
    assert_int_equal(gate_limits_of(history).probe_ns, 4320);
    // One lucky reading in a hundred does not move it; three do.
    for (uint64_t i = 0; i < 49; i++)
        gate_add_probe(history, 5000);
    gate_add_probe(history, 3000);
    assert_int_equal(gate_limits_of(history).probe_ns, 4320);
    gate_add_probe(history, 3000);
    gate_add_probe(history, 3000);
    assert_int_equal(gate_limits_of(history).probe_ns, 3240);
}

static void probes_beyond_the_last_bin_are_counted(void **state)
{
    (void)state;
    CLEANUP(free_pointer) struct gate_history *history = calloc(1, sizeof *history);
    assert_non_null(history);
    for (uint64_t i = 0; i < 100; i++)
        gate_add_probe(history, UINT64_MAX - i);
    assert_true(gate_limits_of(history).probe_ns > GATE_PROBE_BINS - 1);
}

static void what_disturbs_a_trial_flags_it(void **state)
{
    (void)state;
    enum { LIMIT = 4320 };
    const struct gate_limits limits = {LIMIT, 5000};
    struct trial trial = undisturbed();
    assert_true(gate_trial_is_clean(&trial, &limits));

    trial.probe_before_ns = LIMIT;
    assert_true(gate_trial_is_clean(&trial, &limits));
    trial.probe_before_ns = LIMIT + 1;
    assert_false(gate_trial_is_clean(&trial, &limits));

    trial = undisturbed();
    trial.probe_after_ns = LIMIT + 1;
    assert_false(gate_trial_is_clean(&trial, &limits));

    trial = undisturbed();
    trial.migrated = true;
    assert_false(gate_trial_is_clean(&trial, &limits));

    trial = undisturbed();
    trial.involuntary_switches = 1;
    assert_false(gate_trial_is_clean(&trial, &limits)); // for how long is unknown
    trial.run_delay_ns = 5000;
    assert_true(gate_trial_is_clean(&trial, &limits)); // 5 per mille of the trial
    trial.run_delay_ns = 5001;
    assert_false(gate_trial_is_clean(&trial, &limits));
    trial.involuntary_switches = 0; // it waited before it ran, not while
    assert_true(gate_trial_is_clean(&trial, &limits));
}

// What is taken from every long trial is the machine; what is taken from some of them is a disturbance.
static void what_every_long_trial_waits_for_is_allowed(void **state)
{
    (void)state;
    CLEANUP(free_pointer) struct gate_history *history = calloc(1, sizeof *history);
    assert_non_null(history);
    struct trial trial = undisturbed();
    trial.involuntary_switches = 30;
    trial.total_ns = 400000000;
    trial.run_delay_ns = 4000000; // 1 %
    for (int i = 0; i < 19; i++)
        gate_add_trial(history, &trial);
    struct gate_limits limits = gate_limits_of(history);
    assert_int_equal(limits.run_delay_per_million, 5000); // too few to judge by
    assert_false(gate_trial_is_clean(&trial, &limits));
    gate_add_trial(history, &trial);
    limits = gate_limits_of(history);
    assert_int_equal(limits.run_delay_per_million, 15000);
    assert_true(gate_trial_is_clean(&trial, &limits));
    trial.run_delay_ns = 6000001;
    assert_false(gate_trial_is_clean(&trial, &limits));

    trial.run_delay_ns = 0; // a quarter of them and one wait for nothing
    for (int i = 0; i < 8; i++)
        gate_add_trial(history, &trial);
    assert_int_equal(gate_limits_of(history).run_delay_per_million, 5000);
}

static void short_trials_say_nothing_of_the_system(void **state)
{
    (void)state;
    CLEANUP(free_pointer) struct gate_history *history = calloc(1, sizeof *history);
    assert_non_null(history);
    struct trial trial = undisturbed();
    trial.total_ns = 19999999;
    trial.run_delay_ns = trial.total_ns / 2;
    for (int i = 0; i < 100; i++)
        gate_add_trial(history, &trial);
    assert_int_equal(gate_limits_of(history).run_delay_per_million, 5000);
    trial.total_ns = 20000000;
    trial.run_delay_ns = UINT64_MAX; // a clock that went backwards
    for (int i = 0; i < 100; i++)
        gate_add_trial(history, &trial);
    assert_int_equal(gate_limits_of(history).run_delay_per_million, 5000 + 102300);
}

static void its_own_time_does_not_matter(void **state)
{
    (void)state;
    struct trial trial = undisturbed();
    trial.total_ns *= 1000;
    trial.latency_ns = 1000000;
    assert_true(gate_trial_is_clean(&trial, &(struct gate_limits){4320, 5000}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_limit_is_the_second_percentile_plus_eight_percent),
        cmocka_unit_test(probes_beyond_the_last_bin_are_counted),
        cmocka_unit_test(what_disturbs_a_trial_flags_it),
        cmocka_unit_test(what_every_long_trial_waits_for_is_allowed),
        cmocka_unit_test(short_trials_say_nothing_of_the_system),
        cmocka_unit_test(its_own_time_does_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
