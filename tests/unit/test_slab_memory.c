// The slab and the heap: how many calls of malloc, realloc and free, counted by wrapping them at link time,
// and every one of them failing once.
#include "slab_assert.h"

static struct {
    size_t mallocs;
    size_t reallocs;
    size_t last_bytes;     // what the last malloc or realloc was asked for
    size_t frees;          // of a pointer that is not NULL
    size_t successes_left; // the first this many from now on succeed …
    bool failing;          // … and the next one fails, if this is set
} heap;

void *__real_malloc(size_t bytes);
void *__real_realloc(void *block, size_t bytes);
void __real_free(void *block);
void *__wrap_malloc(size_t bytes);
void *__wrap_realloc(void *block, size_t bytes);
void __wrap_free(void *block);

static bool allocation_fails(void)
{
    return heap.failing && heap.successes_left-- == 0;
}

void *__wrap_malloc(size_t bytes)
{
    heap.mallocs++;
    heap.last_bytes = bytes;
    return allocation_fails() ? NULL : __real_malloc(bytes);
}

void *__wrap_realloc(void *block, size_t bytes)
{
    heap.reallocs++;
    heap.last_bytes = bytes;
    return allocation_fails() ? NULL : __real_realloc(block, bytes);
}

void __wrap_free(void *block)
{
    heap.frees += block != NULL;
    __real_free(block);
}

static int reset_heap(void **state)
{
    (void)state;
    memset(&heap, 0, sizeof heap);
    return 0;
}

static void assert_heap_calls(size_t mallocs, size_t reallocs, size_t frees)
{
    assert_int_equal(heap.mallocs, mallocs);
    assert_int_equal(heap.reallocs, reallocs);
    assert_int_equal(heap.frees, frees);
}

static void an_empty_slab_allocates_nothing_and_has_no_key(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(element_sizes); i++) {
        struct slab slab;
        if (i % 2)
            slab_init(&slab);
        else
            assert_true(slab_init_with_capacity(&slab, 0, element_sizes[i]));
        assert_int_equal(slab_length(&slab), 0);
        assert_int_equal(slab_capacity(&slab), 0);
        assert_true(slab_is_empty(&slab));
        assert_false(slab_contains(&slab, 0));
        assert_null(slab_get(&slab, 0, element_sizes[i]));
        assert_null(slab_remove(&slab, 0, element_sizes[i]));
        assert_true(slab_key_from(&slab, 0) == SLAB_NO_KEY);
        assert_true(slab_reserve(&slab, 0, element_sizes[i]));
        slab_shrink(&slab, element_sizes[i]);
        slab_clear(&slab);
        slab_release(&slab);
    }
    assert_heap_calls(0, 0, 0);
}

static void the_first_block_is_at_most_a_kibibyte_if_one_element_fits(void **state)
{
    (void)state;
    static const struct {
        size_t element_size;
        size_t capacity;
    } first[] = {{1, 4},   {8, 4},   {252, 4},  {253, 2},  {256, 2},  {384, 2},
                 {508, 2}, {509, 1}, {1020, 1}, {1024, 1}, {2048, 1}, {4096, 1}};
    for (size_t i = 0; i < COUNT_OF(first); i++) {
        struct slab slab;
        slab_init(&slab);
        insert(&slab, first[i].element_size, 0, 0);
        assert_int_equal(slab_capacity(&slab), first[i].capacity);
        slab_release(&slab);
    }
}

// Heaps keep freed blocks of up to about 1 KiB at hand: glibc up to 1032 bytes.
static void a_block_of_one_element_has_its_bytes_and_a_link(void **state)
{
    (void)state;
    static const size_t sizes[] = {512, 1024, 4096};
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        struct slab slab;
        slab_init(&slab);
        insert(&slab, sizes[i], 0, 1);
        assert_int_equal(heap.last_bytes, sizes[i] + sizeof(uint32_t));
        slab_release(&slab);
        assert_true(slab_init_with_capacity(&slab, 1, sizes[i]));
        assert_int_equal(heap.last_bytes, sizes[i] + sizeof(uint32_t));
        slab_release(&slab);
    }
}

static void one_object_costs_one_allocation_and_one_free(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(element_sizes); i++) {
        struct slab slab;
        slab_init(&slab);
        insert(&slab, element_sizes[i], 0, 1);
        assert_filled(slab_remove(&slab, 0, element_sizes[i]), element_sizes[i], 1);
        slab_release(&slab);
    }
    assert_heap_calls(COUNT_OF(element_sizes), 0, COUNT_OF(element_sizes));
}

static void growing_takes_few_steps_and_keeps_keys_and_content(void **state)
{
    (void)state;
    static const size_t capacities_after_growth[] = {16, 64, 128};
    for (size_t i = 0; i < COUNT_OF(element_sizes); i++) {
        reset_heap(NULL);
        struct slab slab;
        slab_init(&slab);
        size_t expected_capacity = element_sizes[i] < 1024 ? 4 : 1;
        size_t growths = 0;
        for (size_t key = 0; key < 100; key++) {
            if (key == expected_capacity)
                expected_capacity = capacities_after_growth[growths++];
            insert(&slab, element_sizes[i], key, (int)key);
            assert_int_equal(slab_capacity(&slab), expected_capacity);
        }
        assert_int_equal(growths, 3);
        assert_heap_calls(1, 3, 0);
        for (size_t key = 0; key < 100; key++)
            assert_filled(slab_get(&slab, key, element_sizes[i]), element_sizes[i], (int)key);
        slab_release(&slab);
        assert_heap_calls(1, 3, 1);
    }
}

static void a_block_of_any_capacity_grows_two_to_four_times(void **state)
{
    (void)state;
    static const size_t cases[][2] = {{1, 16},  {2, 16},  {3, 16},  {4, 16},  {8, 32},    {9, 36},
                                      {16, 64}, {17, 64}, {31, 64}, {32, 64}, {100, 200}, {64, 128}};
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_int_equal(slab_grown_capacity(cases[i][0]), cases[i][1]);
    for (size_t capacity = 4; capacity < 300; capacity++)
        assert_in_range(slab_grown_capacity(capacity), 2 * capacity, 4 * capacity);
    assert_int_equal(slab_grown_capacity(SLAB_CAPACITY_MAX - 1), SLAB_CAPACITY_MAX);
}

static void reserved_capacity_is_exact_and_filled_without_allocating(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(element_sizes); i++) {
        reset_heap(NULL);
        struct slab slab;
        assert_true(slab_init_with_capacity(&slab, 100, element_sizes[i]));
        assert_int_equal(slab_capacity(&slab), 100);
        for (int batch = 0; batch < 3; batch++) {
            for (size_t key = 0; key < 100; key++)
                insert(&slab, element_sizes[i], key, batch);
            for (size_t key = 100; key-- > 0;)
                assert_filled(slab_remove(&slab, key, element_sizes[i]), element_sizes[i], batch);
        }
        assert_int_equal(slab_capacity(&slab), 100);
        slab_release(&slab);
        assert_heap_calls(1, 0, 1);
    }
}

static void clear_keeps_the_memory_and_starts_from_key_0(void **state)
{
    (void)state;
    struct slab slab;
    slab_init(&slab);
    for (size_t key = 0; key < 7; key++)
        insert(&slab, 8, key, 0);
    assert_non_null(slab_remove(&slab, 3, 8));
    slab_clear(&slab);
    assert_true(slab_is_empty(&slab));
    assert_int_equal(slab_capacity(&slab), 16);
    for (size_t key = 0; key < 16; key++)
        assert_false(slab_contains(&slab, key));
    for (size_t key = 0; key < 16; key++)
        insert(&slab, 8, key, 0);
    slab_release(&slab);
    assert_heap_calls(1, 1, 1);
}

static void shrinking_an_empty_slab_frees_everything(void **state)
{
    (void)state;
    struct slab slab;
    assert_true(slab_init_with_capacity(&slab, 10, 8));
    insert(&slab, 8, 0, 0);
    insert(&slab, 8, 1, 0);
    assert_non_null(slab_remove(&slab, 0, 8));
    assert_non_null(slab_remove(&slab, 1, 8));
    slab_shrink(&slab, 8);
    assert_int_equal(slab_capacity(&slab), 0);
    assert_heap_calls(1, 0, 1);
    insert(&slab, 8, 0, 0);
    slab_release(&slab);
    assert_heap_calls(2, 0, 2);
}

static void impossible_capacities_are_refused_without_asking_the_heap(void **state)
{
    (void)state;
    static const struct {
        size_t capacity;
        size_t element_size;
    } impossible[] = {
        {SLAB_CAPACITY_MAX + 1, 1}, {SIZE_MAX, 1},    {SIZE_MAX, 4096},
        {2, SIZE_MAX / 2},          {1, SIZE_MAX},    {1, SIZE_MAX - 3},
        {1, SIZE_MAX - 4},          {1, PTRDIFF_MAX}, {SLAB_CAPACITY_MAX, SIZE_MAX / SLAB_CAPACITY_MAX},
    };
    for (size_t i = 0; i < COUNT_OF(impossible); i++) {
        struct slab slab;
        assert_false(slab_init_with_capacity(&slab, impossible[i].capacity, impossible[i].element_size));
        assert_int_equal(slab_capacity(&slab), 0);
        assert_false(slab_reserve(&slab, impossible[i].capacity, impossible[i].element_size));
        assert_false(slab_reserve_exact(&slab, impossible[i].capacity, impossible[i].element_size));
        assert_null(slab.elements);
    }
    struct slab slab;
    slab_init(&slab);
    size_t key = 77;
    assert_null(slab_insert(&slab, &key, SIZE_MAX / 2));
    assert_int_equal(key, 77);
    assert_heap_calls(0, 0, 0);
}

// A row of operations in which every way to allocate occurs. Returns false when one of them reported a
// failure, which must leave the slab as it was; `slab` is then compared with what it held.
static bool run_everything(struct slab *slab, size_t element_size)
{
    if (!slab_init_with_capacity(slab, 3, element_size))
        return false;
    for (size_t key = 0; key < 40; key++) {
        struct slab before = *slab;
        size_t given = SIZE_MAX;
        void *element = slab_insert(slab, &given, element_size);
        if (!element) {
            assert_memory_equal(&before, slab, sizeof before);
            assert_true(given == SIZE_MAX);
            return false;
        }
        assert_int_equal(given, key);
        memset(element, (int)key, element_size);
    }
    struct slab before = *slab;
    if (!slab_reserve(slab, 100, element_size) || !slab_reserve_exact(slab, 1000, element_size)) {
        assert_int_equal(slab->used, before.used);
        return false;
    }
    for (size_t key = 30; key < 40; key++)
        assert_non_null(slab_remove(slab, key, element_size));
    slab_shrink(slab, element_size); // never fails: without memory it keeps the larger block
    assert_int_equal(slab_capacity(slab), 30);
    return true;
}

static void every_failing_allocation_leaves_a_usable_slab(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(element_sizes); i++) {
        size_t failed_runs = 0;
        bool finished = false;
        for (size_t nth = 0; !finished; nth++) {
            reset_heap(NULL);
            heap.failing = true;
            heap.successes_left = nth;
            struct slab slab;
            bool complete = run_everything(&slab, element_sizes[i]);
            failed_runs += !complete;
            finished = heap.mallocs + heap.reallocs <= nth;
            heap.failing = false;
            size_t length = slab_length(&slab);
            for (size_t key = 0; key < length; key++)
                assert_filled(slab_get(&slab, key, element_sizes[i]), element_sizes[i], (int)key);
            for (size_t key = length; key < length + 70; key++)
                insert(&slab, element_sizes[i], key, (int)key);
            for (size_t key = 0; key < length + 70; key++)
                assert_filled(slab_remove(&slab, key, element_sizes[i]), element_sizes[i], (int)key);
            slab_release(&slab);
        }
        assert_int_equal(failed_runs, 5); // 3, 16, 64, 140, 1040; the shrinking one is no failure
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_empty_slab_allocates_nothing_and_has_no_key, reset_heap),
        cmocka_unit_test_setup(the_first_block_is_at_most_a_kibibyte_if_one_element_fits, reset_heap),
        cmocka_unit_test_setup(a_block_of_one_element_has_its_bytes_and_a_link, reset_heap),
        cmocka_unit_test_setup(one_object_costs_one_allocation_and_one_free, reset_heap),
        cmocka_unit_test_setup(growing_takes_few_steps_and_keeps_keys_and_content, reset_heap),
        cmocka_unit_test_setup(a_block_of_any_capacity_grows_two_to_four_times, reset_heap),
        cmocka_unit_test_setup(reserved_capacity_is_exact_and_filled_without_allocating, reset_heap),
        cmocka_unit_test_setup(clear_keeps_the_memory_and_starts_from_key_0, reset_heap),
        cmocka_unit_test_setup(shrinking_an_empty_slab_frees_everything, reset_heap),
        cmocka_unit_test_setup(impossible_capacities_are_refused_without_asking_the_heap, reset_heap),
        cmocka_unit_test_setup(every_failing_allocation_leaves_a_usable_slab, reset_heap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
