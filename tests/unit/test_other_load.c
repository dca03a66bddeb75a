// How busy others were, from times at two moments; and that the system's own add up.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "runner/private.h"

static void others_have_what_neither_the_run_nor_idling_has(void **state)
{
    (void)state;
    const struct cpu_times begin = {true, 500, 1000, 400, 3}; // two CPUs
    static const struct {
        struct cpu_times end;
        double cpus;
    } cases[] = {
        {{true, 550, 1100, 450, 28}, 0.5}, {{true, 550, 1100, 450, 53}, 0},
        {{true, 550, 1100, 450, 60}, 0}, // own time is finer than ticks
        {{true, 550, 1100, 400, 3}, 2},    {{true, 500.2, 1000.5, 400, 3}, NAN},
        {{true, 500, 1000, 400, 3}, NAN},  {{false, 550, 1100, 400, 3}, NAN},
        {{true, 450, 900, 400, 3}, NAN}, // the clock of another boot
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        double cpus = other_load_cpus(begin, cases[i].end);
        if (isnan(cases[i].cpus))
            assert_true(isnan(cpus));
        else
            assert_true(fabs(cpus - cases[i].cpus) < 1e-9);
    }
    struct cpu_times unknown = begin;
    unknown.known = false;
    assert_true(isnan(other_load_cpus(unknown, cases[0].end)));
}

static void work(double cpu_seconds)
{
    for (clock_t end = clock() + (clock_t)(cpu_seconds * CLOCKS_PER_SEC); clock() < end;)
        ;
}

// By the CPU time that they used, however long that took.
static void the_programs_own_time_and_that_of_its_children_are_no_others(void **state)
{
    (void)state;
    struct cpu_times begin = cpu_times_now();
    if (!begin.known)
        skip();
    work(0.2);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        work(0.3);
        _exit(0);
    }
    assert_true(waitpid(child, NULL, 0) == child);
    struct cpu_times end = cpu_times_now();
    double own = end.own_seconds - begin.own_seconds;
    assert_true(own >= 0.49);
    assert_true(end.total_seconds - begin.total_seconds >= own - 0.1); // ticks
    assert_true(end.idle_seconds >= begin.idle_seconds);
    assert_true(begin.idle_seconds < begin.total_seconds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(others_have_what_neither_the_run_nor_idling_has),
        cmocka_unit_test(the_programs_own_time_and_that_of_its_children_are_no_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
