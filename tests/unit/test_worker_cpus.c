// Which CPU the next worker gets, on scripted probe times.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "os/os.h"
#include "runner/private.h"

enum { LIMIT_NS = 100, SLOW_NS = 180, FAST_NS = 95 };

struct script {
    uint64_t probe_ns[WORKER_MAX_CPUS]; // by CPU
    int probes;
};

static uint64_t probe(void *context, uint32_t cpu)
{
    struct script *script = context;
    script->probes++;
    return script->probe_ns[cpu];
}

static struct worker_cpus candidates(int count)
{
    struct worker_cpus cpus = {.count = count};
    for (int i = 0; i < count; i++)
        cpus.cpus[i] = (uint32_t)(count - 1 - i);
    return cpus;
}

static struct script all_take(uint64_t probe_ns)
{
    struct script script = {.probes = 0};
    for (int i = 0; i < WORKER_MAX_CPUS; i++)
        script.probe_ns[i] = probe_ns;
    return script;
}

static void a_worker_stays_where_the_last_one_was_while_that_is_fast(void **state)
{
    (void)state;
    struct worker_cpus cpus = candidates(4);
    struct script script = all_take(FAST_NS);
    for (int i = 0; i < 3; i++)
        assert_int_equal(worker_cpus_choose(&cpus, LIMIT_NS, probe, &script), 3);
    assert_int_equal(script.probes, 3);
    script.probe_ns[3] = LIMIT_NS; // not over it
    assert_int_equal(worker_cpus_choose(&cpus, LIMIT_NS, probe, &script), 3);
}

static void a_slow_cpu_is_left_for_the_next_fast_one(void **state)
{
    (void)state;
    struct worker_cpus cpus = candidates(4);
    struct script script = all_take(SLOW_NS);
    script.probe_ns[1] = script.probe_ns[0] = FAST_NS;
    assert_int_equal(worker_cpus_choose(&cpus, LIMIT_NS, probe, &script), 1);
    assert_int_equal(script.probes, 3); // CPU 3, 2 and 1
    script.probe_ns[3] = FAST_NS;
    assert_int_equal(worker_cpus_choose(&cpus, LIMIT_NS, probe, &script), 1); // no way back without need
    script.probe_ns[1] = script.probe_ns[0] = SLOW_NS;
    assert_int_equal(worker_cpus_choose(&cpus, LIMIT_NS, probe, &script), 3); // from the last to the first
}

static void where_all_are_slow_the_fastest_of_those_that_were_tried_is_taken(void **state)
{
    (void)state;
    struct worker_cpus few = candidates(3), many = candidates(WORKER_MAX_CPUS);
    struct script script = all_take(SLOW_NS);
    script.probe_ns[1] = SLOW_NS - 1;
    assert_int_equal(worker_cpus_choose(&few, LIMIT_NS, probe, &script), 1);
    assert_int_equal(script.probes, 3);
    script.probes = 0;
    worker_cpus_choose(&many, LIMIT_NS, probe, &script);
    assert_int_equal(script.probes, 1 + WORKER_MAX_PROBES);
}

static void where_all_are_slow_the_next_look_around_waits_longer_each_time(void **state)
{
    (void)state;
    static const int unasked[] = {1, 3, 7, WORKER_MAX_UNASKED, WORKER_MAX_UNASKED};
    struct worker_cpus cpus = candidates(2);
    struct script script = all_take(SLOW_NS);
    for (size_t i = 0; i < COUNT_OF(unasked); i++) {
        script.probes = 0;
        for (int k = 0; k <= unasked[i]; k++)
            assert_int_equal(worker_cpus_choose(&cpus, LIMIT_NS, probe, &script), 1);
        assert_int_equal(script.probes, 2);
    }
    script.probe_ns[0] = FAST_NS;
    script.probes = 0;
    for (int i = 0; i < 3; i++) // one that is fast is asked every time
        assert_int_equal(worker_cpus_choose(&cpus, LIMIT_NS, probe, &script), 0);
    assert_int_equal(script.probes, 2 + 1 + 1);
    script.probe_ns[0] = SLOW_NS;
    script.probes = 0;
    worker_cpus_choose(&cpus, LIMIT_NS, probe, &script);
    worker_cpus_choose(&cpus, LIMIT_NS, probe, &script);
    worker_cpus_choose(&cpus, LIMIT_NS, probe, &script);
    assert_int_equal(script.probes, 2 + 2); // and the waiting begins anew
}

static void a_cpu_that_cannot_be_probed_is_not_taken(void **state)
{
    (void)state;
    struct worker_cpus cpus = candidates(2);
    struct script script = all_take(SLOW_NS);
    script.probe_ns[1] = UINT64_MAX;
    assert_int_equal(worker_cpus_choose(&cpus, LIMIT_NS, probe, &script), 0);
}

static void without_a_choice_or_a_limit_nothing_is_probed(void **state)
{
    (void)state;
    struct worker_cpus none = {.count = 0}, one = candidates(1), two = candidates(2);
    struct script script = all_take(SLOW_NS);
    assert_int_equal(worker_cpus_choose(&none, LIMIT_NS, probe, &script), -1);
    assert_int_equal(worker_cpus_choose(&one, LIMIT_NS, probe, &script), 0);
    assert_int_equal(worker_cpus_choose(&two, UINT64_MAX, probe, &script), 1);
    assert_int_equal(script.probes, 0);
}

static void candidates_are_cpus_that_may_be_used(void **state)
{
    (void)state;
    static uint32_t allowed[OS_MAX_CPUS];
    struct worker_cpus found;
    int count = os_allowed_cpus(allowed, OS_MAX_CPUS);
    worker_cpus_find(&found, NULL, 0);
    assert_in_range(found.count, count > 0 ? 1 : 0, WORKER_MAX_CPUS);
    for (int i = 0; i < found.count; i++) {
        int at = 0;
        while (at < count && allowed[at] != found.cpus[i])
            at++;
        assert_true(at < count);
        for (int k = 0; k < i; k++)
            assert_true(found.cpus[k] != found.cpus[i]);
    }
}

static void only_wanted_cpus_are_candidates(void **state)
{
    (void)state;
    uint32_t allowed[1024];
    assert_true(os_allowed_cpus(allowed, 1024) > 0);
    struct worker_cpus found;
    const uint32_t wanted[] = {allowed[0], OS_MAX_CPUS};
    worker_cpus_find(&found, wanted, 2);
    assert_int_equal(found.count, 1);
    assert_int_equal(found.cpus[0], allowed[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_wanted_cpus_are_candidates),
        cmocka_unit_test(a_worker_stays_where_the_last_one_was_while_that_is_fast),
        cmocka_unit_test(a_slow_cpu_is_left_for_the_next_fast_one),
        cmocka_unit_test(where_all_are_slow_the_fastest_of_those_that_were_tried_is_taken),
        cmocka_unit_test(where_all_are_slow_the_next_look_around_waits_longer_each_time),
        cmocka_unit_test(a_cpu_that_cannot_be_probed_is_not_taken),
        cmocka_unit_test(without_a_choice_or_a_limit_nothing_is_probed),
        cmocka_unit_test(candidates_are_cpus_that_may_be_used),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
