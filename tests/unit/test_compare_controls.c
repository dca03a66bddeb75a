#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "comparison_data.h"
#include "strategies/strategies.h"

enum { CELLS = 3 * 4 * 4 }; // of a quiet run: allocators, patterns, sizes; controls are none of them

// As if everything that uses a heap had been measured on that one.
static void put_on_heap(struct dataset *run, const char *heap)
{
    for (size_t i = 0; i < run->count; i++) {
        struct dataset_cell *cell = &run->cells[i];
        char label[64];
        if (is_anchor_cell(cell))
            continue;
        snprintf(label, sizeof label, "%s@%s", cell->name.allocator, heap);
        rename_cell(cell, label);
    }
    sort_cells(run);
}

static void the_null_control_is_known_on_every_heap(void **state)
{
    (void)state;
    struct run_recipe a = quiet_run(21), b = quiet_run(22);
    b.twin_slowdown = 1.05;
    MADE_RUNS(a, b);
    put_on_heap(&runs[RUN_A], "jemalloc");
    put_on_heap(&runs[RUN_B], "jemalloc");
    CLEANUP(comparison_release) struct comparison comparison = compare_usual(runs);
    assert_int_equal(comparison.count, CELLS); // the twin is no cell of its own
    assert_int_equal(comparison.controls[RUN_A].cells, 16);
    assert_int_equal(comparison.controls[RUN_A].differing, 0);
    assert_int_equal(comparison.controls[RUN_B].differing, 16);
    assert_int_equal(comparison.threshold_source, THRESHOLD_NULL_CONTROL);
    assert_true(fabs(comparison.threshold - 0.05) < 0.01);
}

// A twin on one heap says nothing of box on another.
static void the_null_control_is_of_one_heap(void **state)
{
    (void)state;
    struct run_recipe a = quiet_run(23), b = quiet_run(24);
    MADE_RUNS(a, b);
    put_on_heap(&runs[RUN_A], "jemalloc");
    for (size_t i = 0; i < runs[RUN_A].count; i++) {
        struct dataset_cell *cell = &runs[RUN_A].cells[i];
        if (label_parse(cell->name.allocator).strategy == &strategies[STRATEGY_box_twin])
            rename_cell(cell, "box_twin@mimalloc");
    }
    sort_cells(&runs[RUN_A]);
    CLEANUP(comparison_release) struct comparison comparison = compare_usual(runs);
    assert_int_equal(comparison.controls[RUN_A].measured, 0);
    assert_int_equal(comparison.controls[RUN_A].cells, 0);
}

static void a_null_control_of_too_few_processes_is_there_but_says_nothing(void **state)
{
    (void)state;
    struct run_recipe a = quiet_run(25), b = quiet_run(26);
    a.processes = 5;
    b.no_controls = true;
    MADE_RUNS(a, b);
    CLEANUP(comparison_release) struct comparison comparison = compare_usual(runs);
    assert_int_equal(comparison.controls[RUN_A].measured, 16);
    assert_int_equal(comparison.controls[RUN_A].max_processes, 5);
    assert_int_equal(comparison.controls[RUN_A].cells, 0);
    assert_int_equal(comparison.controls[RUN_B].measured, 0);
    assert_int_equal(comparison.threshold_source, THRESHOLD_ASKED);
}

// Who asks for 0 gets what the controls show, which is never nothing.
static void without_a_threshold_it_is_what_the_controls_show(void **state)
{
    (void)state;
    struct run_recipe a = quiet_run(27), b = quiet_run(28);
    b.slab_slowdown = 1.1;
    MADE_RUNS(a, b);
    struct compare_options options;
    compare_options_init(&options);
    options.threshold = 0;
    CLEANUP(comparison_release) struct comparison comparison = compare_made(runs, &options);
    assert_int_not_equal(comparison.threshold_source, THRESHOLD_ASKED);
    assert_true(comparison.threshold > 0 && comparison.threshold < 0.01);
    assert_true(comparison.threshold ==
                fmax(comparison.anchor_threshold,
                     fmax(comparison.controls[RUN_A].threshold, comparison.controls[RUN_B].threshold)));
    assert_int_equal(comparison.verdict_counts[VERDICT_SLOWER], CELLS / 3);
    assert_int_equal(comparison_outcome(&comparison), COMPARE_REGRESSION);
}

static void a_cell_that_one_run_lacks_is_missing_whatever_else_is_wrong(void **state)
{
    (void)state;
    struct run_recipe a = quiet_run(29), b = quiet_run(30);
    MADE_RUNS(a, b);
    runs[RUN_A].replicated = runs[RUN_B].replicated = false;
    cell_of(&runs[RUN_B], "box", "random", 32)->name.size_bytes = 33;
    CLEANUP(comparison_release) struct comparison comparison = compare_usual(runs);
    const struct compared_cell *in_a = find_compared(&comparison, "box", "random", 32);
    assert_int_equal(in_a->reason, REASON_MISSING);
    assert_int_equal(in_a->reason_side, RUN_B);
    const struct compared_cell *in_b = find_compared(&comparison, "box", "random", 33);
    assert_int_equal(in_b->reason, REASON_MISSING);
    assert_int_equal(in_b->reason_side, RUN_A);
    const struct compared_cell *other = find_compared(&comparison, "box", "fifo", 8);
    assert_int_equal(other->reason, REASON_ONE_PROCESS);
    assert_int_equal(other->reason_side, RUN_COUNT);
}

// Replicates whose anchors failed are no evidence, and no reason to ask for more of the others.
static void only_what_is_compared_counts_for_the_processes_needed(void **state)
{
    (void)state;
    struct run_recipe a = quiet_run(31), b = quiet_run(32);
    MADE_RUNS(a, b);
    for (int side = 0; side < RUN_COUNT; side++)
        for (size_t i = 0; i < runs[side].count; i++)
            if (is_anchor_cell(&runs[side].cells[i]))
                runs[side].cells[i].process_count = 12; // of 20
    CLEANUP(comparison_release) struct comparison comparison = compare_usual(runs);
    const struct compared_cell *cell = find_compared(&comparison, "box", "lifo", 8);
    assert_int_equal(cell->processes[RUN_A], 20);
    assert_int_equal(cell->min_values, 12);
}

// Per object, half of them page faults and the others calls for memory.
static void set_kernel_events(struct dataset_cell *cell, double events)
{
    cell->page_faults = events / 2;
    cell->heap_calls = cell->map_calls = events / 4;
}

// Between stored runs nothing stands for what the kernel costs: a reader is told where that may be the
// reason.
static void cells_that_wait_for_the_kernel_are_counted(void **state)
{
    (void)state;
    struct run_recipe a = quiet_run(33), b = quiet_run(34);
    b.slab_slowdown = 1.1;
    MADE_RUNS(a, b);
    for (int side = 0; side < RUN_COUNT; side++)
        for (size_t i = 0; i < runs[side].count; i++)
            set_kernel_events(&runs[side].cells[i], runs[side].cells[i].name.size_bytes == 8 ? 0.01 : 0.009);
    set_kernel_events(&runs[RUN_A].cells[0], NAN);
    {
        CLEANUP(comparison_release) struct comparison comparison = compare_usual(runs);
        assert_int_equal(comparison.verdict_counts[VERDICT_SLOWER], CELLS / 3);
        assert_int_equal(comparison_count_kernel_bound(&comparison), 4); // of slab_warm, a pattern each
        comparison.live = true;
        assert_int_equal(comparison_count_kernel_bound(&comparison), 0);
    }
    for (int side = 0; side < RUN_COUNT; side++)
        for (size_t i = 0; i < runs[side].count; i++)
            set_kernel_events(&runs[side].cells[i], NAN);
    CLEANUP(comparison_release) struct comparison comparison = compare_usual(runs);
    assert_int_equal(comparison_count_kernel_bound(&comparison), 0);
}

// What a busy neighbour does to these cells is no verdict on the code. Neither is it held against cells that
// ask the kernel for nothing, against larger differences, or where nobody knows how busy others were.
static void beside_a_busy_neighbour_cells_that_wait_for_the_kernel_are_doubted(void **state)
{
    (void)state;
    static const struct {
        double slowdown;
        const char *cpus[RUN_COUNT];
        double kernel_events;
        bool doubted;
        enum run_side side;
    } cases[] = {
        {1.03, {"0.024", "0.550"}, 0.3, true, RUN_B},
        {1.03, {"0.550", "0.024"}, 0.3, true, RUN_A},
        {0.97, {"0.024", "0.550"}, 0.3, true, RUN_B},
        {1.03, {"0.024", "0.122"}, 0.3, false, RUN_COUNT},
        {1.03, {"0.600", "0.550"}, 0.3, false, RUN_COUNT},
        {1.03, {"0.024", "0.550"}, 0.009, false, RUN_COUNT},
        {1.08, {"0.024", "0.550"}, 0.3, false, RUN_COUNT},
        {1.03, {NULL, "0.550"}, 0.3, false, RUN_COUNT},
        {1.03, {"0.024", "busy"}, 0.3, false, RUN_COUNT},
        {1.03, {"0.024", "inf"}, 0.3, false, RUN_COUNT},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct run_recipe a = quiet_run(35), b = quiet_run(36);
        b.slab_slowdown = cases[i].slowdown;
        MADE_RUNS(a, b);
        for (int side = 0; side < RUN_COUNT; side++) {
            facts_set(&runs[side].facts, "run.other_cpus", cases[i].cpus[side]);
            for (size_t k = 0; k < runs[side].count; k++)
                set_kernel_events(&runs[side].cells[k], cases[i].kernel_events);
        }
        CLEANUP(comparison_release) struct comparison comparison = compare_usual(runs);
        const struct compared_cell *cell = find_compared(&comparison, "slab_warm", "lifo", 8);
        enum verdict expected = cases[i].doubted        ? VERDICT_INCONCLUSIVE
                                : cases[i].slowdown > 1 ? VERDICT_SLOWER
                                                        : VERDICT_FASTER;
        assert_int_equal(cell->verdict, expected);
        if (cases[i].doubted) {
            assert_int_equal(cell->reason, REASON_UNEVEN_LOAD);
            assert_int_equal(cell->reason_side, cases[i].side);
            assert_int_equal(comparison_count_kernel_bound(&comparison), 0);
        }
        cell = find_compared(&comparison, "box", "lifo", 8);
        assert_int_not_equal(cell->reason, REASON_UNEVEN_LOAD); // it does not differ
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_null_control_is_known_on_every_heap),
        cmocka_unit_test(the_null_control_is_of_one_heap),
        cmocka_unit_test(a_null_control_of_too_few_processes_is_there_but_says_nothing),
        cmocka_unit_test(without_a_threshold_it_is_what_the_controls_show),
        cmocka_unit_test(a_cell_that_one_run_lacks_is_missing_whatever_else_is_wrong),
        cmocka_unit_test(cells_that_wait_for_the_kernel_are_counted),
        cmocka_unit_test(beside_a_busy_neighbour_cells_that_wait_for_the_kernel_are_doubted),
        cmocka_unit_test(only_what_is_compared_counts_for_the_processes_needed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
