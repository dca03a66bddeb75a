#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "wire/gate.h"

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

// A process that is stopped gives up its CPU once and waits for none.
static void a_trial_that_stood_still_is_disturbed(void **state)
{
    (void)state;
    static const struct {
        uint64_t total_ns, stood_ns, run_delay_ns, voluntary, involuntary;
        bool is_void, is_clean;
    } cases[] = {
        {1000000, 0, 0, 0, 0, false, true},
        {1000000, 400, 0, 0, 0, false, true},    // two clocks are never read at once
        {1000000, 900000, 0, 0, 0, false, true}, // a hypervisor's doing: the probes see it, or the next trial
        {705000000, 702600000, 0, 1, 0, true, false}, // SIGSTOP, a freezer
        {705000000, 702600000, 0, 3, 2, true, false},
        {2400000, UINT64_C(172800000000000), 0, 1, 0, true,
         false}, // two days asleep; its clock slept as well
        {UINT64_C(172800000000000), UINT64_C(172799990000000), 0, 1, 0, true, false}, // or went on
        {10000000, 2000000, 0, 1, 0, false, false},                                   // a short pause
        {10000000, 50000, 0, 1, 0, false, true},                                      // within 5 per mille
        {10000000, 50001, 0, 1, 0, false, false},
        {10000000, 30000, 20001, 1, 1, false, false}, // both together
        {10000000, 30000, 20000, 1, 1, false, true},
        {0, 0, 0, 0, 0, true, false}, // its time is not known
        {10000000, UINT64_MAX, UINT64_MAX, 1, 1, true, false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct trial trial = undisturbed();
        trial.total_ns = cases[i].total_ns;
        trial.stood_ns = cases[i].stood_ns;
        trial.run_delay_ns = cases[i].run_delay_ns;
        trial.voluntary_switches = cases[i].voluntary;
        trial.involuntary_switches = cases[i].involuntary;
        if (gate_trial_is_void(&trial) != cases[i].is_void ||
            gate_trial_is_clean(&trial, &(struct gate_limits){4320, 5000}) != cases[i].is_clean)
            fail_msg("case %zu", i);
    }
}

static void a_time_that_other_clocks_contradict_is_impossible(void **state)
{
    (void)state;
    static const uint64_t ms = 1000000, day = UINT64_C(86400000000000);
    const struct {
        uint64_t time_ns, wall_ns, cpu_ns;
        bool possible;
    } cases[] = {
        {2 * ms, 2 * ms, 2 * ms, true},
        {2 * ms, 2 * ms, 0, true},          // CPU time not known
        {700 * ms, 705 * ms, 2 * ms, true}, // it was stopped
        {2 * ms, 2 * day, 2 * ms, true},    // asleep, and the counter with it
        {2 * day, 2 * day, 2 * ms, true},   // or not
        {0, 2 * ms, 2 * ms, false},         // set back
        {2 * day, 2 * ms, 2 * ms, false},   // set forward
        {3 * ms, 2 * ms, 2 * ms, false},
        {2200000, 2 * ms, 2 * ms, true}, // the clock of the wall is slewed by up to a tenth
        {500, 0, 0, true},               // they are not read at the same moment
        {UINT64_MAX, 2 * ms, 2 * ms, false},
        {UINT64_MAX, UINT64_MAX, 2 * ms, false},
        {30 * ms, 100 * ms, 90 * ms, false}, // set back by less than it had run
        {2 * ms, 12 * ms, 10 * ms, true},    // CPU time counted in ticks of 10 ms
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct gate_clocks clocks = {cases[i].wall_ns, cases[i].cpu_ns};
        if (gate_time_is_possible(cases[i].time_ns, &clocks) != cases[i].possible)
            fail_msg("case %zu", i);
    }
}

static void standing_still_is_what_neither_running_nor_waiting_explains(void **state)
{
    (void)state;
    static const struct {
        struct gate_clocks clocks;
        uint64_t run_delay_ns, stood_ns;
    } cases[] = {
        {{1000, 1000}, 0, 0},   {{1000, 400}, 0, 600}, {{1000, 400}, 500, 100}, {{1000, 400}, 600, 0},
        {{1000, 400}, 9000, 0}, {{1000, 0}, 0, 0},     {{1000, 2000}, 0, 0},    {{0, 0}, 0, 0},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_int_equal(gate_stood_ns(&cases[i].clocks, cases[i].run_delay_ns), cases[i].stood_ns);
    struct trial trial = {.total_ns = 705, .stood_ns = 700};
    assert_int_equal(gate_running_ns(&trial), 5);
    trial.stood_ns = 9000;
    assert_int_equal(gate_running_ns(&trial), 705); // its clock stood as well
}

// What a trial of a process stands for: letters are its repetitions, 'c'lean, 'd'isturbed, 's'tood still,
// 'u'nknown time.
static void the_first_of_the_least_disturbed_repetitions_stands(void **state)
{
    (void)state;
    static const struct {
        const char *repetitions;
        size_t stands;
    } cases[] = {{"c", 0},    {"d", 0},    {"s", 0},    {"u", 0},    {"dc", 1},   {"sc", 1},
                 {"sd", 1},   {"us", 1},   {"usdc", 3}, {"usds", 2}, {"sdds", 1}, {"ddd", 0},
                 {"ssss", 0}, {"uuss", 2}, {"cs", 0},   {"uc", 1},   {"sddc", 3}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct trial trials[6] = {{.index = 0, .total_ns = 9}, {0}};
        size_t count = strlen(cases[i].repetitions);
        for (size_t r = 0; r < count; r++) {
            struct trial trial = undisturbed();
            char kind = cases[i].repetitions[r];
            trial.index = 1;
            trial.repetition = (uint32_t)r;
            trial.migrated = kind == 'd';
            trial.voluntary_switches = kind == 's';
            trial.stood_ns = kind == 's' ? trial.total_ns : 0;
            trial.total_ns = kind == 'u' ? 0 : trial.total_ns;
            trials[1 + r] = trial;
        }
        trials[1 + count] = (struct trial){.index = 2, .total_ns = 9};
        const struct process_record record = {.trials = trials, .trial_count = count + 2};
        for (size_t r = 0; r < count; r++)
            if (gate_trial_stands(&record, 1 + r, &(struct gate_limits){4320, 5000}) !=
                (r == cases[i].stands))
                fail_msg("%s: %zu", cases[i].repetitions, r);
        assert_true(gate_trial_stands(&record, 0, &(struct gate_limits){4320, 5000}));
        assert_true(gate_trial_stands(&record, 1 + count, &(struct gate_limits){4320, 5000}));
    }
}

static void a_probe_that_took_no_time_teaches_nothing(void **state)
{
    (void)state;
    CLEANUP(free_pointer) struct gate_history *history = calloc(1, sizeof *history);
    assert_non_null(history);
    for (uint64_t i = 0; i < 200; i++)
        gate_add_probe(history, i % 2 ? 4000 : 0);
    assert_int_equal(gate_limits_of(history).probe_ns, 4320);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_trial_that_stood_still_is_disturbed),
        cmocka_unit_test(a_time_that_other_clocks_contradict_is_impossible),
        cmocka_unit_test(standing_still_is_what_neither_running_nor_waiting_explains),
        cmocka_unit_test(the_first_of_the_least_disturbed_repetitions_stands),
        cmocka_unit_test(a_probe_that_took_no_time_teaches_nothing),
        cmocka_unit_test(the_limit_is_the_second_percentile_plus_eight_percent),
        cmocka_unit_test(probes_beyond_the_last_bin_are_counted),
        cmocka_unit_test(what_disturbs_a_trial_flags_it),
        cmocka_unit_test(what_is_usual_in_a_cell_is_allowed),
        cmocka_unit_test(usual_is_the_lower_quartile_of_enough_shares_up_to_a_limit),
        cmocka_unit_test(its_own_time_does_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
