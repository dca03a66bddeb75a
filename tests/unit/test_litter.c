#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "worker/litter.h"

enum { MEBIBYTE = 1 << 20 };

static void the_histogram_is_of_all_objects_and_ascends(void **state)
{
    (void)state;
    uint32_t percent = 0, before = LITTER_LEAST_BYTES - 1;
    for (size_t i = 0; i < LITTER_CLASSES; i++) {
        percent += litter_classes[i].percent;
        assert_true(litter_classes[i].most_bytes > before);
        before = litter_classes[i].most_bytes;
    }
    assert_int_equal(percent, 100);
}

// What the litter leaves behind is there to stay.
int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void)
{
    return 1;
}

// The mean that the histogram has, its tail being two hundredths of the objects.
static void the_bytes_asked_for_are_made_and_an_eighth_of_the_objects_stays(void **state)
{
    (void)state;
    struct litter litter;
    assert_int_equal(litter_heap(4 * MEBIBYTE, 7, &litter), LITTER_DONE);
    assert_in_range(litter.bytes, 4 * MEBIBYTE, 4 * MEBIBYTE + litter_classes[LITTER_CLASSES - 1].most_bytes);
    assert_in_range(litter.bytes / litter.objects, 110, 150);
    assert_int_equal(litter.left, (litter.objects + LITTER_LEFT_ONE_IN - 1) / LITTER_LEFT_ONE_IN);
}

static void the_same_seed_gives_the_same_litter(void **state)
{
    (void)state;
    struct litter one, same, other;
    assert_int_equal(litter_heap(MEBIBYTE, 1, &one), LITTER_DONE);
    assert_int_equal(litter_heap(MEBIBYTE, 1, &same), LITTER_DONE);
    assert_int_equal(litter_heap(MEBIBYTE, 2, &other), LITTER_DONE);
    assert_true(one.objects == same.objects && one.bytes == same.bytes);
    assert_true(one.objects != other.objects || one.bytes != other.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_histogram_is_of_all_objects_and_ascends),
        cmocka_unit_test(the_bytes_asked_for_are_made_and_an_eighth_of_the_objects_stays),
        cmocka_unit_test(the_same_seed_gives_the_same_litter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// What is left of the litter is meant to be lost.
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}
