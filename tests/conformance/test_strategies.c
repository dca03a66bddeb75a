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

static bool is_measured(int strategy, int touch)
{
    const struct strategy_cells *cells = strategy_cells[touch][strategy];
    return strategy != STRATEGY_none && cells->prepare && !cells->same_as;
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
            for (int p = 0; p < PATTERN_COUNT && is_measured(s, t); p++)
                for (int z = 0; z < SIZE_COUNT; z++, examined++)
                    check_cell((enum touch)t, s, p, z);
    assert_true(examined >= TOUCH_COUNT * 3 * PATTERN_COUNT * SIZE_COUNT);
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
    for (size_t i = 0; i < COUNT_OF(reusing) && is_measured(reusing[i], TOUCH_word); i++) {
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

static void strategies_in_rust_are_there_as_the_table_says(void **state)
{
    (void)state;
    unsigned examined = 0;
    for (int s = 0; s < STRATEGY_COUNT; s++) {
        for (int t = 0; t < TOUCH_COUNT && strategy_is_rust(&strategies[s]); t++, examined++) {
            bool promised = t == TOUCH_word && !strategy_absence(&strategies[s]);
            assert_int_equal(strategy_cells[t][s]->prepare != NULL, promised);
        }
    }
    assert_int_equal(examined, 5 * TOUCH_COUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_that_is_not_held_reads_as_corrupt),
        cmocka_unit_test(a_pool_and_a_free_list_hand_out_again_what_was_returned_last),
        cmocka_unit_test(an_arena_uses_memory_again_only_after_the_live_set),
        cmocka_unit_test(every_cell_runs_its_batches_without_mismatch_for_every_touch),
        cmocka_unit_test(the_touch_says_what_is_written),
        cmocka_unit_test(a_changed_byte_is_found_where_the_touch_reads_it),
        cmocka_unit_test(objects_are_aligned_apart_and_keep_their_content),
        cmocka_unit_test(strategies_in_rust_are_there_as_the_table_says),
#if RUST_HAS_CELLS
        cmocka_unit_test(both_languages_have_the_same_structs_and_sizes),
        cmocka_unit_test(what_rust_cannot_do_ends_the_process_by_abort),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
