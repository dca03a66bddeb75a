#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "plan/plan.h"

static struct plan build(const struct plan_request *request)
{
    struct plan plan = {0};
    struct error error;
    assert_int_equal(plan_build(request, &plan, &error), STATUS_OK);
    return plan;
}

static bool is_in_standard_plan(int strategy)
{
    return strategies[strategy].role == STRATEGY_ROLE_STANDARD ||
           strategies[strategy].role == STRATEGY_ROLE_CONTROL;
}

static void standard_plan_runs_every_cell_in_every_replicate(void **state)
{
    (void)state;
    struct plan_request request;
    plan_request_init(&request);
    CLEANUP(plan_release) struct plan plan = build(&request);
    assert_int_equal(plan.count, (3 + 2) * 4 * 19 * 20); // the document's three allocators and two controls
    static unsigned char seen[STRATEGY_COUNT][PATTERN_COUNT][SIZE_COUNT][100];
    for (size_t i = 0; i < plan.count; i++) {
        const struct planned_process *process = &plan.processes[i];
        assert_int_equal(process->order, i);
        assert_int_equal(process->trial_count, process->cell.strategy == STRATEGY_box_twin ? 3 : 5);
        assert_true(process->environment_padding < ENVIRONMENT_PADDING_BYTES);
        for (uint32_t t = 0; t < process->trial_count; t++)
            seen[process->cell.strategy][process->cell.pattern][size_index(process->cell.size_bytes)]
                [process->first_iteration + t]++;
    }
    for (int s = 0; s < STRATEGY_COUNT; s++)
        for (int p = 0; p < PATTERN_COUNT; p++)
            for (int z = 0; z < SIZE_COUNT; z++)
                for (int i = 0; i < 100; i++)
                    assert_int_equal(seen[s][p][z][i],
                                     is_in_standard_plan(s) && (s != STRATEGY_box_twin || i % 5 < 3));
}

static void allocators_of_a_group_run_next_to_each_other_in_varying_order(void **state)
{
    (void)state;
    struct plan_request request;
    plan_request_init(&request);
    CLEANUP(plan_release) struct plan plan = build(&request);
    size_t box_first = 0;
    for (size_t i = 0; i < plan.count; i += 5) {
        for (size_t j = 1; j < 5; j++) {
            assert_int_equal(plan.processes[i].group, plan.processes[i + j].group);
            assert_int_equal(plan.processes[i].seed, plan.processes[i + j].seed);
            assert_int_equal(plan.processes[i].cell.pattern, plan.processes[i + j].cell.pattern);
            assert_int_equal(plan.processes[i].cell.size_bytes, plan.processes[i + j].cell.size_bytes);
        }
        box_first += plan.processes[i].cell.strategy == STRATEGY_box;
    }
    assert_in_range(box_first, 220, 390); // of 1520 groups; a fifth each is 304
}

static void iterations_that_do_not_divide_are_spread_without_gap(void **state)
{
    (void)state;
    struct plan_request request;
    plan_request_init(&request);
    request.iterations = 11;
    request.processes = 4;
    request.strategies[STRATEGY_box_twin] = false; // has fewer
    CLEANUP(plan_release) struct plan plan = build(&request);
    unsigned covered[11] = {0};
    for (size_t i = 0; i < plan.count; i++)
        for (uint32_t t = 0; t < plan.processes[i].trial_count; t++)
            covered[plan.processes[i].first_iteration + t]++;
    for (int i = 0; i < 11; i++)
        assert_int_equal(covered[i], 4 * 4 * 19);
}

static void same_seed_gives_the_same_plan_and_another_seed_another(void **state)
{
    (void)state;
    struct plan_request request;
    plan_request_init(&request);
    CLEANUP(plan_release) struct plan one = build(&request);
    CLEANUP(plan_release) struct plan two = build(&request);
    assert_memory_equal(one.processes, two.processes, one.count * sizeof *one.processes);
    assert_true(one.fingerprint == two.fingerprint);
    request.seed++;
    CLEANUP(plan_release) struct plan three = build(&request);
    assert_true(memcmp(one.processes, three.processes, one.count * sizeof *one.processes) != 0);
    assert_true(one.fingerprint != three.fingerprint);
}

static void impossible_requests_are_usage_errors(void **state)
{
    (void)state;
    struct plan plan;
    struct error error;
    struct plan_request request;
    plan_request_init(&request);
    request.processes = 101;
    assert_int_equal(plan_build(&request, &plan, &error), STATUS_USAGE);
    plan_request_init(&request);
    request.iterations = 0;
    assert_int_equal(plan_build(&request, &plan, &error), STATUS_USAGE);
    plan_request_init(&request);
    memset(request.sizes, 0, sizeof request.sizes);
    assert_int_equal(plan_build(&request, &plan, &error), STATUS_USAGE);
}

static void platform_names_are_checked(void **state)
{
    (void)state;
    char long_name[66];
    memset(long_name, 'a', 65);
    long_name[65] = '\0';
    const char *bad[] = {"", ".hidden", "-x", "a/b", "a b", "a\n", "\x1b[0m", "\xc3\xa4", "..", long_name};
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_int_equal(platform_check(bad[i], NULL), STATUS_USAGE);
    const char *good[] = {"local", "hpc-xeon-8280", "aws-c5", "a.b_C9", long_name + 1};
    for (size_t i = 0; i < COUNT_OF(good); i++)
        assert_int_equal(platform_check(good[i], NULL), STATUS_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(standard_plan_runs_every_cell_in_every_replicate),
        cmocka_unit_test(allocators_of_a_group_run_next_to_each_other_in_varying_order),
        cmocka_unit_test(iterations_that_do_not_divide_are_spread_without_gap),
        cmocka_unit_test(same_seed_gives_the_same_plan_and_another_seed_another),
        cmocka_unit_test(impossible_requests_are_usage_errors),
        cmocka_unit_test(platform_names_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
