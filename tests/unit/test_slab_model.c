// The slab against a model of plain arrays, over long rows of random operations.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/random.h"
#include "slab_exercise.h"

static void random_operations_agree_with_the_model(void **state)
{
    (void)state;
    enum { RUNS = 350, BYTES = 600 };
    struct random random;
    random_seed(&random, 20240607);
    struct slab_exercise_report report = {0};
    for (unsigned run = 0; run < RUNS; run++) {
        uint8_t bytes[BYTES];
        for (size_t i = 0; i < BYTES; i++)
            bytes[i] = (uint8_t)random_next(&random);
        bytes[0] = (uint8_t)run; // every element size with every initial capacity
        slab_exercise(bytes, sizeof bytes, &report);
    }
    for (size_t i = 0; i < SLAB_EXERCISE_OPERATIONS; i++)
        assert_true(report.operations[i] > 1000);
    assert_true(report.elements_compared > 100000);
    assert_true(report.refusals > 10000);
    assert_true(report.reused_keys > 10000);
    assert_true(report.largest_length > 128);
}

// Without the operations that reset the order of keys, so that long lists of vacant keys arise.
static void long_lists_of_vacant_keys_agree_with_the_model(void **state)
{
    (void)state;
    enum { RUNS = 40, BYTES = 20000 };
    static uint8_t bytes[BYTES];
    struct random random;
    random_seed(&random, 11);
    struct slab_exercise_report report = {0};
    for (unsigned run = 0; run < RUNS; run++) {
        bytes[0] = (uint8_t)(run % 6);
        for (size_t i = 1; i + 2 < BYTES; i += 3) {
            uint32_t kind = random_below(&random, 100) < 52 ? 0 : 2;
            bytes[i] = (uint8_t)kind;
            if (kind == 0) {
                i -= 2; // an insertion takes no key
                continue;
            }
            bytes[i + 1] = (uint8_t)random_below(&random, 254);
            bytes[i + 2] = (uint8_t)random_next(&random);
        }
        slab_exercise(bytes, sizeof bytes, &report);
    }
    assert_true(report.reused_keys > 100000);
    assert_true(report.largest_length > 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_operations_agree_with_the_model),
        cmocka_unit_test(long_lists_of_vacant_keys_agree_with_the_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
