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

enum { MAX_PATTERNS_AND_SIZES = SOLO_PATTERN_COUNT * SIZE_COUNT };

static bool is_costly_twin(const struct cell *cell)
{
    return cell->strategy == STRATEGY_box_twin && cell->size_bytes >= 1536;
}

static void standard_plan_runs_every_cell_in_every_replicate(void **state)
{
    (void)state;
    struct plan_request request;
    plan_request_init(&request);
    CLEANUP(plan_release) struct plan plan = build(&request);
    assert_int_equal(plan_count_cells(&plan), (3 + 2) * 4 * 19); // three allocators and two controls
    assert_int_equal(plan.count,
                     (3 + 2) * 4 * 19 * 30 - 4 * 4 * 20); // without two thirds of the twins of 4 sizes
    static unsigned char seen[STRATEGY_COUNT][SOLO_PATTERN_COUNT][SIZE_COUNT][100];
    for (size_t i = 0; i < plan.count; i++) {
        const struct planned_process *process = &plan.processes[i];
        assert_int_equal(process->order, i);
        assert_int_equal(process->trial_count, process->replicate < 10 ? 4 : 3);
        assert_true(process->environment_padding < ENVIRONMENT_PADDING_BYTES);
        for (uint32_t t = 0; t < process->trial_count; t++)
            seen[process->cell.strategy][process->cell.pattern][size_index(process->cell.size_bytes)]
                [process->first_iteration + t]++;
    }
    for (int s = 0; s < STRATEGY_COUNT; s++)
        for (int p = 0; p < SOLO_PATTERN_COUNT; p++)
            for (int z = 0; z < SIZE_COUNT; z++)
                for (int i = 0; i < 100; i++) {
                    const struct cell cell = {.strategy = (enum strategy_id)s, .size_bytes = object_sizes[z]};
                    int replicate = i < 40 ? i / 4 : 10 + (i - 40) / 3;
                    assert_int_equal(seen[s][p][z][i], is_in_standard_plan(s) &&
                                                           (!is_costly_twin(&cell) || replicate % 3 == 0));
                }
}

static void the_twin_of_large_objects_is_in_a_third_of_the_replicates_evenly(void **state)
{
    (void)state;
    static const struct {
        uint32_t processes, twins;
    } cases[] = {{1, 1}, {6, 6}, {10, 10}, {11, 10}, {20, 10}, {30, 10}, {31, 11}, {40, 14}};
    for (size_t c = 0; c < COUNT_OF(cases); c++) {
        struct plan_request request;
        plan_request_init(&request);
        request.processes = cases[c].processes;
        request.iterations = 3 * cases[c].processes;
        CLEANUP(plan_release) struct plan plan = build(&request);
        uint32_t twins[MAX_PATTERNS_AND_SIZES] = {0}, last[MAX_PATTERNS_AND_SIZES] = {0};
        for (size_t i = 0; i < plan.count; i++) {
            const struct planned_process *process = &plan.processes[i];
            assert_int_equal(process->trial_count, 3);
            if (!is_costly_twin(&process->cell))
                continue;
            int size = size_index(process->cell.size_bytes);
            size_t condition = (size_t)((int)process->cell.pattern * SIZE_COUNT + size);
            assert_true(process->replicate - last[condition] <= 3);
            last[condition] = process->replicate;
            twins[condition]++;
        }
        size_t conditions = 0;
        for (size_t g = 0; g < MAX_PATTERNS_AND_SIZES; g++) {
            assert_true(twins[g] == 0 || (twins[g] == cases[c].twins && last[g] + 3 >= cases[c].processes));
            conditions += twins[g] > 0;
        }
        assert_int_equal(conditions, 4 * 4);
    }
}

static void allocators_of_a_block_run_next_to_each_other_in_varying_order(void **state)
{
    (void)state;
    struct plan_request request;
    plan_request_init(&request);
    CLEANUP(plan_release) struct plan plan = build(&request);
    size_t box_first = 0, members;
    for (size_t i = 0; i < plan.count; i += members) {
        members = 1;
        while (i + members < plan.count && plan.processes[i + members].block == plan.processes[i].block)
            members++;
        assert_in_range(members, 4, 5); // without or with the twin
        for (size_t j = 1; j < members; j++) {
            assert_int_equal(plan.processes[i].seed, plan.processes[i + j].seed);
            assert_int_equal(plan.processes[i].cell.pattern, plan.processes[i + j].cell.pattern);
            assert_int_equal(plan.processes[i].cell.size_bytes, plan.processes[i + j].cell.size_bytes);
        }
        box_first += plan.processes[i].cell.strategy == STRATEGY_box;
    }
    assert_in_range(box_first, 360, 550); // of 2280 conditions; a fifth each is 456
}

static void iterations_that_do_not_divide_are_spread_without_gap(void **state)
{
    (void)state;
    struct plan_request request;
    plan_request_init(&request);
    request.iterations = 11;
    request.processes = 4;
    axis_values_remove(&request.axes[AXIS_strategy], STRATEGY_box_twin); // has fewer
    CLEANUP(plan_release) struct plan plan = build(&request);
    unsigned covered[11] = {0};
    for (size_t i = 0; i < plan.count; i++)
        for (uint32_t t = 0; t < plan.processes[i].trial_count; t++)
            covered[plan.processes[i].first_iteration + t]++;
    for (int i = 0; i < 11; i++)
        assert_int_equal(covered[i], 4 * 4 * 19);
}

static void a_plan_that_is_cut_is_as_if_it_had_been_asked_for(void **state)
{
    (void)state;
    for (uint32_t replicates = 1; replicates < 30; replicates++) {
        struct plan_request request;
        plan_request_init(&request);
        CLEANUP(plan_release) struct plan whole = build(&request);
        CLEANUP(plan_release) struct plan cut = build(&request);
        plan_cut(&cut, replicates);
        assert_int_equal(cut.cut_processes, 30);
        assert_true(cut.fingerprint == whole.fingerprint);
        assert_int_equal(cut.request.processes, replicates);
        assert_memory_equal(cut.processes, whole.processes, cut.count * sizeof *cut.processes);
        assert_int_equal(whole.processes[cut.count].replicate, replicates);
        uint32_t trials = 0;
        for (size_t i = 0; i < cut.count; i++) {
            const struct planned_process *process = &cut.processes[i];
            if (process->cell.strategy == STRATEGY_box && process->cell.pattern == PATTERN_lifo &&
                process->cell.size_bytes == 8)
                trials += process->trial_count;
        }
        assert_int_equal(cut.request.iterations, trials);
    }
}

static void spare_replicates_are_as_if_they_had_been_asked_for(void **state)
{
    (void)state;
    struct plan_request request;
    plan_request_init(&request);
    request.iterations = 100;
    CLEANUP(plan_release) struct plan without = build(&request);
    request.spare_processes = 7;
    CLEANUP(plan_release) struct plan plan = build(&request);
    CLEANUP(plan_release) struct plan again = build(&request);
    CLEANUP(plan_release) struct plan cut = build(&request);
    assert_int_equal(plan.count, without.count); // they change nothing of the plan
    assert_memory_equal(plan.processes, without.processes, plan.count * sizeof *plan.processes);
    assert_true(plan.fingerprint != without.fingerprint && plan.fingerprint == again.fingerprint);
    assert_memory_equal(plan.processes, again.processes,
                        (plan.count + plan.spare_count) * sizeof *plan.processes);
    for (uint32_t added = 0; added <= 7; added++, plan_add_replicate(&plan)) {
        assert_int_equal(plan.added_processes, added);
        assert_int_equal(plan.request.processes, 30 + added);
        assert_int_equal(plan.request.spare_processes, 7 - added);
        uint32_t trials = 0;
        for (size_t i = 0; i < plan.count; i++) {
            const struct planned_process *process = &plan.processes[i];
            assert_int_equal(process->order, i);
            assert_in_range(process->replicate, 0, 29 + added);
            if (process->cell.strategy != STRATEGY_box || process->cell.pattern != PATTERN_fifo ||
                process->cell.size_bytes != 4096)
                continue;
            assert_int_equal(process->first_iteration, trials);
            trials += process->trial_count;
        }
        assert_int_equal(plan.request.iterations, trials);
    }
    assert_int_equal(plan.added_processes, 7); // there were no more
    assert_int_equal(plan.spare_count, 0);
    plan_cut(&cut, 33);
    assert_int_equal(cut.request.processes, 33);
    assert_int_equal(cut.request.iterations, 109);
    assert_int_equal(cut.added_processes, 3);
    assert_int_equal(cut.request.spare_processes + cut.spare_count, 0);
    assert_int_equal(cut.processes[cut.count - 1].replicate, 32);
    request.processes = MAX_PROCESSES - 6;
    request.iterations = MAX_PROCESSES;
    struct plan none = {0};
    assert_int_equal(plan_build(&request, &none, NULL), STATUS_USAGE);
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
    request.axes[AXIS_size_bytes].count = 0;
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

// ---- threads ----

static void choose(struct plan_request *request, uint32_t most_threads)
{
    static const uint32_t allocators[] = {STRATEGY_box, STRATEGY_slab_warm, STRATEGY_slab_owner,
                                          STRATEGY_box_twin, STRATEGY_anchor};
    plan_request_init(request);
    request->axes[AXIS_strategy] = request->axes[AXIS_pattern] = (struct axis_values){0};
    for (size_t i = 0; i < COUNT_OF(allocators); i++)
        axis_values_add(&request->axes[AXIS_strategy], allocators[i]);
    axis_values_add(&request->axes[AXIS_pattern], PATTERN_lifo);
    axis_values_add(&request->axes[AXIS_pattern], PATTERN_handoff);
    axis_values_add(&request->axes[AXIS_pattern], PATTERN_exchange);
    request->axes[AXIS_size_bytes] = (struct axis_values){1, {64}};
    for (uint32_t threads = 2; threads <= most_threads; threads++)
        axis_values_add(&request->axes[AXIS_threads], threads);
    request->processes = request->iterations = 1;
}

// Those whose objects other threads may free run all patterns, each with the numbers of threads that it
// needs.
static void cells_are_those_that_so_many_threads_and_that_allocator_can_run(void **state)
{
    (void)state;
    struct plan_request request;
    choose(&request, 3);
    request.measurements = MEASUREMENT_BIT(MEASUREMENT_traverse) | MEASUREMENT_BIT(MEASUREMENT_census);
    CLEANUP(plan_release) struct plan plan = build(&request);
    size_t of_pattern[PATTERN_COUNT] = {0}, beside = 0;
    for (size_t i = 0; i < plan.count; i++) {
        const struct cell *cell = &plan.processes[i].cell;
        assert_true(pattern_fits_threads((enum pattern_id)cell->pattern, cell->threads));
        assert_true(strategy_has_pattern(&strategies[cell->strategy], (enum pattern_id)cell->pattern));
        assert_true((plan_measurements_with(&plan, &plan.processes[i]) != 0) == (cell->threads == 1));
        of_pattern[cell->pattern]++;
        beside += plan_measures_beside(&plan, MEASUREMENT_census, &plan.processes[i]);
    }
    assert_int_equal(of_pattern[PATTERN_lifo], 5 * 3);
    assert_int_equal(of_pattern[PATTERN_handoff], 3 * 1); // box, slab_owner and the twin, with 2 threads
    assert_int_equal(of_pattern[PATTERN_exchange], 3 * 2);
    assert_int_equal(beside, 5);
}

static void patterns_of_several_threads_need_them_and_one_of_one_thread(void **state)
{
    (void)state;
    struct plan_request request;
    struct plan plan;
    struct error error;
    choose(&request, 1);
    assert_int_equal(plan_build(&request, &plan, &error), STATUS_USAGE);
    assert_non_null(strstr(error.cause, "handoff"));
    choose(&request, 2);
    axis_values_remove(&request.axes[AXIS_pattern], PATTERN_lifo);
    assert_int_equal(plan_build(&request, &plan, &error), STATUS_USAGE);
    plan_request_init(&request);
    assert_int_equal(request.axes[AXIS_pattern].count, SOLO_PATTERN_COUNT);
    assert_int_equal(request.axes[AXIS_threads].count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(standard_plan_runs_every_cell_in_every_replicate),
        cmocka_unit_test(the_twin_of_large_objects_is_in_a_third_of_the_replicates_evenly),
        cmocka_unit_test(allocators_of_a_block_run_next_to_each_other_in_varying_order),
        cmocka_unit_test(iterations_that_do_not_divide_are_spread_without_gap),
        cmocka_unit_test(a_plan_that_is_cut_is_as_if_it_had_been_asked_for),
        cmocka_unit_test(spare_replicates_are_as_if_they_had_been_asked_for),
        cmocka_unit_test(same_seed_gives_the_same_plan_and_another_seed_another),
        cmocka_unit_test(impossible_requests_are_usage_errors),
        cmocka_unit_test(platform_names_are_checked),
        cmocka_unit_test(cells_are_those_that_so_many_threads_and_that_allocator_can_run),
        cmocka_unit_test(patterns_of_several_threads_need_them_and_one_of_one_thread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
