// What verdicts promise, on a machine that takes turns between two speeds: twice as slow for 70 % of the
// time, for some tens of processes each. Identical code is called different in at most 5 % of comparisons and
// 0.3 % of cells.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/private.h"
#include "base/cleanup.h"
#include "base/random.h"
#include "comparison_data.h"

enum { COMPARISONS = 200, WITH_A_DIFFERENCE = 20 };

// Verdicts over many comparisons.
struct tally {
    size_t comparisons, with_alarm; // with at least one cell of identical code that is called different
    size_t cells, alarms;           // of identical code
    size_t planted, found;          // of slab_warm, where it is slower
    size_t unchanged;
    double slopes, planted_logs, thresholds; // sums: over cells, over planted ones, over comparisons
};

static struct dataset make_two_speeds(uint64_t seed, size_t processes, double slab_slowdown)
{
    struct run_recipe recipe = quiet_run(seed);
    recipe.processes = processes;
    recipe.noise = 0.3; // beside the two speeds, processes spread by about 1 %
    recipe.slow_state = 2;
    recipe.slab_slowdown = slab_slowdown;
    return make_run(&recipe);
}

static struct dataset make_probed(uint64_t seed, size_t processes, double slab_slowdown,
                                  enum made_probes probes)
{
    struct run_recipe recipe = quiet_run(seed);
    recipe.processes = processes;
    recipe.noise = 0.3;
    recipe.slow_state = 2;
    recipe.unevenly_slow = true;
    recipe.slab_slowdown = slab_slowdown;
    recipe.probes = probes;
    return make_run(&recipe);
}

static bool is_planted(const char *allocator, double slab_slowdown)
{
    return slab_slowdown != 1 && strcmp(allocator, "slab_warm") == 0;
}

static void tally_comparison(const struct dataset runs[RUN_COUNT], double slab_slowdown, struct tally *tally)
{
    CLEANUP(comparison_release) struct comparison comparison = compare_usual(runs);
    size_t alarms = 0;
    for (size_t i = 0; i < comparison.count; i++) {
        const struct compared_cell *cell = &comparison.cells[i];
        bool differs = cell->verdict == VERDICT_SLOWER || cell->verdict == VERDICT_FASTER;
        bool planted = is_planted(cell->name.allocator, slab_slowdown);
        assert_true(cell->divided_by_anchor);
        alarms += !planted && differs;
        tally->cells += !planted;
        tally->planted += planted;
        tally->found += planted && cell->verdict == VERDICT_SLOWER;
        tally->unchanged += cell->verdict == VERDICT_UNCHANGED;
        tally->slopes += cell->probe_slope;
        tally->planted_logs += planted ? log(cell->ratio.value) : 0;
    }
    tally->thresholds += comparison.threshold;
    tally->comparisons++;
    tally->alarms += alarms;
    tally->with_alarm += alarms > 0;
}

static void compare_two_runs(uint64_t seed, size_t processes, double slab_slowdown, struct tally *tally)
{
    CLEANUP(release_made_runs)
    struct dataset runs[RUN_COUNT] = {make_two_speeds(random_derive_seed(seed, 0), processes, 1),
                                      make_two_speeds(random_derive_seed(seed, 1), processes, slab_slowdown)};
    tally_comparison(runs, slab_slowdown, tally);
}

static void compare_with_probes(uint64_t seed, size_t processes, double slab_slowdown,
                                enum made_probes probes, struct tally *tally)
{
    CLEANUP(release_made_runs)
    struct dataset runs[RUN_COUNT] = {
        make_probed(random_derive_seed(seed, 0), processes, 1, probes),
        make_probed(random_derive_seed(seed, 1), processes, slab_slowdown, probes)};
    tally_comparison(runs, slab_slowdown, tally);
}

static void compare_with_following_probes(uint64_t seed, size_t processes, double slab_slowdown,
                                          struct tally *tally)
{
    compare_with_probes(seed, processes, slab_slowdown, PROBES_FOLLOW, tally);
}

static void compare_with_unrelated_probes(uint64_t seed, size_t processes, double slab_slowdown,
                                          struct tally *tally)
{
    compare_with_probes(seed, processes, slab_slowdown, PROBES_UNRELATED, tally);
}

// As if all allocators were the same code.
static void make_alike(struct dataset *run)
{
    for (size_t i = 0; i < run->count; i++) {
        struct dataset_cell *cell = &run->cells[i];
        if (strcmp(cell->name.allocator, "slab_cold") == 0)
            scale_cell(cell, 20.0 / 15);
        if (strcmp(cell->name.allocator, "slab_warm") == 0)
            scale_cell(cell, 2);
    }
}

// Pairs of each slab and box.
static void analyse_run(uint64_t seed, size_t processes, double slab_slowdown, struct tally *tally)
{
    CLEANUP(analysis_release) struct analysis analysis = {0};
    analysis.datasets.items = calloc(1, sizeof *analysis.datasets.items);
    assert_non_null(analysis.datasets.items);
    analysis.datasets.items[0] = make_two_speeds(seed, processes, slab_slowdown);
    analysis.datasets.count = 1;
    make_alike(&analysis.datasets.items[0]);
    assert_int_equal(cells_gather(&analysis, NULL), STATUS_OK);
    assert_int_equal(ratios_compute(&analysis, 0.01, NULL), STATUS_OK);
    size_t alarms = 0;
    for (size_t i = 0; i < analysis.ratio_count; i++) {
        const struct analysis_ratio *ratio = &analysis.ratios[i];
        bool planted = is_planted(ratio->cell->data->name.allocator, slab_slowdown);
        if (ratio->metric != METRIC_TOTAL)
            continue;
        alarms += !planted && (ratio->verdict == RATIO_FASTER || ratio->verdict == RATIO_SLOWER);
        tally->cells += !planted;
        tally->planted += planted;
        tally->found += planted && ratio->verdict == RATIO_SLOWER;
    }
    tally->comparisons++;
    tally->alarms += alarms;
    tally->with_alarm += alarms > 0;
}

typedef void simulated_function(uint64_t seed, size_t processes, double slab_slowdown, struct tally *tally);

static void assert_promises(simulated_function *simulated)
{
    static const size_t processes[] = {6, 20};
    for (size_t i = 0; i < COUNT_OF(processes); i++) {
        struct tally tally = {0};
        for (uint64_t k = 0; k < COMPARISONS; k++)
            simulated(random_derive_seed(200 + i, k), processes[i], 1, &tally);
        printf("%zu processes: %zu of %zu comparisons with a false alarm, %zu of %zu cells\n", processes[i],
               tally.with_alarm, tally.comparisons, tally.alarms, tally.cells);
        assert_true((double)tally.with_alarm <= 0.05 * (double)tally.comparisons);
        assert_true((double)tally.alarms <= 0.003 * (double)tally.cells);
    }
}

static void two_runs_of_identical_code_keep_the_promise(void **state)
{
    (void)state;
    assert_promises(compare_two_runs);
}

static void probes_of_the_machine_keep_the_promise(void **state)
{
    (void)state;
    assert_promises(compare_with_following_probes);
}

static void probes_of_something_else_keep_the_promise(void **state)
{
    (void)state;
    assert_promises(compare_with_unrelated_probes);
}

static struct tally simulate(uint64_t seed, size_t processes, double slab_slowdown, enum made_probes probes)
{
    struct tally tally = {0};
    for (uint64_t k = 0; k < WITH_A_DIFFERENCE; k++)
        compare_with_probes(random_derive_seed(seed, k), processes, slab_slowdown, probes, &tally);
    printf("slopes %.3f, thresholds %.3f, %zu of %zu unchanged, %zu of %zu found\n",
           tally.slopes / (double)(tally.cells + tally.planted), tally.thresholds / (double)tally.comparisons,
           tally.unchanged, tally.cells + tally.planted, tally.found, tally.planted);
    return tally;
}

// The same machine, with and without probes that say how fast it is.
static void probes_of_the_machine_make_the_threshold_small(void **state)
{
    (void)state;
    struct tally without = simulate(400, 14, 1, PROBES_NONE), with = simulate(400, 14, 1, PROBES_FOLLOW);
    double slope = with.slopes / (double)with.cells;
    assert_true(without.slopes == 0);
    assert_true(fabs(slope - 1) < 0.1);
    assert_true(with.thresholds < 0.25 * without.thresholds);
    assert_true((double)with.unchanged >= 0.95 * (double)with.cells);
    assert_true(with.unchanged > without.unchanged);
}

static void probes_of_something_else_change_nothing(void **state)
{
    (void)state;
    struct tally without = simulate(401, 14, 1, PROBES_NONE), with = simulate(401, 14, 1, PROBES_UNRELATED);
    assert_true(with.slopes == 0);
    assert_true(with.thresholds == without.thresholds && with.unchanged == without.unchanged);
}

// What differs between the runs is in no slope, since each is taken inside a run.
static void a_difference_is_recovered_beside_probes(void **state)
{
    (void)state;
    static const double slowdowns[] = {1.1, 1.5, 3};
    for (size_t i = 0; i < COUNT_OF(slowdowns); i++) {
        struct tally tally = simulate(402, 14, slowdowns[i], PROBES_FOLLOW);
        double ratio = exp(tally.planted_logs / (double)tally.planted);
        assert_true(fabs(ratio / slowdowns[i] - 1) < 0.01);
        assert_true((double)tally.found >= 0.9 * (double)tally.planted);
        assert_true(tally.with_alarm <= 1); // of 20
    }
}

static void allocators_of_identical_code_keep_the_promise(void **state)
{
    (void)state;
    assert_promises(analyse_run);
}

// A rule that never says anything would keep the promise too.
static void large_differences_are_found_all_the_same(void **state)
{
    (void)state;
    static const struct {
        simulated_function *simulated;
        size_t processes;
        double slowdown;
    } cases[] = {
        {analyse_run, 20, 1.5}, {analyse_run, 6, 8}, {compare_two_runs, 20, 2}, {compare_two_runs, 6, 8}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct tally tally = {0};
        for (uint64_t k = 0; k < WITH_A_DIFFERENCE; k++)
            cases[i].simulated(random_derive_seed(300 + i, k), cases[i].processes, cases[i].slowdown, &tally);
        printf("%zu processes, %g times as slow: found in %zu of %zu cells, %zu false alarms\n",
               cases[i].processes, cases[i].slowdown, tally.found, tally.planted, tally.alarms);
        assert_int_equal(tally.planted, WITH_A_DIFFERENCE * 16);
        assert_true((double)tally.found >= 0.95 * (double)tally.planted);
        assert_true(tally.with_alarm <= 1); // of 20
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_runs_of_identical_code_keep_the_promise),
        cmocka_unit_test(probes_of_the_machine_keep_the_promise),
        cmocka_unit_test(probes_of_something_else_keep_the_promise),
        cmocka_unit_test(probes_of_the_machine_make_the_threshold_small),
        cmocka_unit_test(probes_of_something_else_change_nothing),
        cmocka_unit_test(a_difference_is_recovered_beside_probes),
        cmocka_unit_test(allocators_of_identical_code_keep_the_promise),
        cmocka_unit_test(large_differences_are_found_all_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
