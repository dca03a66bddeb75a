// The contract of every function of the slab.
#include "slab_assert.h"

static void vacant_keys_are_used_again_last_removed_first(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(element_sizes); i++) {
        struct slab slab;
        slab_init(&slab);
        for (size_t key = 0; key < 6; key++)
            insert(&slab, element_sizes[i], key, 0);
        static const size_t removed[] = {1, 5, 0, 3};
        for (size_t r = 0; r < COUNT_OF(removed); r++)
            assert_non_null(slab_remove(&slab, removed[r], element_sizes[i]));
        assert_int_equal(slab_length(&slab), 2);
        for (size_t r = COUNT_OF(removed); r-- > 0;)
            insert(&slab, element_sizes[i], removed[r], 0);
        insert(&slab, element_sizes[i], 6, 0);
        slab_release(&slab);
    }
}

static void keys_of_no_element_are_refused_and_change_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(element_sizes); i++) {
        struct slab slab;
        slab_init(&slab);
        for (size_t key = 0; key < 5; key++)
            insert(&slab, element_sizes[i], key, (int)key);
        assert_non_null(slab_remove(&slab, 1, element_sizes[i])); // vacant within
        assert_non_null(slab_remove(&slab, 4, element_sizes[i])); // vacant at the end
        const size_t bad[] = {1, 4, 5, 7, 8, 1000, UINT32_MAX - 1, UINT32_MAX, SIZE_MAX / 2, SIZE_MAX};
        struct slab before = slab;
        for (size_t b = 0; b < COUNT_OF(bad); b++) {
            assert_false(slab_contains(&slab, bad[b]));
            assert_null(slab_get(&slab, bad[b], element_sizes[i]));
            assert_null(slab_remove(&slab, bad[b], element_sizes[i]));
        }
        assert_memory_equal(&before, &slab, sizeof slab);
        static const size_t good[] = {0, 2, 3};
        for (size_t g = 0; g < COUNT_OF(good); g++)
            assert_filled(slab_get(&slab, good[g], element_sizes[i]), element_sizes[i], (int)good[g]);
        slab_release(&slab);
    }
}

// A key whose lower half is that of an element: the upper half must not be cut off.
static void keys_beyond_32_bits_are_refused(void **state)
{
    (void)state;
    if (sizeof(size_t) == 4)
        skip();
    struct slab slab;
    slab_init(&slab);
    insert(&slab, 8, 0, 1);
    insert(&slab, 8, 1, 1);
    for (unsigned shift = 32; shift < 64; shift++) {
        size_t key = ((size_t)1 << (shift % (8 * sizeof(size_t)))) + 1;
        assert_false(slab_contains(&slab, key));
        assert_null(slab_get(&slab, key, 8));
        assert_null(slab_remove(&slab, key, 8));
    }
    slab_release(&slab);
}

static void a_removed_element_can_be_read_until_the_next_insertion(void **state)
{
    (void)state;
    struct slab slab;
    slab_init(&slab);
    for (size_t key = 0; key < 4; key++)
        insert(&slab, 24, key, (int)key);
    void *third = slab_remove(&slab, 2, 24);
    void *first = slab_remove(&slab, 0, 24);
    void *last = slab_remove(&slab, 3, 24);
    assert_filled(first, 24, 0);
    assert_filled(third, 24, 2);
    assert_filled(last, 24, 3);
    slab_release(&slab);
}

static void the_stride_is_16_bytes_more_for_multiples_of_256_from_512_on(void **state)
{
    (void)state;
    static const struct {
        size_t element_size;
        size_t stride;
    } cases[] = {
        {1, 1},       {8, 8},       {12, 12},     {64, 64},     {100, 100},   {128, 128},
        {256, 256},   {384, 384},   {511, 511},   {512, 528},   {513, 513},   {640, 640},
        {768, 784},   {1023, 1023}, {1024, 1040}, {1025, 1025}, {1280, 1296}, {1536, 1552},
        {2047, 2047}, {2048, 2064}, {3072, 3088}, {4095, 4095}, {4096, 4112}, {6144, 6160},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_int_equal(slab_stride(cases[i].element_size), cases[i].stride);
    assert_true(slab_stride(SIZE_MAX) == SIZE_MAX);
    assert_true(slab_stride(SIZE_MAX - 255) == SIZE_MAX - 239);
}

static void padding_costs_at_most_a_thirty_second_and_keeps_the_alignment(void **state)
{
    (void)state;
    for (size_t element_size = 1; element_size <= 16384; element_size++) {
        size_t padding = slab_stride(element_size) - element_size;
        assert_true(padding * 32 <= element_size);
        assert_int_equal(padding % _Alignof(max_align_t), 0);
    }
}

// A first-level cache of 64 sets of 64 bytes, as x86-64 processors have it.
static void elements_from_512_bytes_on_begin_in_half_of_the_sets_at_least(void **state)
{
    (void)state;
    enum { SETS = 64, LINE_BYTES = 64, ELEMENTS = 256 };
    for (size_t element_size = 512; element_size <= 8192; element_size += 16) {
        bool begins[SETS] = {false};
        size_t count = 0;
        for (size_t key = 0; key < ELEMENTS; key++) {
            size_t set = key * slab_stride(element_size) / LINE_BYTES % SETS;
            count += !begins[set];
            begins[set] = true;
        }
        assert_true(count >= SETS / 2);
    }
}

static void the_links_follow_the_last_element_without_padding(void **state)
{
    (void)state;
    static const struct {
        size_t capacity, element_size;
        size_t offset;
    } cases[] = {
        {1, 1, 4},
        {4, 1, 4},
        {5, 1, 8},
        {4, 12, 48},
        {1, 1024, 1024},
        {2, 1024, 2064},
        {16, 4096, 15 * 4112 + 4096},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_int_equal(slab_links_offset(cases[i].capacity, cases[i].element_size), cases[i].offset);
}

static void elements_are_a_stride_apart_aligned_and_know_their_key(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(element_sizes); i++) {
        struct slab slab;
        slab_init(&slab);
        for (size_t key = 0; key < 9; key++)
            insert(&slab, element_sizes[i], key, 0);
        const unsigned char *first = slab_get(&slab, 0, element_sizes[i]);
        assert_int_equal((uintptr_t)first % _Alignof(max_align_t), 0);
        for (size_t key = 0; key < 9; key++) {
            const unsigned char *element = slab_get(&slab, key, element_sizes[i]);
            assert_ptr_equal(element, first + key * slab_stride(element_sizes[i]));
            assert_int_equal(slab_key_of(&slab, element, element_sizes[i]), key);
        }
        slab_release(&slab);
    }
}

static void iteration_meets_every_element_once_in_key_order(void **state)
{
    (void)state;
    struct slab slab;
    slab_init(&slab);
    for (size_t key = 0; key < 20; key++)
        insert(&slab, 8, key, 0);
    for (size_t key = 0; key < 20; key += 3)
        assert_non_null(slab_remove(&slab, key, 8));
    size_t met = 0, previous = 0;
    SLAB_FOR_EACH(key, &slab)
    {
        assert_true(key % 3 != 0 && key > previous);
        previous = key;
        met++;
        assert_non_null(slab_remove(&slab, key, 8)); // removing while iterating is allowed
    }
    assert_int_equal(met, 13);
    assert_true(slab_is_empty(&slab));
    assert_true(slab_key_from(&slab, 0) == SLAB_NO_KEY);
    assert_true(slab_key_from(&slab, SLAB_NO_KEY) == SLAB_NO_KEY);
    slab_release(&slab);
}

static void reserve_counts_vacant_keys_as_room(void **state)
{
    (void)state;
    struct slab slab;
    slab_init(&slab);
    for (size_t key = 0; key < 4; key++)
        insert(&slab, 12, key, (int)key);
    assert_non_null(slab_remove(&slab, 1, 12));
    assert_true(slab_reserve(&slab, 1, 12));
    assert_int_equal(slab_capacity(&slab), 4);
    assert_true(slab_reserve(&slab, 2, 12)); // grows as an insertion would
    assert_int_equal(slab_capacity(&slab), 16);
    assert_true(slab_reserve_exact(&slab, 16, 12));
    assert_int_equal(slab_capacity(&slab), 19);
    assert_true(slab_reserve(&slab, 97, 12)); // more than double
    assert_int_equal(slab_capacity(&slab), 100);
    insert(&slab, 12, 1, 1);
    for (size_t key = 0; key < 4; key++)
        assert_filled(slab_get(&slab, key, 12), 12, (int)key);
    slab_release(&slab);
}

static void shrink_drops_to_the_highest_key_and_refills_in_ascending_order(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(element_sizes); i++) {
        struct slab slab;
        slab_init(&slab);
        for (size_t key = 0; key < 20; key++)
            insert(&slab, element_sizes[i], key, (int)key);
        static const size_t removed[] = {9, 19, 2, 11, 5, 10, 13, 12, 14, 15, 16, 17, 18};
        for (size_t r = 0; r < COUNT_OF(removed); r++)
            assert_non_null(slab_remove(&slab, removed[r], element_sizes[i]));
        slab_shrink(&slab, element_sizes[i]);
        assert_int_equal(slab_capacity(&slab), 9);
        static const size_t left[] = {0, 1, 3, 4, 6, 7, 8};
        assert_int_equal(slab_length(&slab), COUNT_OF(left));
        for (size_t l = 0; l < COUNT_OF(left); l++)
            assert_filled(slab_get(&slab, left[l], element_sizes[i]), element_sizes[i], (int)left[l]);
        insert(&slab, element_sizes[i], 2, 2);
        insert(&slab, element_sizes[i], 5, 5);
        insert(&slab, element_sizes[i], 9, 9);
        for (size_t key = 0; key < 10; key++)
            assert_filled(slab_get(&slab, key, element_sizes[i]), element_sizes[i], (int)key);
        slab_release(&slab);
    }
}

struct moves {
    size_t allowed;
    size_t made;
    size_t from[8];
    size_t to[8];
};

static bool record_move(void *context, void *element, size_t old_key, size_t new_key)
{
    struct moves *moves = context;
    assert_filled(element, 100, (int)old_key);
    if (moves->made == moves->allowed)
        return false;
    moves->from[moves->made] = old_key;
    moves->to[moves->made++] = new_key;
    return true;
}

static void compact_moves_the_highest_to_the_lowest_vacant_keys(void **state)
{
    (void)state;
    static const size_t removed[] = {7, 3, 1, 9};
    for (size_t allowed = 0; allowed <= 3; allowed++) {
        struct slab slab;
        slab_init(&slab);
        for (size_t key = 0; key < 10; key++)
            insert(&slab, 100, key, (int)key);
        for (size_t r = 0; r < COUNT_OF(removed); r++)
            assert_non_null(slab_remove(&slab, removed[r], 100));
        struct moves moves = {.allowed = allowed};
        slab_compact(&slab, 100, record_move, &moves);
        assert_int_equal(slab_length(&slab), 6);
        assert_int_equal(moves.made,
                         allowed < 2 ? allowed : 2); // 8 to 1 and 6 to 3, then all keys are below 6
        assert_int_equal(slab_capacity(&slab), allowed == 0 ? 9 : allowed == 1 ? 7 : 6);
        assert_filled(slab_get(&slab, 1, 100) ? slab_get(&slab, 1, 100) : slab_get(&slab, 8, 100), 100, 8);
        assert_filled(slab_get(&slab, 3, 100) ? slab_get(&slab, 3, 100) : slab_get(&slab, 6, 100), 100, 6);
        if (moves.made == 2) {
            assert_int_equal(moves.from[0], 8);
            assert_int_equal(moves.to[0], 1);
            assert_int_equal(moves.from[1], 6);
            assert_int_equal(moves.to[1], 3);
            insert(&slab, 100, 6, 0);
        } else {
            insert(&slab, 100, moves.made == 0 ? 1 : 3, 0);
        }
        slab_release(&slab);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vacant_keys_are_used_again_last_removed_first),
        cmocka_unit_test(keys_of_no_element_are_refused_and_change_nothing),
        cmocka_unit_test(keys_beyond_32_bits_are_refused),
        cmocka_unit_test(a_removed_element_can_be_read_until_the_next_insertion),
        cmocka_unit_test(the_stride_is_16_bytes_more_for_multiples_of_256_from_512_on),
        cmocka_unit_test(padding_costs_at_most_a_thirty_second_and_keeps_the_alignment),
        cmocka_unit_test(elements_from_512_bytes_on_begin_in_half_of_the_sets_at_least),
        cmocka_unit_test(the_links_follow_the_last_element_without_padding),
        cmocka_unit_test(elements_are_a_stride_apart_aligned_and_know_their_key),
        cmocka_unit_test(iteration_meets_every_element_once_in_key_order),
        cmocka_unit_test(reserve_counts_vacant_keys_as_room),
        cmocka_unit_test(shrink_drops_to_the_highest_key_and_refills_in_ascending_order),
        cmocka_unit_test(compact_moves_the_highest_to_the_lowest_vacant_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
