#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "base/cleanup.h"
#include "comparison_data.h"
#include "strategies/strategies.h"

enum { CELLS = 3 * 4 * 4 }; // of a quiet run: allocators, patterns, sizes; controls are none of them

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
    MADE_RUNS(a, b);
    CLEANUP(comparison_release) struct comparison comparison = compare_usual(runs);
    assert_int_equal(comparison.count, CELLS);
    assert_int_equal(comparison.tested, CELLS);
    assert_counts(&comparison, 0, 0, CELLS, 0);
    assert_int_equal(comparison_outcome(&comparison), COMPARE_NO_REGRESSION);
    assert_int_equal(comparison.controls[RUN_A].cells, 16);
    assert_int_equal(comparison.controls[RUN_B].differing, 0);
    for (size_t i = 0; i < comparison.count; i++) {
        assert_true(comparison.cells[i].divided_by_anchor);
        assert_string_not_equal(comparison.cells[i].name.allocator, strategies[STRATEGY_anchor].name);
        assert_string_not_equal(comparison.cells[i].name.allocator, strategies[STRATEGY_box_twin].name);
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
        MADE_RUNS(a, b);
        CLEANUP(comparison_release) struct comparison comparison = compare_usual(runs);
        assert_int_equal(comparison.count, CELLS);
        assert_int_equal(comparison_outcome(&comparison), cases[k].outcome);
        for (size_t i = 0; i < comparison.count; i++) {
            const struct compared_cell *cell = &comparison.cells[i];
            bool planted = strcmp(cell->name.allocator, "slab_warm") == 0;
            assert_int_equal(cell->verdict, planted ? cases[k].expected : VERDICT_UNCHANGED);
            assert_true(fabs(cell->ratio.value - (planted ? cases[k].slowdown : 1)) < 0.006);
            assert_true(cell->ratio.interval.low <= cell->ratio.value);
            assert_true(cell->ratio.interval.high >= cell->ratio.value);
        }
    }
}

// Without controls, which would show how little such noise can tell.
static void noise_is_inconclusive_and_says_how_many_processes_it_needs(void **state)
{
    (void)state;
    struct run_recipe a = quiet_run(5), b = quiet_run(6);
    a.noise = b.noise = 3;
    a.no_controls = b.no_controls = true;
    MADE_RUNS(a, b);
    CLEANUP(comparison_release) struct comparison comparison = compare_usual(runs);
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
    {
        MADE_RUNS(a, b);
        CLEANUP(comparison_release) struct comparison comparison = compare_usual(runs);
        assert_counts(&comparison, 0, 0, CELLS, 0);
    }
    a.no_controls = b.no_controls = true; // without an anchor that cannot be told from the code
    MADE_RUNS(a, b);
    CLEANUP(comparison_release) struct comparison comparison = compare_usual(runs);
    assert_true(comparison.anchor_missing[RUN_A] && comparison.anchor_missing[RUN_B]);
    assert_false(comparison.cells[0].divided_by_anchor);
    assert_true(comparison.verdict_counts[VERDICT_SLOWER] > 0);
    assert_int_equal(comparison.controls[RUN_A].cells, 0);
}

static void nothing_is_divided_when_one_run_has_no_anchor(void **state)
{
    (void)state;
    struct run_recipe a = quiet_run(9), b = quiet_run(10);
    b.no_controls = true;
    MADE_RUNS(a, b);
    CLEANUP(comparison_release) struct comparison comparison = compare_usual(runs);
    assert_false(comparison.anchor_missing[RUN_A]);
    assert_true(comparison.anchor_missing[RUN_B]);
    assert_counts(&comparison, 0, 0, CELLS, 0);
    assert_false(comparison.cells[0].divided_by_anchor);
}

// Twins that differ by 5 % in one run: up to 5 %, nothing that these two runs show is a difference; beyond it
// all is.
static void a_null_control_that_differs_raises_the_threshold_and_silences_nothing(void **state)
{
    (void)state;
    for (int side = 0; side < RUN_COUNT; side++) {
        struct run_recipe recipes[RUN_COUNT] = {quiet_run(11), quiet_run(12)};
        recipes[side].twin_slowdown = 1.05;
        recipes[RUN_B].slab_slowdown = 1.3;
        MADE_RUNS(recipes[RUN_A], recipes[RUN_B]);
        scale_cell(cell_of(&runs[RUN_B], "slab_cold", "fifo", 8), 1.03);
        CLEANUP(comparison_release) struct comparison comparison = compare_usual(runs);
        const struct null_control *control = &comparison.controls[side];
        assert_int_equal(control->differing, 16);
        assert_int_equal(comparison.controls[1 - side].differing, 0);
        assert_string_equal(control->widest.allocator, strategies[STRATEGY_box_twin].name);
        assert_true(fabs(control->widest_ratio - 1.05) < 0.01);
        assert_true(control->p95 > 0.045 && control->threshold >= control->p95);
        assert_int_equal(comparison.threshold_source, THRESHOLD_NULL_CONTROL);
        assert_true(comparison.threshold == control->threshold && comparison.threshold < 0.06);
        assert_counts(&comparison, CELLS / 3, 0, CELLS - CELLS / 3, 0);
        assert_int_equal(comparison_outcome(&comparison), COMPARE_REGRESSION);
        assert_int_equal(find_compared(&comparison, "slab_cold", "fifo", 8)->verdict, VERDICT_UNCHANGED);
    }
}

static void eight_times_as_slow_is_slower_beside_a_control_that_is_off_by_four_percent(void **state)
{
    (void)state;
    struct run_recipe a = quiet_run(33), b = quiet_run(34);
    a.twin_slowdown = b.twin_slowdown = 1.04;
    b.slab_slowdown = 8;
    MADE_RUNS(a, b);
    CLEANUP(comparison_release) struct comparison comparison = compare_usual(runs);
    assert_int_equal(comparison.controls[RUN_A].differing, 16);
    assert_int_equal(comparison.controls[RUN_B].differing, 16);
    assert_counts(&comparison, CELLS / 3, 0, CELLS - CELLS / 3, 0);
    assert_true(fabs(find_compared(&comparison, "slab_warm", "random", 32)->ratio.value - 8) < 0.1);
}

static void twins_that_spread_raise_the_threshold_unless_a_larger_one_is_given(void **state)
{
    (void)state;
    struct run_recipe a = quiet_run(13), b = quiet_run(14);
    a.noise = 1.2; // twins of 20 processes with a spread of 3.6 % differ by 1 to 3 % without meaning it
    MADE_RUNS(a, b);
    for (int side = 0; side < RUN_COUNT; side++) // the anchors of such runs would show it too
        for (size_t i = 0; i < runs[side].count; i++)
            for (size_t k = 0; k < runs[side].cells[i].process_count && is_anchor_cell(&runs[side].cells[i]);
                 k++)
                runs[side].cells[i].metrics[METRIC_TOTAL].process_medians[k] = 5e5 + (double)k;
    {
        CLEANUP(comparison_release) struct comparison comparison = compare_usual(runs);
        assert_int_equal(comparison.controls[RUN_A].differing, 0);
        assert_int_equal(comparison.threshold_source, THRESHOLD_NULL_CONTROL);
        assert_true(comparison.threshold == comparison.controls[RUN_A].threshold);
        assert_true(comparison.threshold > 0.01 && comparison.threshold < 0.15);
        assert_true(comparison.threshold > comparison.controls[RUN_B].threshold);
        assert_true(comparison.controls[RUN_B].p95 < 0.01);
    }
    static const struct {
        double asked;
        enum threshold_source source;
    } cases[] = {{0.001, THRESHOLD_NULL_CONTROL}, {0.2, THRESHOLD_ASKED}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct compare_options options;
        compare_options_init(&options);
        options.threshold = cases[i].asked;
        CLEANUP(comparison_release) struct comparison comparison = compare_made(runs, &options);
        assert_int_equal(comparison.threshold_source, cases[i].source);
        assert_true(comparison.threshold == fmax(cases[i].asked, comparison.controls[RUN_A].threshold));
    }
}

// An anchor that is 4 % slower in two of sixteen conditions of B is the same code: so much is no difference
// here.
static void anchors_that_moved_raise_the_threshold_unless_a_larger_one_is_given(void **state)
{
    (void)state;
    struct run_recipe a = quiet_run(15), b = quiet_run(16);
    b.slab_slowdown = 1.03;
    MADE_RUNS(a, b);
    {
        CLEANUP(comparison_release) struct comparison comparison = compare_usual(runs);
        assert_int_equal(comparison.threshold_source, THRESHOLD_ASKED);
        assert_true(comparison.threshold == 0.01);
        assert_int_equal(comparison.anchor_cells, 16);
        assert_true(comparison.anchor_p95 < 0.01);
        assert_int_equal(comparison.verdict_counts[VERDICT_SLOWER], CELLS / 3);
    }
    scale_cell(cell_of(&runs[RUN_B], strategies[STRATEGY_anchor].name, "lifo", 8), 1.04);
    scale_cell(cell_of(&runs[RUN_B], strategies[STRATEGY_anchor].name, "fifo", 8), 1.04);
    {
        CLEANUP(comparison_release) struct comparison comparison = compare_usual(runs);
        assert_int_equal(comparison.threshold_source, THRESHOLD_ANCHORS);
        assert_true(comparison.threshold == comparison.anchor_threshold);
        assert_true(comparison.threshold >= comparison.anchor_p95);
        assert_true(comparison.threshold > 0.035 && comparison.threshold < 0.045);
        assert_counts(&comparison, 0, 0, CELLS, 0);
    }
    struct compare_options options;
    compare_options_init(&options);
    options.threshold = 0.1;
    CLEANUP(comparison_release) struct comparison comparison = compare_made(runs, &options);
    assert_int_equal(comparison.threshold_source, THRESHOLD_ASKED);
    assert_true(comparison.threshold == 0.1);
}

// What disturbs a cell is what it is measured with: the verdict stands, and its share is said.
static void disturbed_cells_are_judged_and_keep_their_share(void **state)
{
    (void)state;
    struct run_recipe a = quiet_run(35), b = quiet_run(36);
    b.slab_slowdown = 1.1;
    MADE_RUNS(a, b);
    cell_of(&runs[RUN_A], "box", "lifo", 8)->disturbed_trials = 100; // of 100
    cell_of(&runs[RUN_B], "slab_warm", "lifo", 8)->disturbed_trials = 60;
    CLEANUP(comparison_release) struct comparison comparison = compare_usual(runs);
    assert_counts(&comparison, CELLS / 3, 0, CELLS - CELLS / 3, 0);
    const struct compared_cell *box = find_compared(&comparison, "box", "lifo", 8);
    const struct compared_cell *warm = find_compared(&comparison, "slab_warm", "lifo", 8);
    assert_int_equal(box->verdict, VERDICT_UNCHANGED);
    assert_int_equal(warm->verdict, VERDICT_SLOWER);
    assert_true(box->disturbed[RUN_A] == 1 && box->disturbed[RUN_B] == 0);
    assert_true(warm->disturbed[RUN_A] == 0 && warm->disturbed[RUN_B] == 0.6);
    double all = 100 * (double)runs[RUN_A].count;
    assert_true(comparison.disturbed[RUN_A] == 100 / all && comparison.disturbed[RUN_B] == 60 / all);
}

static void the_share_of_disturbed_trials_is_written(void **state)
{
    (void)state;
    struct run_recipe a = quiet_run(37), b = quiet_run(38);
    MADE_RUNS(a, b);
    cell_of(&runs[RUN_A], "box", "immediate", 8)->disturbed_trials = 25;
    fail_cell(cell_of(&runs[RUN_B], "box", "immediate", 8));
    CLEANUP(comparison_release) struct comparison comparison = compare_usual(runs);
    CLEANUP(text_release) struct text csv = {0}, json = {0};
    comparison_append_csv(&csv, &comparison);
    comparison_append_json(&json, &comparison, runs);
    const char *header = text_string(&csv), *row = strchr(header, '\n') + 1;
    size_t column = 0, columns = 1;
    for (const char *c = header; *c != '\n'; c++)
        columns += *c == ',';
    for (const char *c = header; c < strstr(header, ",a_disturbed,b_disturbed,"); c++)
        column += *c == ',';
    assert_true(column > 0 && column + 3 < columns);
    for (size_t i = 0; i <= column; i++)
        row = strchr(row, ',') + 1;
    assert_memory_equal(row, "0.25,,", 6); // B has no trials there
    size_t cells = 0;
    for (const char *found = text_string(&json); (found = strstr(found, "\"b_disturbed\"")); found++)
        cells++;
    assert_int_equal(cells, CELLS);
    assert_non_null(strstr(text_string(&json), "\"a_disturbed\":0.25,\"b_disturbed\":null"));
}

static void cells_that_cannot_be_judged_say_why_and_in_which_run(void **state)
{
    (void)state;
    struct run_recipe a = quiet_run(15), b = quiet_run(16);
    MADE_RUNS(a, b);
    fail_cell(cell_of(&runs[RUN_A], "box", "lifo", 8));
    fail_cell(cell_of(&runs[RUN_B], "box", "lifo", 8));
    fail_cell(cell_of(&runs[RUN_B], "box", "fifo", 8));
    cell_of(&runs[RUN_A], "slab_cold", "lifo", 8)->process_count = 5;
    cell_of(&runs[RUN_A], "slab_cold", "fifo", 8)->process_count = 5;
    cell_of(&runs[RUN_B], "slab_cold", "fifo", 8)->process_count = 5;
    struct dataset_cell *renamed = cell_of(&runs[RUN_B], "slab_warm", "lifo", 32);
    renamed->name.size_bytes = 33; // now A misses 33 and B misses 32
    static const struct {
        const char *allocator, *pattern;
        uint64_t size_bytes;
        enum compare_reason reason;
        enum run_side side;
    } expected[] = {
        {"box", "lifo", 8, REASON_FAILED, RUN_COUNT},
        {"box", "fifo", 8, REASON_FAILED, RUN_B},
        {"slab_cold", "lifo", 8, REASON_FEW_PROCESSES, RUN_A},
        {"slab_cold", "fifo", 8, REASON_FEW_PROCESSES, RUN_COUNT},
        {"slab_warm", "lifo", 32, REASON_MISSING, RUN_B},
        {"slab_warm", "lifo", 33, REASON_MISSING, RUN_A},
    };
    CLEANUP(comparison_release) struct comparison comparison = compare_usual(runs);
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
    assert_counts(&comparison, 0, 0, CELLS + 1 - 6, 6);
}

static void an_anchor_that_cannot_be_used_is_left_out_while_there_are_others(void **state)
{
    (void)state;
    struct run_recipe a = quiet_run(27), b = quiet_run(28);
    b.machine = 1.2;
    MADE_RUNS(a, b);
    fail_cell(cell_of(&runs[RUN_B], strategies[STRATEGY_anchor].name, "random", 8));
    fail_cell(cell_of(&runs[RUN_A], strategies[STRATEGY_anchor].name, "fifo", 8));
    {
        CLEANUP(comparison_release) struct comparison comparison = compare_usual(runs);
        assert_counts(&comparison, 0, 0, CELLS, 0);
        assert_int_equal(comparison.anchor_cells, 14);
    }
    for (size_t i = 0; i < runs[RUN_A].count; i++)
        if (is_anchor_cell(&runs[RUN_A].cells[i]))
            fail_cell(&runs[RUN_A].cells[i]);
    CLEANUP(comparison_release) struct comparison comparison = compare_usual(runs);
    assert_counts(&comparison, 0, 0, 0, CELLS);
    assert_int_equal(comparison.cells[0].reason, REASON_ANCHOR);
}

// What an anchor's process makes of its memory is its own: it must not get into the cells beside it.
static void the_noise_of_single_anchors_is_not_in_the_ratios(void **state)
{
    (void)state;
    struct run_recipe a = quiet_run(29), b = quiet_run(30);
    MADE_RUNS(a, b);
    for (int side = 0; side < RUN_COUNT; side++)
        for (size_t i = 0; i < runs[side].count; i++) {
            struct dataset_cell *cell = &runs[side].cells[i];
            for (size_t k = 0; k < cell->process_count; k++)
                if (is_anchor_cell(cell) && (i + k + (size_t)side) % 4 == 0)
                    cell->metrics[METRIC_TOTAL].process_medians[k] *= 1.3;
        }
    CLEANUP(comparison_release) struct comparison comparison = compare_usual(runs);
    assert_counts(&comparison, 0, 0, CELLS, 0);
}

// A run of one condition has one anchor a replicate: its neighbours in time help.
static void a_run_of_one_condition_follows_the_machine_too(void **state)
{
    (void)state;
    struct run_recipe a = quiet_run(31), b = quiet_run(32);
    a.processes = b.processes = 40;
    b.machine = 1.1;
    b.drift = 0.3;
    MADE_RUNS(a, b);
    for (int side = 0; side < RUN_COUNT; side++)
        for (size_t i = 0; i < runs[side].count; i++) {
            struct dataset_cell *cell = &runs[side].cells[i];
            if (cell->name.size_bytes != 8 || strcmp(cell->name.pattern, "lifo") != 0)
                fail_cell(cell);
        }
    CLEANUP(comparison_release) struct comparison comparison = compare_usual(runs);
    assert_counts(&comparison, 0, 0, 3, CELLS - 3);
}

// As files without details are read.
static void forget_processes(struct dataset *run)
{
    run->replicated = false;
    for (size_t i = 0; i < run->count; i++)
        run->cells[i].process_count = 0;
}

static void a_run_without_details_can_only_be_inconclusive(void **state)
{
    (void)state;
    struct run_recipe a = quiet_run(17), b = quiet_run(18);
    b.slab_slowdown = 1.5;
    MADE_RUNS(a, b);
    forget_processes(&runs[RUN_A]);
    forget_processes(&runs[RUN_B]);
    CLEANUP(comparison_release) struct comparison comparison = compare_usual(runs);
    assert_counts(&comparison, 0, 0, 0, CELLS);
    assert_int_equal(comparison.tested, 0);
    assert_true(isnan(comparison.disturbed[RUN_A]));
    assert_int_equal(comparison.controls[RUN_A].cells, 0);
    for (size_t i = 0; i < comparison.count; i++) {
        assert_int_equal(comparison.cells[i].reason, REASON_ONE_PROCESS);
        assert_true(isnan(comparison.cells[i].disturbed[RUN_A]) &&
                    isnan(comparison.cells[i].disturbed[RUN_B]));
    }
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
        MADE_RUNS(a, b);
        facts_set(&runs[RUN_B].facts, cases[i].key, cases[i].value);
        CLEANUP(comparison_release) struct comparison comparison = compare_usual(runs);
        assert_int_equal(comparison.comparable, cases[i].comparable);
        assert_false(comparison.facts_unknown || comparison.forced);
        if (cases[i].comparable)
            continue;
        assert_int_equal(comparison.count, 0);
        assert_int_equal(comparison_outcome(&comparison), COMPARE_NOT_COMPARABLE);
        assert_int_equal(comparison.difference_count, 1);
        assert_string_equal(comparison.differences[0].key, cases[i].key);
        assert_string_equal(comparison.differences[0].values[RUN_B], cases[i].value);
        struct compare_options options;
        compare_options_init(&options);
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
    MADE_RUNS(a, b);
    facts_release(&runs[RUN_A].facts);
    facts_release(&runs[RUN_B].facts);
    CLEANUP(comparison_release) struct comparison comparison = compare_usual(runs);
    assert_true(comparison.comparable && comparison.facts_unknown);
    assert_int_equal(comparison.count, CELLS);
}

// Cells that differ in their live objects alone are different cells, with an anchor each.
static void live_objects_are_an_axis_of_a_cell(void **state)
{
    (void)state;
    struct run_recipe a = quiet_run(25), b = quiet_run(26);
    MADE_RUNS(a, b);
    for (int side = 0; side < RUN_COUNT; side++)
        for (size_t i = 0; i < runs[side].count; i++) {
            struct dataset_cell *cell = &runs[side].cells[i];
            if (cell->name.size_bytes != 32)
                continue;
            cell->name.size_bytes = 8; // beside the cells of 8 bytes and 100 objects
            cell->name.live_objects = 10000;
            scale_cell(cell, 3);
        }
    for (int side = 0; side < RUN_COUNT; side++)
        sort_cells(&runs[side]);
    CLEANUP(comparison_release) struct comparison comparison = compare_usual(runs);
    assert_int_equal(comparison.count, CELLS);
    assert_counts(&comparison, 0, 0, CELLS, 0);
    size_t many = 0;
    for (size_t i = 0; i < comparison.count; i++) {
        many += comparison.cells[i].name.live_objects == 10000;
        assert_true(comparison.cells[i].divided_by_anchor);
    }
    assert_int_equal(many, CELLS / 4);
}

static void empty_runs_prove_nothing(void **state)
{
    (void)state;
    const struct dataset runs[RUN_COUNT] = {{.replicated = true}, {.replicated = true}};
    CLEANUP(comparison_release) struct comparison comparison = compare_usual(runs);
    assert_int_equal(comparison.count, 0);
    assert_int_equal(comparison_outcome(&comparison), COMPARE_INCONCLUSIVE);
}

static void the_same_runs_give_the_same_numbers(void **state)
{
    (void)state;
    struct run_recipe a = quiet_run(23), b = quiet_run(24);
    MADE_RUNS(a, b);
    CLEANUP(comparison_release) struct comparison first = compare_usual(runs);
    CLEANUP(comparison_release) struct comparison again = compare_usual(runs);
    for (size_t i = 0; i < first.count; i++)
        assert_memory_equal(&first.cells[i].ratio, &again.cells[i].ratio, sizeof first.cells[i].ratio);
}

// All pairs of one process of B and one of A, both divided by how slow their replicates were.
static void the_ratio_is_the_median_of_all_pairs(void **state)
{
    (void)state;
    struct run_recipe a = quiet_run(39), b = quiet_run(40);
    a.processes = 7;
    b.processes = 9;
    a.noise = b.noise = 1;
    a.no_controls = b.no_controls = true;
    MADE_RUNS(a, b);
    const double *of_a = cell_of(&runs[RUN_A], "box", "lifo", 8)->metrics[METRIC_TOTAL].process_medians;
    const double *of_b = cell_of(&runs[RUN_B], "box", "lifo", 8)->metrics[METRIC_TOTAL].process_medians;
    double ratios[7 * 9];
    for (size_t i = 0; i < 9; i++)
        for (size_t k = 0; k < 7; k++)
            ratios[7 * i + k] = of_b[i] / of_a[k];
    statistics_sort(ratios, 7 * 9);
    CLEANUP(comparison_release) struct comparison comparison = compare_usual(runs);
    const struct compared_cell *cell = find_compared(&comparison, "box", "lifo", 8);
    assert_true(fabs(cell->ratio.value / ratios[31] - 1) < 1e-12);
    // Below 16 of 63 pairs lie 4.2 % of all arrangements, below 17 already 5.5 %.
    assert_true(fabs(cell->ratio.interval.low / ratios[15] - 1) < 1e-12);
    assert_true(fabs(cell->ratio.interval.high / ratios[63 - 16] - 1) < 1e-12);
    assert_int_equal(cell->ratio.count, 7);
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
        cmocka_unit_test(a_run_of_one_condition_follows_the_machine_too),
        cmocka_unit_test(a_null_control_that_differs_raises_the_threshold_and_silences_nothing),
        cmocka_unit_test(eight_times_as_slow_is_slower_beside_a_control_that_is_off_by_four_percent),
        cmocka_unit_test(twins_that_spread_raise_the_threshold_unless_a_larger_one_is_given),
        cmocka_unit_test(anchors_that_moved_raise_the_threshold_unless_a_larger_one_is_given),
        cmocka_unit_test(disturbed_cells_are_judged_and_keep_their_share),
        cmocka_unit_test(the_share_of_disturbed_trials_is_written),
        cmocka_unit_test(cells_that_cannot_be_judged_say_why_and_in_which_run),
        cmocka_unit_test(a_run_without_details_can_only_be_inconclusive),
        cmocka_unit_test(different_machines_and_builds_are_not_comparable_unless_forced),
        cmocka_unit_test(runs_without_facts_are_compared_and_say_so),
        cmocka_unit_test(live_objects_are_an_axis_of_a_cell),
        cmocka_unit_test(empty_runs_prove_nothing),
        cmocka_unit_test(the_same_runs_give_the_same_numbers),
        cmocka_unit_test(the_ratio_is_the_median_of_all_pairs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
