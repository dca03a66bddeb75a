#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "base/cleanup.h"
#include "comparison_data.h"

enum { CELLS = 3 * 4 * 4 }; // of a quiet run: allocators, patterns, sizes; controls are none of them

// The cell to spoil, which the run owns.
static struct cell_values *cell_of(struct run_values *run, const char *allocator, const char *pattern,
                                   uint64_t size_bytes)
{
    const struct cell_values *found =
        run_values_find(run, (struct cell_name){allocator, pattern, size_bytes, 100});
    assert_non_null(found);
    return &run->cells[found - run->cells];
}

static void assert_counts(const struct comparison *comparison, size_t slower, size_t faster, size_t unchanged,
                          size_t inconclusive)
{
    assert_int_equal(comparison->verdict_counts[VERDICT_SLOWER], slower);
    assert_int_equal(comparison->verdict_counts[VERDICT_FASTER], faster);
    assert_int_equal(comparison->verdict_counts[VERDICT_UNCHANGED], unchanged);
    assert_int_equal(comparison->verdict_counts[VERDICT_INCONCLUSIVE], inconclusive);
}

static void the_same_code_twice_is_unchanged(void **state)
{
    (void)state;
    struct run_recipe a = quiet_run(1), b = quiet_run(2);
    struct compare_options options = usual_options();
    MADE_RUNS(a, b);
    CLEANUP(comparison_release) struct comparison comparison = compare_made(runs, &options);
    assert_int_equal(comparison.count, CELLS);
    assert_int_equal(comparison.tested, CELLS);
    assert_counts(&comparison, 0, 0, CELLS, 0);
    assert_int_equal(comparison_outcome(&comparison), COMPARE_NO_REGRESSION);
    assert_int_equal(comparison.controls[RUN_A].groups, 16);
    assert_int_equal(comparison.controls[RUN_B].differing, 0);
    for (size_t i = 0; i < comparison.count; i++) {
        assert_true(comparison.cells[i].divided_by_anchor);
        assert_string_not_equal(comparison.cells[i].allocator, ANCHOR_LABEL);
        assert_string_not_equal(comparison.cells[i].allocator, TWIN_LABEL);
    }
}

static void a_planted_difference_is_found_where_it_was_planted(void **state)
{
    (void)state;
    static const struct {
        double slowdown;
        enum verdict expected;
        enum compare_outcome outcome;
    } cases[] = {
        {1.05, VERDICT_SLOWER, COMPARE_REGRESSION},
        {0.95, VERDICT_FASTER, COMPARE_NO_REGRESSION},
        {1.003, VERDICT_UNCHANGED, COMPARE_NO_REGRESSION}, // smaller than what matters
    };
    for (size_t k = 0; k < COUNT_OF(cases); k++) {
        struct run_recipe a = quiet_run(3), b = quiet_run(4);
        b.slab_slowdown = cases[k].slowdown;
        struct compare_options options = usual_options();
        MADE_RUNS(a, b);
        CLEANUP(comparison_release) struct comparison comparison = compare_made(runs, &options);
        assert_int_equal(comparison.count, CELLS);
        assert_int_equal(comparison_outcome(&comparison), cases[k].outcome);
        for (size_t i = 0; i < comparison.count; i++) {
            const struct compared_cell *cell = &comparison.cells[i];
            bool planted = strcmp(cell->allocator, "slab_warm") == 0;
            assert_int_equal(cell->verdict, planted ? cases[k].expected : VERDICT_UNCHANGED);
            assert_true(fabs(cell->ratio.value - (planted ? cases[k].slowdown : 1)) < 0.006);
            assert_true(cell->ratio.interval.low <= cell->ratio.value);
            assert_true(cell->ratio.interval.high >= cell->ratio.value);
        }
    }
}

static void noise_is_inconclusive_and_says_how_many_processes_it_needs(void **state)
{
    (void)state;
    struct run_recipe a = quiet_run(5), b = quiet_run(6);
    a.noise = b.noise = 3;
    struct compare_options options = usual_options();
    options.threshold = 0.01;
    MADE_RUNS(a, b);
    CLEANUP(comparison_release) struct comparison comparison = compare_made(runs, &options);
    assert_counts(&comparison, 0, 0, 0, CELLS);
    assert_int_equal(comparison_outcome(&comparison), COMPARE_INCONCLUSIVE);
    size_t with_number = 0;
    for (size_t i = 0; i < comparison.count; i++) {
        const struct compared_cell *cell = &comparison.cells[i];
        assert_true(cell->reason == REASON_MORE_PROCESSES || cell->reason == REASON_ON_THRESHOLD);
        assert_int_equal(cell->reason == REASON_MORE_PROCESSES, cell->processes_needed > 20);
        with_number += cell->reason == REASON_MORE_PROCESSES;
    }
    assert_true(with_number > CELLS / 2);
}

static void what_the_machine_does_to_the_anchor_too_is_no_difference(void **state)
{
    (void)state;
    struct run_recipe a = quiet_run(7), b = quiet_run(8);
    b.machine = 1.10; // the machine was 10 % slower in the second run,
    b.drift = 0.30;   // and got slower still
    struct compare_options options = usual_options();
    {
        MADE_RUNS(a, b);
        CLEANUP(comparison_release) struct comparison comparison = compare_made(runs, &options);
        assert_counts(&comparison, 0, 0, CELLS, 0);
    }
    a.no_controls = b.no_controls = true; // without an anchor that cannot be told from the code
    MADE_RUNS(a, b);
    CLEANUP(comparison_release) struct comparison comparison = compare_made(runs, &options);
    assert_true(comparison.anchor_missing[RUN_A] && comparison.anchor_missing[RUN_B]);
    assert_false(comparison.cells[0].divided_by_anchor);
    assert_true(comparison.verdict_counts[VERDICT_SLOWER] > 0);
    assert_int_equal(comparison.controls[RUN_A].groups, 0);
}

static void nothing_is_divided_when_one_run_has_no_anchor(void **state)
{
    (void)state;
    struct run_recipe a = quiet_run(9), b = quiet_run(10);
    b.no_controls = true;
    struct compare_options options = usual_options();
    MADE_RUNS(a, b);
    CLEANUP(comparison_release) struct comparison comparison = compare_made(runs, &options);
    assert_false(comparison.anchor_missing[RUN_A]);
    assert_true(comparison.anchor_missing[RUN_B]);
    assert_counts(&comparison, 0, 0, CELLS, 0);
    assert_false(comparison.cells[0].divided_by_anchor);
}

static void a_null_control_that_differs_downgrades_every_verdict(void **state)
{
    (void)state;
    for (int side = 0; side < RUN_COUNT; side++) {
        struct run_recipe recipes[RUN_COUNT] = {quiet_run(11), quiet_run(12)};
        recipes[side].twin_slowdown = 1.05;
        recipes[RUN_B].slab_slowdown = 1.3;
        struct compare_options options = usual_options();
        MADE_RUNS(recipes[RUN_A], recipes[RUN_B]);
        CLEANUP(comparison_release) struct comparison comparison = compare_made(runs, &options);
        assert_true(comparison.downgraded);
        assert_int_equal(comparison.controls[side].differing, 16);
        assert_int_equal(comparison.controls[1 - side].differing, 0);
        assert_true(comparison.controls[side].known);
        assert_string_equal(comparison.controls[side].group.allocator, TWIN_LABEL);
        assert_true(fabs(comparison.controls[side].ratio - 1.05) < 0.01);
        assert_counts(&comparison, 0, 0, 0, CELLS);
        assert_int_equal(comparison_outcome(&comparison), COMPARE_INCONCLUSIVE);
        const struct compared_cell *cell = find_compared(&comparison, "slab_warm", "fifo", 8);
        assert_int_equal(cell->undowngraded, VERDICT_SLOWER);
        assert_int_equal(cell->reason, REASON_NULL_CONTROL);
        assert_int_equal(cell->reason_side, side);
    }
}

static void the_null_control_raises_the_threshold_unless_one_is_given(void **state)
{
    (void)state;
    struct run_recipe a = quiet_run(13), b = quiet_run(14);
    a.noise = 1.2; // twins of 20 processes with a spread of 3.6 % differ by 1 to 3 % without meaning it
    struct compare_options options = usual_options();
    MADE_RUNS(a, b);
    {
        CLEANUP(comparison_release) struct comparison comparison = compare_made(runs, &options);
        assert_false(comparison.downgraded);
        assert_true(comparison.threshold_from_control);
        assert_true(comparison.threshold == comparison.controls[RUN_A].p95);
        assert_true(comparison.threshold > 0.01 && comparison.threshold < 0.05);
        assert_true(comparison.controls[RUN_B].p95 < 0.01);
    }
    options.threshold = 0.02;
    CLEANUP(comparison_release) struct comparison comparison = compare_made(runs, &options);
    assert_false(comparison.threshold_from_control);
    assert_true(comparison.threshold == 0.02);
}

static void scale(struct cell_values *cell, double factor)
{
    for (size_t i = 0; i < cell->process_count; i++)
        cell->values[i] *= factor;
}

// An anchor that is 4 % slower in two of sixteen groups of B is the same code: so much is no difference here.
static void anchors_that_moved_raise_the_threshold_unless_one_is_given(void **state)
{
    (void)state;
    struct run_recipe a = quiet_run(15), b = quiet_run(16);
    b.slab_slowdown = 1.03;
    struct compare_options options = usual_options();
    MADE_RUNS(a, b);
    {
        CLEANUP(comparison_release) struct comparison comparison = compare_made(runs, &options);
        assert_false(comparison.threshold_from_anchors);
        assert_int_equal(comparison.anchor_groups, 16);
        assert_true(comparison.anchor_p95 < 0.01);
        assert_true(comparison.verdict_counts[VERDICT_SLOWER] > 0);
    }
    scale(cell_of(&runs[RUN_B], ANCHOR_LABEL, "lifo", 8), 1.04);
    scale(cell_of(&runs[RUN_B], ANCHOR_LABEL, "fifo", 8), 1.04);
    {
        CLEANUP(comparison_release) struct comparison comparison = compare_made(runs, &options);
        assert_true(comparison.threshold_from_anchors);
        assert_true(comparison.threshold == comparison.anchor_p95);
        assert_true(comparison.threshold > 0.035 && comparison.threshold < 0.045);
        assert_int_equal(comparison.verdict_counts[VERDICT_SLOWER], 0);
    }
    options.threshold = 0.01;
    CLEANUP(comparison_release) struct comparison comparison = compare_made(runs, &options);
    assert_false(comparison.threshold_from_anchors);
    assert_true(comparison.verdict_counts[VERDICT_SLOWER] > 0);
}

static void cells_that_cannot_be_judged_say_why_and_in_which_run(void **state)
{
    (void)state;
    struct run_recipe a = quiet_run(15), b = quiet_run(16);
    struct compare_options options = usual_options();
    MADE_RUNS(a, b);
    cell_of(&runs[RUN_A], "box", "lifo", 8)->clean_trials = 49; // of 100
    cell_of(&runs[RUN_A], "box", "lifo", 16)->clean_trials = 50;
    cell_of(&runs[RUN_B], "box", "fifo", 8)->failure = strdup("crashed: signal 11");
    cell_of(&runs[RUN_A], "slab_cold", "lifo", 8)->process_count = 5;
    cell_of(&runs[RUN_A], "slab_cold", "fifo", 8)->process_count = 5;
    cell_of(&runs[RUN_B], "slab_cold", "fifo", 8)->process_count = 0;
    struct cell_values *renamed = cell_of(&runs[RUN_B], "slab_warm", "lifo", 32);
    renamed->name.size_bytes = 33; // now A misses 33 and B misses 32
    static const struct {
        const char *allocator, *pattern;
        uint64_t size_bytes;
        enum compare_reason reason;
        enum run_side side;
    } expected[] = {
        {"box", "lifo", 8, REASON_DISTURBED, RUN_A},
        {"box", "fifo", 8, REASON_FAILED, RUN_B},
        {"slab_cold", "lifo", 8, REASON_FEW_PROCESSES, RUN_A},
        {"slab_cold", "fifo", 8, REASON_FEW_PROCESSES, RUN_COUNT},
        {"slab_warm", "lifo", 32, REASON_MISSING, RUN_B},
        {"slab_warm", "lifo", 33, REASON_MISSING, RUN_A},
    };
    CLEANUP(comparison_release) struct comparison comparison = compare_made(runs, &options);
    assert_int_equal(comparison.count, CELLS + 1);
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        const struct compared_cell *cell =
            find_compared(&comparison, expected[i].allocator, expected[i].pattern, expected[i].size_bytes);
        assert_int_equal(cell->verdict, VERDICT_INCONCLUSIVE);
        assert_int_equal(cell->reason, expected[i].reason);
        assert_int_equal(cell->reason_side, expected[i].side);
        assert_true(isnan(cell->adjusted_p));
        assert_int_equal(cell->processes_needed, cell->reason == REASON_FEW_PROCESSES ? 6 : 0);
    }
    assert_int_equal(find_compared(&comparison, "box", "lifo", 16)->verdict,
                     VERDICT_UNCHANGED); // half is enough
    assert_counts(&comparison, 0, 0, CELLS + 1 - 6, 6);
}

static void an_anchor_that_cannot_be_used_is_left_out_while_there_are_others(void **state)
{
    (void)state;
    struct run_recipe a = quiet_run(27), b = quiet_run(28);
    b.machine = 1.2;
    struct compare_options options = usual_options();
    MADE_RUNS(a, b);
    struct cell_values *odd = cell_of(&runs[RUN_B], ANCHOR_LABEL, "random", 8);
    odd->clean_trials = 10;
    scale(odd, 100);
    cell_of(&runs[RUN_A], ANCHOR_LABEL, "fifo", 8)->failure = strdup("crashed: signal 11");
    {
        CLEANUP(comparison_release) struct comparison comparison = compare_made(runs, &options);
        assert_counts(&comparison, 0, 0, CELLS, 0);
    }
    for (size_t i = 0; i < runs[RUN_A].count; i++)
        if (strcmp(runs[RUN_A].cells[i].name.allocator, ANCHOR_LABEL) == 0)
            runs[RUN_A].cells[i].clean_trials = 10;
    CLEANUP(comparison_release) struct comparison comparison = compare_made(runs, &options);
    assert_counts(&comparison, 0, 0, 0, CELLS);
    assert_int_equal(comparison.cells[0].reason, REASON_ANCHOR);
}

// What an anchor's process makes of its memory is its own: it must not get into the cells beside it.
static void the_noise_of_single_anchors_is_not_in_the_ratios(void **state)
{
    (void)state;
    struct run_recipe a = quiet_run(29), b = quiet_run(30);
    struct compare_options options = usual_options();
    MADE_RUNS(a, b);
    for (int side = 0; side < RUN_COUNT; side++)
        for (size_t i = 0; i < runs[side].count; i++) {
            struct cell_values *cell = &runs[side].cells[i];
            for (size_t k = 0; k < cell->process_count; k++)
                if (strcmp(cell->name.allocator, ANCHOR_LABEL) == 0 && (i + k + (size_t)side) % 4 == 0)
                    cell->values[k] *= 1.3;
        }
    CLEANUP(comparison_release) struct comparison comparison = compare_made(runs, &options);
    assert_counts(&comparison, 0, 0, CELLS, 0);
}

// A run of one group has one anchor a replicate: its neighbours in time help.
static void a_run_of_one_group_follows_the_machine_too(void **state)
{
    (void)state;
    struct run_recipe a = quiet_run(31), b = quiet_run(32);
    a.processes = b.processes = 40;
    b.machine = 1.1;
    b.drift = 0.3;
    struct compare_options options = usual_options();
    MADE_RUNS(a, b);
    for (int side = 0; side < RUN_COUNT; side++)
        for (size_t i = 0; i < runs[side].count; i++) {
            struct cell_values *cell = &runs[side].cells[i];
            if (cell->name.size_bytes != 8 || strcmp(cell->name.pattern, "lifo") != 0)
                cell->failure = strdup("not measured");
        }
    CLEANUP(comparison_release) struct comparison comparison = compare_made(runs, &options);
    assert_counts(&comparison, 0, 0, 3, CELLS - 3);
}

static void a_run_without_details_can_only_be_inconclusive(void **state)
{
    (void)state;
    struct run_recipe a = quiet_run(17), b = quiet_run(18);
    b.slab_slowdown = 1.5;
    struct compare_options options = usual_options();
    MADE_RUNS(a, b);
    runs[RUN_A].replicated = runs[RUN_B].replicated = false;
    CLEANUP(comparison_release) struct comparison comparison = compare_made(runs, &options);
    assert_counts(&comparison, 0, 0, 0, CELLS);
    assert_int_equal(comparison.tested, 0);
    assert_int_equal(comparison.controls[RUN_A].groups, 0);
    for (size_t i = 0; i < comparison.count; i++)
        assert_int_equal(comparison.cells[i].reason, REASON_ONE_PROCESS);
    assert_true(fabs(find_compared(&comparison, "slab_warm", "lifo", 8)->ratio.value - 1.5) < 0.05);
}

static void different_machines_and_builds_are_not_comparable_unless_forced(void **state)
{
    (void)state;
    static const struct {
        const char *key, *value;
        bool comparable;
    } cases[] = {
        {"cpu.model", "another processor", false},
        {"kernel.release", "6.2", false},
        {"libc.version", "2.37", false},
        {"build.compiler", "clang 15", false},
        {"build.flags", "-O2", false},
        {"build.measured_flags", "-fno-plt", false}, // not stored in A
        {"libc.name", "musl", false},                // not stored in A
        {"cpu.governor", "powersave", true},
        {"program.version", "9.9", true},
        {"something.else", "x", true},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct run_recipe a = quiet_run(19), b = quiet_run(20);
        struct compare_options options = usual_options();
        MADE_RUNS(a, b);
        facts_set(&runs[RUN_B].facts, cases[i].key, cases[i].value);
        CLEANUP(comparison_release) struct comparison comparison = compare_made(runs, &options);
        assert_int_equal(comparison.comparable, cases[i].comparable);
        assert_false(comparison.facts_unknown || comparison.forced);
        if (cases[i].comparable)
            continue;
        assert_int_equal(comparison.count, 0);
        assert_int_equal(comparison_outcome(&comparison), COMPARE_NOT_COMPARABLE);
        assert_int_equal(comparison.difference_count, 1);
        assert_string_equal(comparison.differences[0].key, cases[i].key);
        assert_string_equal(comparison.differences[0].values[RUN_B], cases[i].value);
        options.force = true;
        CLEANUP(comparison_release) struct comparison forced = compare_made(runs, &options);
        assert_true(forced.forced && !forced.comparable);
        assert_int_equal(forced.count, CELLS);
        assert_int_equal(comparison_outcome(&forced), COMPARE_NO_REGRESSION);
    }
}

static void runs_without_facts_are_compared_and_say_so(void **state)
{
    (void)state;
    struct run_recipe a = quiet_run(21), b = quiet_run(22);
    struct compare_options options = usual_options();
    MADE_RUNS(a, b);
    facts_release(&runs[RUN_A].facts);
    facts_release(&runs[RUN_B].facts);
    CLEANUP(comparison_release) struct comparison comparison = compare_made(runs, &options);
    assert_true(comparison.comparable && comparison.facts_unknown);
    assert_int_equal(comparison.count, CELLS);
}

// Cells that differ in their live objects alone are different cells, with an anchor each.
static void live_objects_are_an_axis_of_a_cell(void **state)
{
    (void)state;
    struct run_recipe a = quiet_run(25), b = quiet_run(26);
    struct compare_options options = usual_options();
    MADE_RUNS(a, b);
    for (int side = 0; side < RUN_COUNT; side++)
        for (size_t i = 0; i < runs[side].count; i++) {
            struct cell_values *cell = &runs[side].cells[i];
            if (cell->name.size_bytes != 32)
                continue;
            cell->name.size_bytes = 8; // beside the cells of 8 bytes and 100 objects
            cell->name.live_objects = 10000;
            for (size_t k = 0; k < cell->process_count; k++)
                cell->values[k] *= 3;
        }
    for (int side = 0; side < RUN_COUNT; side++)
        run_values_sort(&runs[side]);
    CLEANUP(comparison_release) struct comparison comparison = compare_made(runs, &options);
    assert_int_equal(comparison.count, CELLS);
    assert_counts(&comparison, 0, 0, CELLS, 0);
    size_t many = 0;
    for (size_t i = 0; i < comparison.count; i++) {
        many += comparison.cells[i].live_objects == 10000;
        assert_true(comparison.cells[i].divided_by_anchor);
    }
    assert_int_equal(many, CELLS / 4);
}

static void empty_runs_prove_nothing(void **state)
{
    (void)state;
    const struct run_values runs[RUN_COUNT] = {{.replicated = true}, {.replicated = true}};
    struct compare_options options = usual_options();
    CLEANUP(comparison_release) struct comparison comparison = compare_made(runs, &options);
    assert_int_equal(comparison.count, 0);
    assert_int_equal(comparison_outcome(&comparison), COMPARE_INCONCLUSIVE);
}

static void the_same_seed_gives_the_same_numbers(void **state)
{
    (void)state;
    struct run_recipe a = quiet_run(23), b = quiet_run(24);
    struct compare_options options = usual_options();
    MADE_RUNS(a, b);
    CLEANUP(comparison_release) struct comparison first = compare_made(runs, &options);
    CLEANUP(comparison_release) struct comparison again = compare_made(runs, &options);
    options.seed = 2;
    CLEANUP(comparison_release) struct comparison other = compare_made(runs, &options);
    size_t moved = 0;
    for (size_t i = 0; i < first.count; i++) {
        assert_memory_equal(&first.cells[i].ratio, &again.cells[i].ratio, sizeof first.cells[i].ratio);
        moved += first.cells[i].ratio.interval.low != other.cells[i].ratio.interval.low;
    }
    assert_true(moved > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_code_twice_is_unchanged),
        cmocka_unit_test(a_planted_difference_is_found_where_it_was_planted),
        cmocka_unit_test(noise_is_inconclusive_and_says_how_many_processes_it_needs),
        cmocka_unit_test(what_the_machine_does_to_the_anchor_too_is_no_difference),
        cmocka_unit_test(nothing_is_divided_when_one_run_has_no_anchor),
        cmocka_unit_test(an_anchor_that_cannot_be_used_is_left_out_while_there_are_others),
        cmocka_unit_test(the_noise_of_single_anchors_is_not_in_the_ratios),
        cmocka_unit_test(a_run_of_one_group_follows_the_machine_too),
        cmocka_unit_test(a_null_control_that_differs_downgrades_every_verdict),
        cmocka_unit_test(the_null_control_raises_the_threshold_unless_one_is_given),
        cmocka_unit_test(anchors_that_moved_raise_the_threshold_unless_one_is_given),
        cmocka_unit_test(cells_that_cannot_be_judged_say_why_and_in_which_run),
        cmocka_unit_test(a_run_without_details_can_only_be_inconclusive),
        cmocka_unit_test(different_machines_and_builds_are_not_comparable_unless_forced),
        cmocka_unit_test(runs_without_facts_are_compared_and_say_so),
        cmocka_unit_test(live_objects_are_an_axis_of_a_cell),
        cmocka_unit_test(empty_runs_prove_nothing),
        cmocka_unit_test(the_same_seed_gives_the_same_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
