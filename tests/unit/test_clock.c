// From ticks to nanoseconds.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "timing/clock.h"

static void a_time_is_rounded_and_what_is_shorter_than_a_tick_may_be_told_from_nothing(void **state)
{
    (void)state;
    static const struct {
        double ns_per_tick;
        uint64_t begin, end, elapsed_ns, some_ns;
    } cases[] = {
        {40, 100, 100, 0, 40},                                                    // a counter of 25 MHz
        {40, 100, 101, 40, 40}, {40, 100, 103, 120, 120}, {0.34, 100, 100, 0, 1}, // one of 2.9 GHz
        {0.34, 100, 101, 0, 1}, {0.34, 100, 103, 1, 1},   {0.34, 100, 1100, 340, 340},
        {1, 7, 7, 0, 1},        {1, 7, 6, 0, 1}, // reset by a migration
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct clock clock = {.ns_per_tick = cases[i].ns_per_tick};
        const struct instant begin = {cases[i].begin}, end = {cases[i].end};
        assert_int_equal(clock_elapsed_ns(&clock, begin, end), cases[i].elapsed_ns);
        assert_int_equal(clock_elapsed_some_ns(&clock, begin, end), cases[i].some_ns);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_time_is_rounded_and_what_is_shorter_than_a_tick_may_be_told_from_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
