#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "litter/litter.h"

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

static enum litter_result make(uint64_t bytes, uint64_t seed, struct litter *ret_litter)
{
    const struct litter_request request = {.bytes = bytes, .seed = seed};
    return litter_heap(&request, ret_litter);
}

// The mean that the histogram has, its tail being two hundredths of the objects.
static void the_bytes_asked_for_are_made_and_an_eighth_of_the_objects_stays(void **state)
{
    (void)state;
    struct litter litter;
    assert_int_equal(make(4 * MEBIBYTE, 7, &litter), LITTER_DONE);
    assert_in_range(litter.bytes, 4 * MEBIBYTE, 4 * MEBIBYTE + litter_classes[LITTER_CLASSES - 1].most_bytes);
    assert_in_range(litter.bytes / litter.objects, 110, 150);
    assert_int_equal(litter.left, (litter.objects + LITTER_LEFT_ONE_IN - 1) / LITTER_LEFT_ONE_IN);
}

static void the_same_seed_gives_the_same_litter(void **state)
{
    (void)state;
    struct litter one, same, other;
    assert_int_equal(make(MEBIBYTE, 1, &one), LITTER_DONE);
    assert_int_equal(make(MEBIBYTE, 1, &same), LITTER_DONE);
    assert_int_equal(make(MEBIBYTE, 2, &other), LITTER_DONE);
    assert_true(one.objects == same.objects && one.bytes == same.bytes);
    assert_true(one.objects != other.objects || one.bytes != other.bytes);
}

static uint64_t draw_one_of_two(void *context, struct random *random)
{
    const uint64_t *sizes = context;
    return sizes[random_below(random, 2)];
}

static void sizes_may_be_a_programs_own(void **state)
{
    (void)state;
    uint64_t sizes[] = {1, 1000};
    struct litter litter;
    const struct litter_request request = {MEBIBYTE, 3, draw_one_of_two, sizes};
    assert_int_equal(litter_heap(&request, &litter), LITTER_DONE);
    assert_in_range(litter.bytes, MEBIBYTE, MEBIBYTE + 1000);
    assert_int_equal((litter.bytes - LITTER_LEAST_BYTES * litter.objects) % (1000 - LITTER_LEAST_BYTES), 0);
    assert_int_equal((litter.left_bytes - LITTER_LEAST_BYTES * litter.left) % (1000 - LITTER_LEAST_BYTES), 0);
    assert_in_range(litter.bytes / litter.objects, 450, 560);
    assert_true(litter.left_bytes > litter.bytes / 10 && litter.left_bytes < litter.bytes / 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_histogram_is_of_all_objects_and_ascends),
        cmocka_unit_test(the_bytes_asked_for_are_made_and_an_eighth_of_the_objects_stays),
        cmocka_unit_test(the_same_seed_gives_the_same_litter),
        cmocka_unit_test(sizes_may_be_a_programs_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// What is left of the litter is meant to be lost.
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}
