// SLAB_DEFINE: the typed functions, each once against the untyped slab inside.
#include "slab_assert.h"

struct point {
    double x, y;
    char name[5];
};

SLAB_DEFINE(points, struct point)
SLAB_DEFINE(numbers, int)

static bool allow(void *context, void *element, size_t old_key, size_t new_key)
{
    *(size_t *)context = old_key * 10 + new_key;
    return ((struct point *)element)->x == (double)old_key;
}

static size_t insert_point(struct points *points)
{
    size_t key;
    struct point *point = points_insert(points, &key);
    assert_non_null(point);
    *point = (struct point){(double)key, 1, "p"};
    return key;
}

static void typed_functions_do_what_the_untyped_do(void **state)
{
    (void)state;
    struct points points;
    points_init(&points);
    assert_true(points_is_empty(&points));
    assert_true(points_reserve(&points, 2));
    for (size_t key = 0; key < 6; key++) {
        assert_int_equal(points_next_key(&points), key);
        assert_int_equal(insert_point(&points), key);
    }
    assert_int_equal(points_length(&points), 6);
    assert_int_equal(points_capacity(&points), slab_capacity(&points.slab));
    assert_ptr_equal(points_get(&points, 3), points_get(&points, 0) + 3);
    assert_int_equal(points_key_of(&points, points_get(&points, 3)), 3);
    assert_true(points_remove(&points, 1)->x == 1);
    assert_null(points_remove(&points, 1));
    assert_null(points_get(&points, 1));
    assert_false(points_contains(&points, 1));
    assert_int_equal(points_key_from(&points, 1), 2);
    size_t move = 0;
    points_compact(&points, allow, &move);
    assert_int_equal(move, 51);
    assert_true(points_get(&points, 1)->x == 5);
    assert_true(points_reserve_exact(&points, 10));
    assert_int_equal(points_capacity(&points), 15);
    points_shrink(&points);
    assert_int_equal(points_capacity(&points), 5);
    points_clear(&points);
    assert_true(points_is_empty(&points));
    points_release(&points);
}

static void two_typed_slabs_live_side_by_side(void **state)
{
    (void)state;
    struct numbers numbers;
    assert_true(numbers_init_with_capacity(&numbers, 3));
    assert_int_equal(numbers_capacity(&numbers), 3);
    int sum = 0;
    for (int i = 1; i <= 5; i++) {
        size_t key;
        int *number = numbers_insert(&numbers, &key);
        assert_non_null(number);
        *number = i;
    }
    SLAB_FOR_EACH(key, &numbers.slab)
    {
        sum += *numbers_get(&numbers, key);
    }
    assert_int_equal(sum, 15);
    numbers_release(&numbers);
}

static void a_zeroed_struct_is_an_empty_slab(void **state)
{
    (void)state;
    struct points points = {0};
    assert_true(points_is_empty(&points));
    assert_false(points_contains(&points, 0));
    assert_int_equal(insert_point(&points), 0);
    assert_int_equal(insert_point(&points), 1);
    points_release(&points);
    points_release(&points); // again: an empty slab
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(typed_functions_do_what_the_untyped_do),
        cmocka_unit_test(two_typed_slabs_live_side_by_side),
        cmocka_unit_test(a_zeroed_struct_is_an_empty_slab),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
