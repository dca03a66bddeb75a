// What the self-test makes of a program's verdicts, on scripted ones.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "base/cleanup.h"
#include "selftest/private.h"

// The system's heap, two that are the same, one that works longer, and the twin.
enum { ROWS = 5, SLOW = 3 };

struct script {
    enum verdict slow, same; // of CPU time; of memory on the second identical heap
    bool twin_differs;
};

static void judge(const struct script *script, struct selftest_program *program,
                  struct selftest_values *effects)
{
    static struct program_data data = {.metric_count = LAUNCH_METRIC_COUNT};
    struct program_heap_result rows[ROWS] = {0};
    struct program_result result = {.data = &data, .heaps = rows, .heap_count = ROWS};
    for (size_t row = 1; row < ROWS; row++)
        for (int metric = 0; metric < LAUNCH_METRIC_COUNT; metric++)
            rows[row].values[metric] = (struct program_value){
                .adjusted_p = metric <= LAUNCH_METRIC_MAX_RSS ? 0.5 : (double)NAN, // the others are absent
                .ratio.value = row == SLOW ? 1.05 : 1,
                .verdict = row == SLOW ? script->slow : VERDICT_UNCHANGED};
    rows[2].values[LAUNCH_METRIC_MAX_RSS].verdict = script->same;
    result.has_twin[LAUNCH_METRIC_WALL] = true;
    result.twins[LAUNCH_METRIC_WALL].differs = script->twin_differs;
    selftest_judge_program(&result, program, effects);
}

static void what_is_found_and_what_is_invented_are_counted_per_run(void **state)
{
    (void)state;
    static const struct script scripts[] = {
        {VERDICT_SLOWER, VERDICT_UNCHANGED, false},    {VERDICT_SLOWER, VERDICT_FASTER, false},
        {VERDICT_INCONCLUSIVE, VERDICT_SLOWER, false}, {VERDICT_FASTER, VERDICT_INCONCLUSIVE, false},
        {VERDICT_SLOWER, VERDICT_UNCHANGED, true},
    };
    struct selftest_program program = {0};
    CLEANUP(selftest_values_release) struct selftest_values effects = {0};
    for (size_t i = 0; i < COUNT_OF(scripts); i++)
        judge(&scripts[i], &program, &effects);
    assert_int_equal(program.found.count, 3);
    assert_int_equal(program.found.of, 5);
    assert_int_equal(program.wrong, 1);
    assert_int_equal(program.families.count, 3);
    assert_int_equal(program.families.of, 5);
    assert_int_equal(program.verdicts.count, 2);
    assert_int_equal(program.verdicts.of, 5 * 2 * (LAUNCH_METRIC_MAX_RSS + 1));
    assert_int_equal(effects.count, 5);
    assert_true(fabs(selftest_values_quantile(&effects, 0.5) - 0.05) < 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_found_and_what_is_invented_are_counted_per_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
