#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"

static char *written(double value)
{
    CLEANUP(text_release) struct text text = {0};
    json_real(&(struct json){.text = &text}, NULL, value);
    return text_take(&text);
}

static void assert_shortest(double value)
{
    CLEANUP(free_pointer) char *found = written(value);
    char expected[40];
    for (int precision = 15; precision <= 17; precision++) {
        snprintf(expected, sizeof expected, "%.*g", precision, value);
        if (strtod(expected, NULL) == value)
            break;
    }
    assert_string_equal(found, expected);
}

static void a_real_has_as_few_digits_as_read_back_as_it(void **state)
{
    (void)state;
    static const double values[] = {0,        -0.0,   1,       -1,     0.5,        0.05,
                                    0.01,     0.001,  1e-5,    1e14,   1e15,       1e16,
                                    1e300,    0.1,    1.005,   2.675,  1e13 + 0.5, 9.995,
                                    99.99,    -12.34, 1 / 3.0, 5e-324, 100.10,     9999999999999.99,
                                    1e12 / 7, 4096.25};
    for (size_t i = 0; i < COUNT_OF(values); i++)
        assert_shortest(values[i]);
    uint64_t random = 1;
    for (size_t i = 0; i < 20000; i++) {
        random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        double whole = (double)(random >> (20 + i % 40));
        assert_shortest(whole);
        assert_shortest(whole / 2);
        assert_shortest(-whole / 100);
        assert_shortest(whole * 0.05);
        assert_shortest(whole / 1000);
        assert_shortest(whole / 7);
    }
}

static void what_is_no_number_is_null(void **state)
{
    (void)state;
    const double values[] = {NAN, INFINITY, -INFINITY};
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        CLEANUP(free_pointer) char *found = written(values[i]);
        assert_string_equal(found, "null");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_real_has_as_few_digits_as_read_back_as_it),
        cmocka_unit_test(what_is_no_number_is_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
