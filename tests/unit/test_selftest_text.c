// What a person is shown of a self-test.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "base/cleanup.h"
#include "commands/private.h"
#include "selftest/private.h"

static void show(const struct selftest *selftest, struct text *text)
{
    struct selftest judged = *selftest;
    selftest_set_aims(&judged);
    selftest_text_append(text, &judged, "machine-1");
}

static void what_could_not_be_compared_is_a_dash(void **state)
{
    (void)state;
    struct selftest selftest = {.parts = SELFTEST_ALL_PARTS, .processes = 14, .trials = 1};
    selftest.null.shift_p50 = selftest.null.shift_p90 = NAN;
    selftest.levels[0] = (struct selftest_level){
        .effect = 0.05, .found.of = 1, .recovered = NAN, .error_p50 = NAN, .error_p90 = NAN};
    selftest.delays.levels[0] = (struct selftest_delay){
        .instructions = 4, .found.of = 1, .recovered = NAN, .error_p50 = NAN, .error_p90 = NAN};
    selftest.loud.recovered = NAN;
    CLEANUP(text_release) struct text text = {0};
    show(&selftest, &text);
    assert_null(strstr(text_string(&text), "nan"));
    assert_non_null(strstr(text_string(&text), "0 of 1"));
}

static void parts_that_were_not_made_are_not_shown(void **state)
{
    (void)state;
    static const char *const of_others[] = {"planted", "instructions", "order",   "noise",
                                            "loud",    "program",      "coverage"};
    struct selftest selftest = {.processes = 14, .trials = 1};
    for (int all = 0; all < 2; all++) {
        CLEANUP(text_release) struct text text = {0};
        selftest.parts =
            all ? (UINT64_C(1) << SELFTEST_PART_COUNT) - 1 : UINT64_C(1) << SELFTEST_PART_IDENTICAL;
        show(&selftest, &text);
        assert_non_null(strstr(text_string(&text), "\nA/A"));
        for (size_t i = 0; i < COUNT_OF(of_others); i++) {
            CLEANUP(text_release) struct text line = {0};
            text_append_format(&line, "\n%s", of_others[i]);
            assert_int_equal(strstr(text_string(&text), text_string(&line)) != NULL, all);
        }
    }
}

static void a_program_alone_says_nothing_of_cells(void **state)
{
    (void)state;
    const struct selftest selftest = {
        .parts = 1 << SELFTEST_PART_PROGRAM,
        .runs = 1,
        .program = {.runs = 40, .effect = 0.05, .found = {.count = 39, .of = 40}, .families = {.of = 40}},
    };
    CLEANUP(text_release) struct text text = {0};
    show(&selftest, &text);
    assert_non_null(strstr(text_string(&text), "39 of 40 runs"));
    assert_null(strstr(text_string(&text), "cell"));
    assert_null(strstr(text_string(&text), "A/A"));
}

static void one_of_a_kind_is_singular(void **state)
{
    (void)state;
    static const struct selftest_share one = {.count = 1, .of = 1};
    struct selftest selftest = {
        .parts = SELFTEST_ALL_PARTS, .cells = 1, .processes = 14, .trials = 1, .runs = 1};
    selftest.null = (struct selftest_null){
        .cells = one, .families = one, .control_cells = one, .control_runs = one, .unchanged = 1};
    selftest.order = (struct selftest_order){.comparisons = 1, .moved = one, .alarms = one};
    selftest.loud = (struct selftest_loud){.neighbours = 1,
                                           .processes = 20,
                                           .trials = 1,
                                           .disturbed = one,
                                           .copies = one,
                                           .twins = one,
                                           .decided = one,
                                           .found = one};
    selftest.program = (struct selftest_program){
        .runs = 1, .processes = 20, .identical = 3, .found = one, .families = one, .verdicts = one};
    selftest.noise.disturbed = selftest.noise.alarms = selftest.delays.found_from_5 = one;
    CLEANUP(text_release) struct text text = {0};
    show(&selftest, &text);
    static const char *const plurals[] = {"1 cells", "1 comparisons", "1 cells",
                                          "1 runs",  "1 trials",      "1 neighbours"};
    for (size_t i = 0; i < COUNT_OF(plurals); i++)
        if (strstr(text_string(&text), plurals[i]))
            fail_msg("%s: %s", plurals[i], text_string(&text));
    assert_non_null(strstr(text_string(&text), "false verdicts in 1 of 1 cell, in 1 of 1 comparison"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_could_not_be_compared_is_a_dash),
        cmocka_unit_test(parts_that_were_not_made_are_not_shown),
        cmocka_unit_test(a_program_alone_says_nothing_of_cells),
        cmocka_unit_test(one_of_a_kind_is_singular),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
