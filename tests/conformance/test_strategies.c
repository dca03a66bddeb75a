// Every row of strategies.def keeps the promises of strategies/unit.h, for every pattern and size: objects
// aligned, apart from each other, keeping their content, all of them freed (the leak checker watches).
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/random.h"
#include "promises.h"
#include "strategies/cells.h"
#include "strategies/rust.h"
#include "test_batches.h"

// In this build, and not under a second name.
static bool is_measured(int strategy, int touch)
{
    return strategy != STRATEGY_none && strategies[strategy].code != STRATEGY_CODE_BOX &&
           strategy_cells[touch][strategy];
}

static void check_cell(enum touch touch, int strategy, int pattern, int size)
{
    const struct strategy_cells *cells = strategy_cells[touch][strategy];
    struct test_batches batches;
    test_batches_init(&batches, (uint64_t)size);
    assert_true(cells->prepare(batches.storage, object_sizes[size], BATCH_SIZE));
    cells->run[pattern][size](&batches.context, TEST_BATCHES);
    cells->finish(batches.storage, object_sizes[size]);
    assert_true(batches.context.mismatch == 0);
    assert_false(batches.context.out_of_memory);
    assert_true(batches.context.word == TEST_FIRST_WORD + TEST_BATCHES * BATCH_SIZE);
}

static void every_cell_runs_its_batches_without_mismatch_for_every_touch(void **state)
{
    (void)state;
    unsigned examined = 0;
    for (int t = 0; t < TOUCH_COUNT; t++)
        for (int s = 0; s < STRATEGY_COUNT; s++)
            for (int p = 0; p < SOLO_PATTERN_COUNT && is_measured(s, t); p++)
                for (int z = 0; z < SIZE_COUNT; z++) {
                    if (!strategy_has_cell(&strategies[s], (enum touch)t, object_sizes[z]))
                        continue;
                    check_cell((enum touch)t, s, p, z);
                    examined++;
                }
    assert_true(examined >= TOUCH_COUNT * 3 * SOLO_PATTERN_COUNT * SIZE_COUNT);
}

static void the_touch_says_what_is_written(void **state)
{
    (void)state;
    enum { BYTES = 24 };
    static const size_t written[TOUCH_COUNT] = {
        [TOUCH_none] = 0, [TOUCH_word] = 8, [TOUCH_full] = BYTES, [TOUCH_read] = BYTES};
    for (int t = 0; t < TOUCH_COUNT; t++) {
        const struct strategy_cells *cells = strategy_cells[t][STRATEGY_anchor];
        alignas(16) unsigned char storage[STRATEGY_STATE_BYTES] = {0};
        size_t handle;
        assert_true(cells->prepare(storage, BYTES, 1));
        cells->open(storage);
        assert_true(cells->allocate(storage, BYTES, 1, &handle));
        memset(cells->object(storage, BYTES, handle), 0,
               BYTES); // the memory is used again: its content is known
        cells->deallocate(storage, BYTES, handle);
        assert_true(cells->allocate(storage, BYTES, UINT64_MAX / 3, &handle));
        unsigned char *object = cells->object(storage, BYTES, handle);
        size_t count = 0;
        for (size_t i = 8; i < BYTES; i++) // the first word held the free list's link
            count += object[i] == 0x55;
        assert_int_equal(count, written[t] > 8 ? written[t] - 8 : 0);
        uint64_t word = cells->deallocate(storage, BYTES, handle);
        if (t != TOUCH_none)
            assert_true(word == UINT64_MAX / 3);
        cells->finish(storage, BYTES);
    }
}

static void a_changed_byte_is_found_where_the_touch_reads_it(void **state)
{
    (void)state;
    enum { BYTES = 12 };
    for (int t = 0; t < TOUCH_COUNT; t++) {
        const struct strategy_cells *cells = strategy_cells[t][STRATEGY_box];
        for (size_t changed = 0; changed < BYTES && t != TOUCH_none; changed++) {
            alignas(16) unsigned char storage[STRATEGY_STATE_BYTES] = {0};
            size_t handle;
            assert_true(cells->prepare(storage, BYTES, 1));
            assert_true(cells->allocate(storage, BYTES, 7, &handle));
            ((unsigned char *)cells->object(storage, BYTES, handle))[changed] ^= 0x40;
            bool found = cells->deallocate(storage, BYTES, handle) != 7;
            assert_int_equal(found, changed < 8 || t == TOUCH_read);
            cells->finish(storage, BYTES);
        }
    }
}

static void objects_are_aligned_apart_and_keep_their_content(void **state)
{
    (void)state;
    unsigned examined = 0;
    for (int s = 0; s < STRATEGY_COUNT; s++) {
        for (int z = 0; z < SIZE_COUNT && is_measured(s, TOUCH_word); z++) {
            const struct strategy_cells *cells = strategy_cells[TOUCH_word][s];
            const size_t bytes = object_sizes[z];
            const size_t alignment = promised_alignment(s, bytes);
            alignas(16) unsigned char storage[STRATEGY_STATE_BYTES] = {0};
            size_t handles[BATCH_SIZE];
            assert_true(cells->prepare(storage, bytes, BATCH_SIZE));
            cells->open(storage);
            for (unsigned i = 0; i < BATCH_SIZE; i++)
                assert_true(cells->allocate(storage, bytes, i, &handles[i]));
            for (unsigned i = 0; i < BATCH_SIZE; i++) {
                unsigned char *object = cells->object(storage, bytes, handles[i]);
                assert_non_null(object);
                assert_int_equal((uintptr_t)object % alignment, 0);
                assert_int_not_equal(handles[i], HANDLE_NONE);
                memset(object + 8, (int)i, bytes - 8);
            }
            for (unsigned i = 0; i < BATCH_SIZE; i++) {
                const unsigned char *object = cells->object(storage, bytes, handles[i]);
                for (size_t b = 8; b < bytes; b++)
                    assert_int_equal(object[b], i);
            }
            for (unsigned i = 0; i < BATCH_SIZE; i++)
                assert_int_equal(cells->deallocate(storage, bytes, handles[i]), i);
            cells->close(storage);
            cells->finish(storage, bytes);
            examined++;
        }
    }
    assert_true(examined >= 3 * SIZE_COUNT);
}

// What a slab by value takes for each value: a tag, and what aligns it.
static void values_lie_as_close_as_their_tags_allow(void **state)
{
    (void)state;
    static const int by_value[] = {STRATEGY_slab_byvalue_cold, STRATEGY_slab_byvalue_warm};
    static const struct {
        uint32_t bytes;
        size_t distance;
    } cases[] = {{8, 16}, {12, 16}, {16, 24}, {64, 72}, {1536, 1544}, {2048, 2064}, {4096, 4112}};
    for (size_t s = 0; s < 2; s++) {
        for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
            const struct strategy_cells *cells = strategy_cells[TOUCH_word][by_value[s]];
            alignas(16) unsigned char storage[STRATEGY_STATE_BYTES] = {0};
            size_t handles[2];
            assert_true(cells->prepare(storage, cases[c].bytes, 2));
            cells->open(storage);
            for (unsigned i = 0; i < 2; i++)
                assert_true(cells->allocate(storage, cases[c].bytes, i, &handles[i]));
            const unsigned char *first = cells->object(storage, cases[c].bytes, handles[0]);
            const unsigned char *second = cells->object(storage, cases[c].bytes, handles[1]);
            assert_int_equal(second - first, cases[c].distance);
            for (unsigned i = 0; i < 2; i++)
                assert_int_equal(cells->deallocate(storage, cases[c].bytes, handles[i]), i);
            cells->close(storage);
            cells->finish(storage, cases[c].bytes);
        }
    }
}

// What a strategy does with a second deallocation of the same handle, where it promises to notice.
static void a_key_that_is_not_held_reads_as_corrupt(void **state)
{
    (void)state;
    size_t examined = 0;
    for (int s = 0; s < STRATEGY_COUNT; s++) {
        for (int z = 0; z < SIZE_COUNT && notices_a_wrong_handle(s) && is_measured(s, TOUCH_word);
             z++, examined++) {
            const struct strategy_cells *cells = strategy_cells[TOUCH_word][s];
            const size_t bytes = object_sizes[z];
            alignas(16) unsigned char storage[STRATEGY_STATE_BYTES] = {0};
            size_t first, second;
            assert_true(cells->prepare(storage, bytes, BATCH_SIZE));
            cells->open(storage);
            assert_true(cells->allocate(storage, bytes, 1, &first));
            assert_true(cells->allocate(storage, bytes, 2, &second));
            assert_true(cells->deallocate(storage, bytes, first) == 1);
            assert_true(cells->deallocate(storage, bytes, first) == UINT64_MAX);
            assert_true(cells->deallocate(storage, bytes, 77) == UINT64_MAX);
            assert_true(cells->deallocate(storage, bytes, second) == 2);
            cells->close(storage);
            cells->finish(storage, bytes);
        }
    }
    assert_int_equal(examined, (is_measured(STRATEGY_rust_slab_cold, TOUCH_word) ? 8 : 4) * SIZE_COUNT);
}

static void a_pool_and_a_free_list_hand_out_again_what_was_returned_last(void **state)
{
    (void)state;
    static const enum strategy_id reusing[] = {
        STRATEGY_bufpool_cold,      STRATEGY_bufpool_warm,           STRATEGY_freelist,
        STRATEGY_slab_byvalue_cold, STRATEGY_slab_byvalue_warm,      STRATEGY_rust_slab_cold,
        STRATEGY_rust_slab_warm,    STRATEGY_rust_slab_byvalue_cold, STRATEGY_rust_slab_byvalue_warm};
    enum { BYTES = 48 };
    for (size_t i = 0; i < COUNT_OF(reusing) && is_measured((int)reusing[i], TOUCH_word); i++) {
        const struct strategy_cells *cells = strategy_cells[TOUCH_word][reusing[i]];
        alignas(16) unsigned char storage[STRATEGY_STATE_BYTES] = {0};
        size_t handles[3], again[2];
        assert_true(cells->prepare(storage, BYTES, BATCH_SIZE));
        cells->open(storage);
        for (int h = 0; h < 3; h++)
            assert_true(cells->allocate(storage, BYTES, 1, &handles[h]));
        cells->deallocate(storage, BYTES, handles[1]);
        cells->deallocate(storage, BYTES, handles[0]);
        assert_true(cells->allocate(storage, BYTES, 1, &again[0]));
        assert_true(cells->allocate(storage, BYTES, 1, &again[1]));
        assert_true(again[0] == handles[0] && again[1] == handles[1]);
        for (int h = 0; h < 3; h++)
            assert_true(cells->deallocate(storage, BYTES, handles[h]) == 1);
        cells->close(storage);
        cells->finish(storage, BYTES);
    }
}

// Objects of a multiple of 512 bytes, put side by side, would begin in 8 of the 64 sets of a first-level
// cache.
static void slabs_and_the_free_list_spread_large_objects_over_the_sets_of_a_cache(void **state)
{
    (void)state;
    static const enum strategy_id spreading[] = {STRATEGY_slab_warm, STRATEGY_slab_byvalue_warm,
                                                 STRATEGY_freelist};
    enum { SETS = 64, LINE_BYTES = 64 };
    for (size_t i = 0; i < COUNT_OF(spreading); i++) {
        for (size_t bytes = 512; bytes <= LARGEST_OBJECT_BYTES; bytes *= 2) {
            const struct strategy_cells *cells = strategy_cells[TOUCH_word][spreading[i]];
            alignas(16) unsigned char storage[STRATEGY_STATE_BYTES] = {0};
            size_t handles[BATCH_SIZE];
            bool begins[SETS] = {false};
            size_t count = 0;
            assert_true(cells->prepare(storage, bytes, BATCH_SIZE));
            cells->open(storage);
            for (unsigned h = 0; h < BATCH_SIZE; h++)
                assert_true(cells->allocate(storage, bytes, h, &handles[h]));
            for (unsigned h = 0; h < BATCH_SIZE; h++) {
                size_t set = (uintptr_t)cells->object(storage, bytes, handles[h]) / LINE_BYTES % SETS;
                count += !begins[set];
                begins[set] = true;
                assert_true(cells->deallocate(storage, bytes, handles[h]) == h);
            }
            assert_true(count > 8);
            cells->close(storage);
            cells->finish(storage, bytes);
        }
    }
}

static void an_arena_uses_memory_again_only_after_the_live_set(void **state)
{
    (void)state;
    enum { BYTES = 48, LIVE = 3, MOST = LIVE * RANDOM_STEPS_PER_OBJECT };
    const struct strategy_cells *cells = strategy_cells[TOUCH_word][STRATEGY_arena];
    alignas(16) unsigned char storage[STRATEGY_STATE_BYTES] = {0};
    assert_true(cells->prepare(storage, BYTES, LIVE));
    size_t first = 0, handle, previous = 0;
    for (int live_set = 0; live_set < 2; live_set++) {
        cells->open(storage);
        for (int i = 0; i < MOST; i++) {
            assert_true(cells->allocate(storage, BYTES, 9, &handle));
            assert_true(cells->deallocate(storage, BYTES, handle) == 9);
            if (i > 0)
                assert_true(handle == previous + BYTES);
            else if (live_set > 0)
                assert_true(handle == first);
            else
                first = handle;
            previous = handle;
        }
        assert_false(cells->allocate(storage, BYTES, 9, &handle)); // the block has an end
        cells->close(storage);
    }
    cells->finish(storage, BYTES);
}

#if RUST_HAS_CELLS
static void both_languages_have_the_same_structs_and_sizes(void **state)
{
    (void)state;
    assert_int_equal(rust_layout.context_bytes, sizeof(struct batch_context));
    assert_int_equal(rust_layout.cells_bytes, sizeof(struct strategy_cells));
    assert_int_equal(rust_layout.state_bytes, STRATEGY_STATE_BYTES);
    for (int z = 0; z < SIZE_COUNT; z++)
        assert_int_equal(rust_layout.object_bytes[z], object_sizes[z]);
}

// A worker that ends so is a failed process with its reason; nothing unwinds through C.
static void what_rust_cannot_do_ends_the_process_by_abort(void **state)
{
    (void)state;
    static const size_t absent_size = 9;
    int status;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        alignas(16) unsigned char storage[STRATEGY_STATE_BYTES] = {0};
        int quiet = open("/dev/null", O_WRONLY);
        if (quiet >= 0)
            dup2(quiet, STDERR_FILENO);
        strategy_cells[TOUCH_word][STRATEGY_rust_slab_warm]->prepare(storage, absent_size, BATCH_SIZE);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}
#endif

// What is compiled and what strategies.def says are two things, and the plan and the self-test believe the
// second.
static void the_table_says_which_cells_are_compiled(void **state)
{
    (void)state;
    unsigned there = 0, not_there = 0;
    for (int s = 0; s < STRATEGY_COUNT; s++) {
        for (int t = 0; t < TOUCH_COUNT; t++) {
            const struct strategy_cells *cells = strategy_cells[t][s];
            bool promised = !strategy_absence(&strategies[s]);
            assert_int_equal(cells != NULL, promised && strategy_has_touch(&strategies[s], (enum touch)t));
            for (int cell = 0; cells && cell < PATTERN_COUNT * SIZE_COUNT; cell++) {
                int pattern = cell / SIZE_COUNT, size = cell % SIZE_COUNT;
                const bool has_pattern = strategy_has_pattern(&strategies[s], (enum pattern_id)pattern);
                promised =
                    has_pattern && strategy_has_cell(&strategies[s], (enum touch)t, object_sizes[size]);
                assert_int_equal(cells->run[pattern][size] != NULL, promised);
                there += promised && pattern < SOLO_PATTERN_COUNT;
                not_there += !promised && has_pattern;
            }
        }
    }
    assert_true(there >= TOUCH_COUNT * 10 * SOLO_PATTERN_COUNT * SIZE_COUNT);
    assert_int_equal(not_there, STRATEGY_DELAY_COUNT * SOLO_PATTERN_COUNT * 8);
}

static void a_second_name_has_the_very_functions_of_box(void **state)
{
    (void)state;
    unsigned examined = 0;
    for (int s = 0; s < STRATEGY_COUNT; s++)
        for (int t = 0; t < TOUCH_COUNT && strategies[s].code == STRATEGY_CODE_BOX; t++, examined++)
            assert_ptr_equal(strategy_cells[t][s], strategy_cells[t][STRATEGY_box]);
    assert_int_equal(examined, 2 * TOUCH_COUNT);
    assert_int_equal(strategies[STRATEGY_box_twin].code, STRATEGY_CODE_BOX);
}

static void rows_say_what_a_strategy_can_be_asked_for(void **state)
{
    (void)state;
    static const struct {
        enum strategy_id strategy;
        enum touch touch;
        uint32_t bytes;
        bool expected;
    } cases[] = {
        {STRATEGY_box, TOUCH_read, 4096, true},          {STRATEGY_none, TOUCH_full, 4096, true},
        {STRATEGY_rust_box, TOUCH_word, 4096, true},     {STRATEGY_rust_box, TOUCH_none, 8, false},
        {STRATEGY_box_delayed_4, TOUCH_word, 256, true}, {STRATEGY_box_delayed_32, TOUCH_word, 384, false},
        {STRATEGY_box_delayed_32, TOUCH_full, 8, false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_int_equal(strategy_has_cell(&strategies[cases[i].strategy], cases[i].touch, cases[i].bytes),
                         cases[i].expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_that_is_not_held_reads_as_corrupt),
        cmocka_unit_test(a_pool_and_a_free_list_hand_out_again_what_was_returned_last),
        cmocka_unit_test(slabs_and_the_free_list_spread_large_objects_over_the_sets_of_a_cache),
        cmocka_unit_test(an_arena_uses_memory_again_only_after_the_live_set),
        cmocka_unit_test(every_cell_runs_its_batches_without_mismatch_for_every_touch),
        cmocka_unit_test(the_touch_says_what_is_written),
        cmocka_unit_test(a_changed_byte_is_found_where_the_touch_reads_it),
        cmocka_unit_test(objects_are_aligned_apart_and_keep_their_content),
        cmocka_unit_test(values_lie_as_close_as_their_tags_allow),
        cmocka_unit_test(the_table_says_which_cells_are_compiled),
        cmocka_unit_test(a_second_name_has_the_very_functions_of_box),
        cmocka_unit_test(rows_say_what_a_strategy_can_be_asked_for),
#if RUST_HAS_CELLS
        cmocka_unit_test(both_languages_have_the_same_structs_and_sizes),
        cmocka_unit_test(what_rust_cannot_do_ends_the_process_by_abort),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
