// Instructions planted in box, on scripted data: who gets them, and what is said of cells whose truth is
// known.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "base/cleanup.h"
#include "comparison_data.h"
#include "selftest/private.h"

enum { SMALL_SIZES = 11, PROCESSES = 8 };

static struct plan_request standard_request(void)
{
    struct plan_request request;
    plan_request_init(&request);
    request.processes = request.iterations = 2;
    return request;
}

static void only_box_and_what_judges_it_is_measured_at_small_sizes(void **state)
{
    (void)state;
    struct plan_request asked = standard_request(), request;
    assert_true(selftest_delay_request(&asked, &request));
    size_t chosen = 0, sizes = 0;
    for (uint32_t s = 0; s < STRATEGY_COUNT; s++)
        chosen += axis_values_has(&request.axes[AXIS_strategy], s);
    assert_int_equal(chosen, 4);
    assert_true(axis_values_has(&request.axes[AXIS_strategy], STRATEGY_box) &&
                axis_values_has(&request.axes[AXIS_strategy], STRATEGY_box_twin) &&
                axis_values_has(&request.axes[AXIS_strategy], STRATEGY_box_plain) &&
                axis_values_has(&request.axes[AXIS_strategy], STRATEGY_anchor));
    for (uint32_t z = 0; z < SIZE_COUNT; z++) {
        assert_int_equal(axis_values_has(&request.axes[AXIS_size_bytes], object_sizes[z]),
                         object_sizes[z] <= 256);
        sizes += axis_values_has(&request.axes[AXIS_size_bytes], object_sizes[z]);
    }
    assert_int_equal(sizes, SMALL_SIZES);
    assert_true(axis_values_equal(&request.axes[AXIS_pattern], &asked.axes[AXIS_pattern]));
    for (uint32_t z = 0; z < SIZE_COUNT; z++)
        axis_values_set(&asked.axes[AXIS_size_bytes], object_sizes[z],
                        object_sizes[z] > 256 || object_sizes[z] == 24);
    assert_true(selftest_delay_request(&asked, &request));
    assert_true(axis_values_has(&request.axes[AXIS_size_bytes], 24) &&
                !axis_values_has(&request.axes[AXIS_size_bytes], 512));
    axis_values_remove(&asked.axes[AXIS_size_bytes], 24);
    assert_false(selftest_delay_request(&asked, &request));
}

static void box_and_its_twin_run_one_delayed_code_beside_the_plain_one(void **state)
{
    (void)state;
    struct plan_request asked = standard_request(), request;
    assert_true(selftest_delay_request(&asked, &request));
    CLEANUP(plan_release) struct plan plan = {0};
    assert_int_equal(plan_build(&request, &plan, NULL), STATUS_OK);
    for (size_t i = 0; i < plan.count; i++)
        assert_null(plan.processes[i].variant.code);
    selftest_delay_plant(&plan, 3);
    const struct strategy *code_of_block[2 * SOLO_PATTERN_COUNT * SMALL_SIZES] = {NULL};
    size_t delayed = 0;
    for (size_t i = 0; i < plan.count; i++) {
        const struct planned_process *process = &plan.processes[i];
        bool is_box = process->cell.strategy == STRATEGY_box,
             is_twin = process->cell.strategy == STRATEGY_box_twin;
        assert_string_equal(process->allocator, strategies[process->cell.strategy].name);
        assert_int_equal(process->variant.extra_batches, 0);
        assert_int_equal(process->variant.code != NULL, is_box || is_twin);
        if (!process->variant.code)
            continue;
        assert_int_equal(process->variant.code->role, STRATEGY_ROLE_HARNESS);
        assert_non_null(strstr(process->variant.code->name, "box_delayed_"));
        const struct strategy **seen = &code_of_block[process->block];
        assert_true(!*seen || *seen == process->variant.code);
        *seen = process->variant.code;
        delayed++;
    }
    assert_int_equal(delayed, 2 * 2 * SOLO_PATTERN_COUNT * SMALL_SIZES);
}

static void as_many_rounds_as_delays_give_a_cell_each_once(void **state)
{
    (void)state;
    for (uint32_t p = 0; p < SOLO_PATTERN_COUNT; p++) {
        bool seen[SELFTEST_DELAYS] = {false};
        for (uint32_t round = 0; round < SELFTEST_DELAYS; round++)
            seen[selftest_delay_of((enum pattern_id)p, 48, round)] = true;
        for (int delay = 0; delay < SELFTEST_DELAYS; delay++)
            assert_true(seen[delay]);
    }
}

// A cell of lifo whose process of each replicate takes factor × (10 + replicate) ns, but the left out one.
static void add_replicates(struct dataset *run, const char *allocator, uint64_t size_bytes, double factor,
                           double left_out)
{
    const struct cell_name name = cell_name_standard(allocator, "lifo", size_bytes);
    struct dataset_cell *cell = add_cell(run, name, PROCESSES - 1);
    size_t i = 0;
    for (double replicate = 0; replicate < PROCESSES; replicate++) {
        if (replicate == left_out)
            continue;
        cell->process_numbers[i] = replicate;
        cell->metrics[METRIC_TOTAL].process_medians[i++] = factor * (10 + replicate);
    }
}

// In each cell another truth is planted, and the comparison recovers 0.2 points more.
static void what_is_recovered_is_held_against_the_truth_paired_inside_the_run(void **state)
{
    (void)state;
    CLEANUP(dataset_release) struct dataset run = {0};
    CLEANUP(selftest_judge_release) struct selftest_judge judge = {0};
    struct compared_cell cells[SMALL_SIZES + 2] = {0};
    struct selftest selftest = {0};
    const uint32_t round = 1;
    for (int z = 0; z < SMALL_SIZES; z++) {
        double truth = 0.01 * (z + 1);
        add_replicates(&run, "box", object_sizes[z], 1 + truth,
                       1); // another replicate is missing on each side
        if (z != 0)
            add_replicates(&run, "box_plain", object_sizes[z], 1, 6);
        cells[z] = (struct compared_cell){.name = cell_name_standard("box", "lifo", object_sizes[z]),
                                          .ratio.value = 1.002 + truth,
                                          .verdict = truth > 0.035 ? VERDICT_SLOWER : VERDICT_INCONCLUSIVE};
    }
    cells[SMALL_SIZES] = (struct compared_cell){
        .name = cell_name_standard("box_plain", "lifo", 16), .ratio.value = NAN, .verdict = VERDICT_SLOWER};
    cells[SMALL_SIZES + 1] = (struct compared_cell){
        .name = cell_name_standard("box", "fifo", 16), .ratio.value = NAN, .verdict = VERDICT_SLOWER};
    sort_cells(&run);
    const struct comparison comparison = {.cells = cells, .count = SMALL_SIZES + 2};
    assert_int_equal(selftest_judge_delays(&judge, &run, &comparison, round, &selftest.delays, NULL),
                     STATUS_OK);
    assert_int_equal(selftest_judge_finish(&judge, &selftest, NULL), STATUS_OK);
    uint64_t found = 0, of = 0, last_instructions = 0;
    for (int i = 0; i < SELFTEST_DELAYS; i++) {
        const struct selftest_delay *level = &selftest.delays.levels[i];
        assert_true(level->instructions > last_instructions);
        assert_true(level->truth_p10 <= level->truth && level->truth <= level->truth_p90);
        assert_true(fabs(level->recovered - level->truth - 0.002) < 1e-9);
        assert_true(fabs(level->error_p50 - 0.002) < 1e-9 && fabs(level->error_p90 - 0.002) < 1e-9);
        last_instructions = level->instructions;
        found += level->found.count;
        of += level->found.of;
    }
    assert_int_equal(of, SMALL_SIZES - 1); // not the first, which has no box_plain
    assert_int_equal(found, SMALL_SIZES - 3);
    assert_int_equal(selftest.delays.found_from_5.of, SMALL_SIZES - 4);
    assert_int_equal(selftest.delays.found_from_5.count, SMALL_SIZES - 4);
    assert_true(selftest.delays.found_from_5.interval.exists);
}

static void nothing_planted_is_nothing_found(void **state)
{
    (void)state;
    CLEANUP(selftest_judge_release) struct selftest_judge judge = {0};
    struct selftest selftest = {0};
    assert_int_equal(selftest_judge_finish(&judge, &selftest, NULL), STATUS_OK);
    for (int i = 0; i < SELFTEST_DELAYS; i++) {
        assert_int_equal(selftest.delays.levels[i].found.of, 0);
        assert_true(isnan(selftest.delays.levels[i].truth) && isnan(selftest.delays.levels[i].recovered));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_box_and_what_judges_it_is_measured_at_small_sizes),
        cmocka_unit_test(box_and_its_twin_run_one_delayed_code_beside_the_plain_one),
        cmocka_unit_test(as_many_rounds_as_delays_give_a_cell_each_once),
        cmocka_unit_test(what_is_recovered_is_held_against_the_truth_paired_inside_the_run),
        cmocka_unit_test(nothing_planted_is_nothing_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
