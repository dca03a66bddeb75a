#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "doctor/private.h"
#include "os/os.h"

static void assert_near(double value, double expected)
{
    if (value < expected - 0.01 || value > expected + 0.01)
        fail_msg("%f is not %f", value, expected);
}

static void set_ticks(struct facts *facts, const char *prefix, double seconds, const char *name)
{
    char key[64];
    snprintf(key, sizeof key, "%sticks.%s", prefix, name);
    facts_set_format(facts, key, "%.0f", seconds * (double)sysconf(_SC_CLK_TCK));
}

static void counts_of_the_kernel_become_shares(void **state)
{
    (void)state;
    CLEANUP(facts_release) struct facts facts = {0};
    // In 2 s on 2 CPUs: 2.4 s idle, 0.4 s stolen, 1.2 s of work, of which 0.9 s were our own.
    set_ticks(&facts, "before.", 100, "total");
    set_ticks(&facts, "after.", 104, "total");
    set_ticks(&facts, "before.", 50, "idle");
    set_ticks(&facts, "after.", 52.4, "idle");
    set_ticks(&facts, "before.", 1, "steal");
    set_ticks(&facts, "after.", 1.4, "steal");
    facts_set(&facts, "before.pressure.cpu_total_us", "1000");
    facts_set(&facts, "after.pressure.cpu_total_us", "501000");
    facts_set(&facts, "before.throttled.cgroup_periods", "7");
    facts_set(&facts, "after.throttled.cgroup_periods", "9");
    facts_set(&facts, "before.throttled.cpu", "3");
    facts_set(&facts, "after.throttled.cpu", "4");
    facts_set(&facts, "before.throttled.package", "3");
    facts_set(&facts, "after.throttled.package", "5");
    facts_set(&facts, "before.memory.swapped_out_pages", "10");
    facts_set(&facts, "after.memory.swapped_out_pages", "4"); // a counter that went back is not known
    struct doctor_observation observation = doctor_nothing_observed;
    observation_add_load(&facts, 2, 0.9, &observation);
    assert_near(observation.background_percent, 15);
    assert_near(observation.steal_percent, 25);
    assert_near(observation.cpu_pressure_percent, 25);
    assert_near(observation.throttled_periods, 2);
    assert_near(observation.heat_events, 3);
    assert_true(observation.memory_pressure_percent < 0);
    assert_true(observation.swapped_out_pages < 0);
}

static void without_counts_nothing_is_known(void **state)
{
    (void)state;
    struct facts facts = {0};
    struct doctor_observation observation = doctor_nothing_observed;
    observation_add_load(&facts, 2, 1, &observation);
    assert_memory_equal(&observation, &doctor_nothing_observed, sizeof observation);
}

static void the_busiest_other_process_is_named(void **state)
{
    (void)state;
    struct process_time before[] = {{1, 10, "init"}, {5, 100, "us"}, {7, 50, "old"}, {9, 500, "reused"}};
    struct process_time after[] = {
        {1, 12, "init"}, {5, 900, "us"}, {8, 60, "new"}, {9, 3, "reused"}, {12, 7, "x"}};
    struct process_times one = {before, COUNT_OF(before)}, other = {after, COUNT_OF(after)}, none = {NULL, 0};
    struct doctor_observation observation = doctor_nothing_observed;
    observation_add_processes(&one, &other, 5, 2, &observation);
    assert_string_equal(observation.busiest_name, "new");
    assert_near(observation.busiest_process, 8);
    assert_near(observation.busiest_percent, 100 * 60.0 / (double)sysconf(_SC_CLK_TCK) / 2);
    observation = doctor_nothing_observed;
    observation_add_processes(&one, &none, 5, 2, &observation);
    assert_true(observation.busiest_percent < 0);
}

static void probes_show_what_was_lost(void **state)
{
    (void)state;
    CLEANUP(free_pointer) struct probe_times *times = calloc(1, sizeof *times);
    assert_non_null(times);
    struct doctor_observation observation = doctor_nothing_observed;
    observation_add_probes(times, &observation);
    assert_true(observation.lost_percent < 0 && observation.slow_probes_percent < 0);
    for (int i = 0; i < 900; i++)
        probe_times_add(times, 4004);
    for (int i = 0; i < 99; i++)
        probe_times_add(times, 5000);
    probe_times_add(times, 10000000); // once interrupted for 10 ms
    observation_add_probes(times, &observation);
    assert_near(observation.slow_probes_percent, 10);
    assert_near(observation.slowest_probe_ratio, 5004.0 / 4004);
    assert_near(observation.lost_percent, 100 * (1 - 1000 * 4004.0 / (900 * 4004.0 + 99 * 5000.0 + 1e7)));
}

static void watching_leaves_the_affinity_as_it_was(void **state)
{
    (void)state;
    enum { CAPACITY = 512 };
    uint32_t before[CAPACITY], after[CAPACITY];
    int count = os_allowed_cpus(before, CAPACITY);
    struct doctor_observation observation;
    assert_int_equal(doctor_observe(0.1, &observation, NULL), STATUS_OK);
    assert_int_equal(os_allowed_cpus(after, CAPACITY), count);
    assert_memory_equal(before, after, (size_t)count * sizeof *before);
    assert_true(observation.seconds > 0);
    assert_true(observation.clock_cost_ns >= 0 && observation.slow_probes_percent >= 0);
    assert_in_range(observation.lost_percent, 0, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_of_the_kernel_become_shares),
        cmocka_unit_test(without_counts_nothing_is_known),
        cmocka_unit_test(the_busiest_other_process_is_named),
        cmocka_unit_test(probes_show_what_was_lost),
        cmocka_unit_test(watching_leaves_the_affinity_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
