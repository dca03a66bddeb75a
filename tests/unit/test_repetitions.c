#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "runner/private.h"

static const uint64_t trial_ns = 100000;

// Trials of which so many of ten are disturbed.
static void add_trials(struct repetitions *repetitions, size_t count, size_t disturbed_of_ten)
{
    for (size_t i = 0; i < count; i++)
        repetitions_add_first_try(repetitions, trial_ns, i % 10 < disturbed_of_ten);
}

static void where_most_trials_are_disturbed_nothing_is_repeated(void **state)
{
    (void)state;
    for (size_t disturbed = 0; disturbed <= 10; disturbed++) {
        struct repetitions repetitions = {0};
        add_trials(&repetitions, 1000, disturbed);
        assert_int_equal(repetitions_are_worthwhile(&repetitions), disturbed <= 5);
    }
}

// Short trials that are clean do not make up for long ones that are not.
static void the_time_of_the_trials_decides(void **state)
{
    (void)state;
    struct repetitions repetitions = {0};
    for (size_t i = 0; i < 5 * REPETITIONS_JUDGED_TRIALS; i++)
        repetitions_add_first_try(&repetitions, i % 10 == 0 ? 100 * trial_ns : trial_ns, i % 10 == 0);
    assert_false(repetitions_are_worthwhile(&repetitions));
    for (size_t i = 0; i < REPETITIONS_JUDGED_TRIALS; i++)
        repetitions_add_first_try(&repetitions, i % 10 == 0 ? 100 * trial_ns : trial_ns, i % 10 == 1);
    assert_true(repetitions_are_worthwhile(&repetitions));
}

static void a_few_trials_do_not_decide(void **state)
{
    (void)state;
    struct repetitions repetitions = {0};
    assert_true(repetitions_are_worthwhile(&repetitions));
    add_trials(&repetitions, REPETITIONS_MIN_JUDGED - 1, 10);
    assert_true(repetitions_are_worthwhile(&repetitions));
    add_trials(&repetitions, 1, 10);
    assert_false(repetitions_are_worthwhile(&repetitions));
}

static void what_counts_is_the_machine_of_late(void **state)
{
    (void)state;
    struct repetitions repetitions = {0};
    add_trials(&repetitions, 5000, 0);
    add_trials(&repetitions, REPETITIONS_JUDGED_TRIALS, 7); // a neighbour comes
    assert_false(repetitions_are_worthwhile(&repetitions));
    add_trials(&repetitions, 20000, 7);
    add_trials(&repetitions, REPETITIONS_JUDGED_TRIALS, 1); // and goes
    assert_true(repetitions_are_worthwhile(&repetitions));
}

static void repetitions_take_a_quarter_of_the_time_at_most(void **state)
{
    (void)state;
    const uint64_t second_ns = 1000000000;
    struct repetitions repetitions = {0};
    repetitions_add_first_try(&repetitions, 40 * second_ns, false);
    repetitions_add_repetition(&repetitions, 10 * second_ns);
    assert_true(repetitions_are_worthwhile(&repetitions)); // a few seconds to begin with
    repetitions_add_repetition(&repetitions, 4 * second_ns);
    assert_false(repetitions_are_worthwhile(&repetitions));
    repetitions_add_first_try(&repetitions, 10 * second_ns, false);
    assert_true(repetitions_are_worthwhile(&repetitions));
}

static void what_a_loud_machine_saves_is_the_quarter_that_repetitions_may_take(void **state)
{
    (void)state;
    struct repetitions quiet = {0}, loud = {0}, both = {0}, spent = {0};
    add_trials(&quiet, 40000, 4);
    assert_true(repetitions_saved_seconds(&quiet) == 0);
    add_trials(&loud, 40000, 10); // 4 seconds, of which the first few trials do not decide
    assert_true(repetitions_saved_seconds(&loud) > 0.99 && repetitions_saved_seconds(&loud) <= 1);
    add_trials(&both, 40000, 0);
    add_trials(&both, 40000, 10);
    assert_true(repetitions_saved_seconds(&both) > 0.99 && repetitions_saved_seconds(&both) <= 1);
    repetitions_add_repetition(&both, 2500000000); // of 2 seconds and those to begin with
    assert_true(repetitions_saved_seconds(&both) > 0.99);
    add_trials(&spent, 40000, 10);
    repetitions_add_repetition(&spent, 3500000000); // while the machine was quieter
    assert_true(fabs(repetitions_saved_seconds(&spent) - 0.5) < 1e-6);
    repetitions_add_repetition(&spent, 3500000000);
    assert_true(repetitions_saved_seconds(&spent) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(where_most_trials_are_disturbed_nothing_is_repeated),
        cmocka_unit_test(the_time_of_the_trials_decides),
        cmocka_unit_test(a_few_trials_do_not_decide),
        cmocka_unit_test(what_counts_is_the_machine_of_late),
        cmocka_unit_test(what_a_loud_machine_saves_is_the_quarter_that_repetitions_may_take),
        cmocka_unit_test(repetitions_take_a_quarter_of_the_time_at_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
