// The null control through the whole analysis: files of a run that never happened, with and without a
// difference between box and its twin.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/analysis.h"
#include "base/cleanup.h"
#include "sample_run.h"

// `of` says what is peculiar; the rest is filled in.
static struct analysis analyse_run(struct sample_run_options of)
{
    CLEANUP(sample_run_release) struct sample_run run;
    of.platform = "sample";
    of.iterations = 2 * of.processes;
    of.size_count = 3;
    of.seed = 11;
    of.slowdown = 1.0;
    sample_run_build(&of, &run);
    struct error error = {0};
    if (results_write(sample_directory, &run.results, &error) != STATUS_OK)
        fail_msg("%s", error.cause);
    struct analysis_options options;
    struct analysis analysis = {0};
    analysis_options_init(&options);
    options.directory = sample_directory;
    if (analysis_run(&options, &analysis, &error) != STATUS_OK)
        fail_msg("%s", error.cause);
    assert_int_equal(analysis.platform_count, 1);
    assert_true(analysis.ratio_count > 0);
    return analysis;
}

static struct analysis analyse(double twin_slowdown, uint32_t processes)
{
    return analyse_run((struct sample_run_options){.twin_slowdown = twin_slowdown, .processes = processes});
}

static size_t count_verdicts(const struct analysis *analysis, enum ratio_verdict verdict)
{
    size_t count = 0;
    for (size_t i = 0; i < analysis->ratio_count; i++)
        count += analysis->ratios[i].verdict == verdict;
    return count;
}

static bool warns_of(const struct analysis *analysis, const char *words)
{
    const struct string_list *warnings = &analysis->platforms[0].warnings;
    for (size_t i = 0; i < warnings->count; i++)
        if (strstr(warnings->items[i], words))
            return true;
    return false;
}

static void twins_alike_leave_the_verdicts_and_set_the_threshold(void **state)
{
    (void)state;
    CLEANUP(analysis_release) struct analysis analysis = analyse(1.0, 16);
    const struct analysis_platform *platform = &analysis.platforms[0];
    assert_int_equal(platform->null_controls[METRIC_TOTAL].cells, SOLO_PATTERN_COUNT * 3);
    assert_int_equal(platform->null_controls[METRIC_TOTAL].differing, 0);
    assert_true(platform->null_controls[METRIC_TOTAL].p95 > 0);
    assert_true(platform->practical_threshold >= 0.01);
    assert_true(platform->practical_threshold == 0.01 ||
                platform->practical_threshold == platform->null_controls[METRIC_TOTAL].threshold);
    assert_true(count_verdicts(&analysis, RATIO_FASTER) > 0); // slab_warm takes half of box's time
}

// A difference of twice (slab_warm against box) stands beside a control that is off by a fifth; one of a
// tenth does not.
static void twins_that_differ_raise_the_threshold(void **state)
{
    (void)state;
    CLEANUP(analysis_release) struct analysis analysis = analyse(1.2, 16);
    const struct analysis_platform *platform = &analysis.platforms[0];
    assert_true(platform->null_controls[METRIC_TOTAL].differing > 0);
    assert_true(platform->practical_threshold > 0.18 && platform->practical_threshold < 0.25);
    assert_true(warns_of(&analysis, "smaller differences do not count"));
    size_t decided = 0;
    for (size_t i = 0; i < analysis.ratio_count; i++) {
        const struct analysis_ratio *ratio = &analysis.ratios[i];
        double threshold = platform->thresholds[ratio->metric];
        if (ratio->verdict != RATIO_FASTER && ratio->verdict != RATIO_SLOWER)
            continue;
        assert_true(statistics_distance_from_one(ratio->ratio.value) > threshold);
        assert_true(ratio->adjusted_p <= 0.05);
        decided++;
    }
    assert_true(decided >= SOLO_PATTERN_COUNT * 3); // every total of slab_warm
}

// The touch is named wherever the platform is shown; what is judged must not depend on that.
static void a_touch_changes_nothing_about_the_control(void **state)
{
    (void)state;
    assert_true(TOUCH_COUNT > 1);
    for (int touch = 0; touch < TOUCH_COUNT; touch++) {
        CLEANUP(analysis_release)
        struct analysis analysis = analyse_run(
            (struct sample_run_options){.processes = 16, .twin_slowdown = 1.2, .touch = touches[touch].name});
        assert_string_equal(analysis.platforms[0].dataset->platform, "sample");
        bool named = strstr(analysis.platforms[0].label, touches[touch].name) != NULL;
        assert_int_equal(named, touch != TOUCH_word);
        assert_int_equal(analysis.platforms[0].null_controls[METRIC_TOTAL].cells, SOLO_PATTERN_COUNT * 3);
        assert_true(analysis.platforms[0].null_controls[METRIC_TOTAL].differing > 0);
        assert_true(count_verdicts(&analysis, RATIO_FASTER) > 0);
        assert_true(warns_of(&analysis, "smaller differences do not count"));
    }
}

// A batch of 1000 takes another time than one of 100: one median over both would be neither's.
static void numbers_of_live_objects_are_cells_of_their_own(void **state)
{
    (void)state;
    CLEANUP(analysis_release)
    struct analysis analysis = analyse_run((struct sample_run_options){
        .processes = 16, .twin_slowdown = 1.2, .more_live = 1000, .slow_twin_live = 1000});
    assert_int_equal(analysis.platforms[0].null_controls[METRIC_TOTAL].cells, 2 * SOLO_PATTERN_COUNT * 3);
    assert_int_equal(analysis.platforms[0].null_controls[METRIC_TOTAL].differing, SOLO_PATTERN_COUNT * 3);
}

// The controls run once, on the first heap, which need not be the system's.
static void the_control_is_found_on_another_heap(void **state)
{
    (void)state;
    CLEANUP(analysis_release)
    struct analysis analysis =
        analyse_run((struct sample_run_options){.processes = 16, .twin_slowdown = 1.2, .heap = "jemalloc"});
    assert_int_equal(analysis.platforms[0].null_controls[METRIC_TOTAL].cells, SOLO_PATTERN_COUNT * 3);
    assert_true(warns_of(&analysis, "smaller differences do not count"));
    assert_int_equal(analysis.allocator_count, 3);
    for (size_t i = 0; i < analysis.allocator_count; i++) {
        assert_non_null(strstr(analysis.allocators[i], "@jemalloc"));
        assert_null(strstr(analysis.allocators[i], "box_twin"));
    }
    for (size_t i = 0; i < analysis.finding_count; i++)
        assert_null(strstr(analysis.findings[i].text, "box_twin"));
}

static void a_run_without_a_control_says_why(void **state)
{
    (void)state;
    static const struct {
        struct sample_run_options run;
        const char *why;
    } cases[] = {
        {{.processes = 16, .without_twin = true}, "box_twin was not measured"},
        {{.processes = 4, .twin_slowdown = 1.2}, "it takes 6 processes, and box and box_twin have 4"},
        {{.processes = 16, .disturbed_twin = true}, NULL}, // disturbed trials count
        {{.processes = 16}, NULL},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CLEANUP(analysis_release) struct analysis analysis = analyse_run(cases[i].run);
        assert_true(warns_of(&analysis, "There is no null control") == (cases[i].why != NULL));
        if (!cases[i].why)
            continue;
        assert_int_equal(analysis.platforms[0].null_controls[METRIC_TOTAL].cells, 0);
        assert_true(analysis.platforms[0].practical_threshold == 0.01);
        if (!warns_of(&analysis, cases[i].why))
            fail_msg("case %zu", i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(twins_alike_leave_the_verdicts_and_set_the_threshold),
        cmocka_unit_test(twins_that_differ_raise_the_threshold),
        cmocka_unit_test(a_touch_changes_nothing_about_the_control),
        cmocka_unit_test(numbers_of_live_objects_are_cells_of_their_own),
        cmocka_unit_test(the_control_is_found_on_another_heap),
        cmocka_unit_test(a_run_without_a_control_says_why),
    };
    return cmocka_run_group_tests(tests, make_sample_directory, remove_sample_directory);
}
