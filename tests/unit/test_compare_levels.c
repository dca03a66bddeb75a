// What the comparison as a whole promises, on hundreds of simulated pairs of runs: it seldom sees what is not
// there and mostly sees what is.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "comparison_data.h"

enum { COMPARISONS = 60 }; // of each shape

// Verdicts over many comparisons of runs with noise of one shape.
struct tally {
    size_t comparisons;
    size_t cells;
    size_t families_with_alarm; // comparisons with a slower or faster cell among those without an effect
    size_t alarms;
    size_t threshold_raised;
    size_t planted;
    size_t found;
};

static void tally_comparison(const struct comparison *comparison, bool planted, struct tally *tally)
{
    size_t alarms = 0;
    for (size_t i = 0; i < comparison->count; i++) {
        const struct compared_cell *cell = &comparison->cells[i];
        if (planted && strcmp(cell->name.allocator, "slab_warm") == 0) {
            tally->planted++;
            tally->found += cell->verdict == VERDICT_SLOWER;
            continue;
        }
        alarms += cell->verdict == VERDICT_SLOWER || cell->verdict == VERDICT_FASTER;
        tally->cells++;
    }
    tally->comparisons++;
    tally->alarms += alarms;
    tally->families_with_alarm += alarms > 0;
    tally->threshold_raised += comparison->threshold_source != THRESHOLD_ASKED;
}

// Without controls nothing is divided and only the threshold asked for counts, so the machine stays as it is.
static struct tally simulate(enum shape shape, bool controls, double slowdown)
{
    struct tally tally = {0};
    for (uint64_t k = 0; k < COMPARISONS; k++) {
        struct run_recipe a = quiet_run(random_derive_seed(100 + (uint64_t)shape, 2 * k));
        struct run_recipe b = quiet_run(random_derive_seed(100 + (uint64_t)shape, 2 * k + 1));
        struct compare_options options;
        compare_options_init(&options);
        a.shape = b.shape = shape;
        a.noise = b.noise = 0.5; // processes spread by 1.5 % and more
        a.drift = controls ? 0.1 : 0;
        b.machine = controls ? 1.2 : 1;
        a.no_controls = b.no_controls = !controls;
        b.slab_slowdown = slowdown;
        options.threshold = controls ? options.threshold : 0.0001;
        MADE_RUNS(a, b);
        CLEANUP(comparison_release) struct comparison comparison = compare_made(runs, &options);
        tally_comparison(&comparison, slowdown != 1, &tally);
    }
    return tally;
}

static struct tally simulate_all_shapes(bool controls)
{
    struct tally all = {0};
    for (int shape = 0; shape < SHAPE_COUNT; shape++) {
        struct tally tally = simulate((enum shape)shape, controls, 1);
        printf(
            "%s: %zu of %zu comparisons with a false alarm, %zu of %zu cells, %zu with a raised threshold\n",
            shape_name((enum shape)shape), tally.families_with_alarm, tally.comparisons, tally.alarms,
            tally.cells, tally.threshold_raised);
        all.comparisons += tally.comparisons;
        all.families_with_alarm += tally.families_with_alarm;
        all.cells += tally.cells;
        all.alarms += tally.alarms;
    }
    assert_int_equal(all.comparisons, 4 * COMPARISONS);
    assert_int_equal(all.cells, 4 * COMPARISONS * 3 * 4 * 4);
    return all;
}

static void identical_code_gives_at_most_five_percent_of_comparisons_an_alarm(void **state)
{
    (void)state;
    struct tally all = simulate_all_shapes(true);
    struct interval families = statistics_proportion_interval(all.families_with_alarm, all.comparisons, 0.95);
    struct interval cells = statistics_proportion_interval(all.alarms, all.cells, 0.95);
    assert_true((double)all.families_with_alarm <= 0.05 * (double)all.comparisons);
    assert_true(families.high <= 0.10);
    assert_true(cells.high <= 0.003);
}

// With hardly any threshold it is the tests alone that keep the level.
static void the_tests_keep_the_level_without_help_of_the_threshold(void **state)
{
    (void)state;
    struct tally all = simulate_all_shapes(false);
    struct interval families = statistics_proportion_interval(all.families_with_alarm, all.comparisons, 0.95);
    assert_true(families.low <= COMPARE_SIGNIFICANCE);
    assert_true(families.high <= 0.05); // what is promised, with room for what processes of a run share
}

static void a_planted_five_percent_is_found_in_nine_cells_of_ten(void **state)
{
    (void)state;
    struct tally tally = simulate(SHAPE_NORMAL, true, 1.05);
    printf("%zu of %zu found\n", tally.found, tally.planted);
    assert_int_equal(tally.planted, COMPARISONS * 4 * 4);
    assert_true((double)tally.found >= 0.9 * (double)tally.planted);
    assert_true((double)tally.families_with_alarm <= 0.08 * (double)tally.comparisons);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(identical_code_gives_at_most_five_percent_of_comparisons_an_alarm),
        cmocka_unit_test(the_tests_keep_the_level_without_help_of_the_threshold),
        cmocka_unit_test(a_planted_five_percent_is_found_in_nine_cells_of_ten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
