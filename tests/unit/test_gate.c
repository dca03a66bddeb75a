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

// What all trials of a cell wait for is its own doing; what some of them wait for is a disturbance.
static void what_is_usual_in_a_cell_is_allowed(void **state)
{
    (void)state;
    struct trial trial = undisturbed();
    trial.involuntary_switches = 30;
    trial.total_ns = 400000000;
    trial.run_delay_ns = 4000000;
    assert_int_equal(gate_delay_share(&trial), 10000); // 1 %
    const struct gate_limits limits = {4320, 5000};
    assert_false(gate_trial_is_clean(&trial, &limits));
    trial.usual_delay_per_million = 10000;
    assert_true(gate_trial_is_clean(&trial, &limits));
    trial.run_delay_ns = 6000001;
    assert_false(gate_trial_is_clean(&trial, &limits));
}

static void usual_is_the_lower_quartile_of_enough_shares_up_to_a_limit(void **state)
{
    (void)state;
    uint64_t shares[] = {9000, 8000, 7000, 6000, 5000, 4000, 3000, 2000, 1000};
    assert_int_equal(gate_usual_delay(shares, 9), 0); // too few to judge by
    uint64_t enough[] = {9000, 8000, 7000, 6000, 5000, 4000, 3000, 2000, 1000, 0, 10000, 11000};
    assert_int_equal(gate_usual_delay(enough, 12), 2000);
    uint64_t some[] = {0, 0, 0, 0, 500000, 500000, 500000, 500000, 500000, 500000, 500000, 500000};
    assert_int_equal(gate_usual_delay(some, 12), 0); // three of four at the most
    uint64_t neighbour[] = {500000, 500000, 500000, 500000, 500000, 500000, 500000, 500000, 500000, 500000};
    assert_int_equal(gate_usual_delay(neighbour, 10), 20000); // somebody has half of the CPU all the time
    struct trial trial = undisturbed();
    trial.run_delay_ns = UINT64_MAX; // a clock that went backwards
    assert_int_equal(gate_delay_share(&trial), 1000000);
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
        cmocka_unit_test(what_is_usual_in_a_cell_is_allowed),
        cmocka_unit_test(usual_is_the_lower_quartile_of_enough_shares_up_to_a_limit),
        cmocka_unit_test(its_own_time_does_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
