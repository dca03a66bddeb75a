// Every row of strategies.def can be traversed, before and after its trials; and what goes wrong in a
// traversal is told.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "strategies/cells.h"
#include "test_batches.h"
#include "worker/live_set.h"

enum { PASSES = 4 };

static const struct clock test_clock = {.kind = CLOCK_KIND_MONOTONIC_RAW, .ns_per_tick = 1};

// Not a second name, and in this build with code for this touch.
static bool is_measured(const struct strategy_cells *cells, int strategy)
{
    return cells && strategies[strategy].code != STRATEGY_CODE_BOX &&
           strategies[strategy].role != STRATEGY_ROLE_HARNESS;
}

static enum traverse_result traverse_cells(const struct strategy_cells *cells, void *state, size_t bytes,
                                           uint32_t live_objects, bool scattered, bool written)
{
    struct random random;
    random_seed(&random, bytes + live_objects);
    uint64_t elapsed_ns = 0;
    return traverse(&(struct traverse_task){.strategy = cells,
                                            .state = state,
                                            .object_bytes = bytes,
                                            .live_objects = live_objects,
                                            .passes = PASSES,
                                            .scattered = scattered,
                                            .words_are_written = written,
                                            .random = &random,
                                            .clock = &test_clock},
                    &elapsed_ns);
}

// As in a process: fresh, then the pattern's batches, then aged.
static void check_cell(enum touch touch, int strategy, int pattern, int size)
{
    const struct strategy_cells *cells = strategy_cells[touch][strategy];
    const size_t bytes = object_sizes[size];
    struct test_batches batches;
    test_batches_init(&batches, (uint64_t)size);
    assert_true(cells->prepare(batches.storage, bytes, BATCH_SIZE));
    assert_int_equal(traverse_cells(cells, batches.storage, bytes, BATCH_SIZE, false, touch != TOUCH_none),
                     TRAVERSE_DONE);
    cells->run[pattern][size](&batches.context, TEST_BATCHES);
    assert_int_equal(traverse_cells(cells, batches.storage, bytes, BATCH_SIZE, true, touch != TOUCH_none),
                     TRAVERSE_DONE);
    cells->finish(batches.storage, bytes); // the leak checker sees what was not freed
    assert_true(batches.context.mismatch == 0 && !batches.context.out_of_memory);
}

static void every_cell_is_traversed_fresh_and_aged(void **state)
{
    (void)state;
    unsigned examined = 0;
    for (int t = 0; t < TOUCH_COUNT; t++)
        for (int s = 0; s < STRATEGY_COUNT; s++) {
            const struct strategy_cells *cells = strategy_cells[t][s];
            if (!is_measured(cells, s))
                continue;
            for (int p = 0; p < SOLO_PATTERN_COUNT; p++)
                for (int z = 0; z < SIZE_COUNT; z++, examined++)
                    check_cell((enum touch)t, s, p, z);
        }
    assert_true(examined >= TOUCH_COUNT * 3 * SOLO_PATTERN_COUNT * SIZE_COUNT);
}

static void any_number_of_live_objects_is_traversed(void **state)
{
    (void)state;
    static const uint32_t numbers[] = {1, 2, 10, 1000, 50000};
    for (size_t i = 0; i < COUNT_OF(numbers); i++)
        for (int s = 0; s < STRATEGY_COUNT; s++) {
            const struct strategy_cells *cells = strategy_cells[TOUCH_word][s];
            if (!is_measured(cells, s))
                continue;
            alignas(16) unsigned char storage[STRATEGY_STATE_BYTES] = {0};
            assert_true(cells->prepare(storage, 24, numbers[i]));
            assert_int_equal(traverse_cells(cells, storage, 24, numbers[i], false, true), TRAVERSE_DONE);
            assert_int_equal(traverse_cells(cells, storage, 24, numbers[i], true, true), TRAVERSE_DONE);
            cells->finish(storage, 24);
        }
}

// ---- a strategy that is watched: its handles are indices into `words` ----

enum { WATCHED = 64, MAX_HANDLES = WATCHED * RANDOM_STEPS_PER_OBJECT };

static struct {
    uint64_t words[MAX_HANDLES];
    bool lives[MAX_HANDLES];
    size_t handed_out, living, max_living, freed;
    size_t looked_up[WATCHED], looked_up_count; // in the order of the calls
    size_t refuse_from;                         // the allocation that gets nothing
    bool corrupt_reading, corrupt_freeing, open;
} watched;

static void watched_open(void *state)
{
    (void)state;
    assert_false(watched.open);
    watched.open = true;
}

static void watched_close(void *state)
{
    (void)state;
    assert_true(watched.open && watched.living == 0);
    watched.open = false;
}

static bool watched_allocate(void *state, size_t object_bytes, uint64_t word, size_t *ret_handle)
{
    (void)state, (void)object_bytes;
    assert_true(watched.open);
    if (watched.handed_out == watched.refuse_from)
        return false;
    assert_true(watched.handed_out < MAX_HANDLES);
    watched.words[watched.handed_out] = word;
    watched.lives[watched.handed_out] = true;
    if (++watched.living > watched.max_living)
        watched.max_living = watched.living;
    *ret_handle = watched.handed_out++;
    return true;
}

static uint64_t watched_deallocate(void *state, size_t object_bytes, size_t handle)
{
    (void)state, (void)object_bytes;
    assert_true(watched.open && watched.lives[handle]);
    watched.lives[handle] = false;
    watched.living--;
    watched.freed++;
    return watched.words[handle] ^ watched.corrupt_freeing;
}

static void *watched_object(void *state, size_t object_bytes, size_t handle)
{
    (void)state, (void)object_bytes;
    static uint64_t wrong = 1;
    assert_true(watched.lives[handle] && watched.living == WATCHED && watched.looked_up_count < WATCHED);
    watched.looked_up[watched.looked_up_count++] = handle;
    return watched.corrupt_reading && handle % 7 == 0 ? &wrong : &watched.words[handle];
}

static const struct strategy_cells watched_cells = {.open = watched_open,
                                                    .close = watched_close,
                                                    .allocate = watched_allocate,
                                                    .deallocate = watched_deallocate,
                                                    .object = watched_object};

static enum traverse_result traverse_watched(bool scattered)
{
    watched.handed_out = watched.living = watched.max_living = watched.freed = watched.looked_up_count = 0;
    return traverse_cells(&watched_cells, NULL, 8, WATCHED, scattered, true);
}

static void objects_are_read_in_the_order_of_allocation_and_all_are_freed(void **state)
{
    (void)state;
    memset(&watched, 0, sizeof watched);
    watched.refuse_from = SIZE_MAX;
    for (int scattered = 0; scattered <= 1; scattered++) {
        assert_int_equal(traverse_watched(scattered), TRAVERSE_DONE);
        assert_int_equal(watched.looked_up_count, WATCHED);
        for (size_t i = 1; i < WATCHED; i++)
            assert_true(watched.looked_up[i] > watched.looked_up[i - 1]);
        assert_int_equal(watched.max_living, WATCHED);
        assert_int_equal(watched.living, 0);
        assert_int_equal(watched.freed, watched.handed_out);
        if (scattered) // some objects came and went before
            assert_in_range(watched.handed_out, WATCHED + WATCHED / 8, MAX_HANDLES);
        else
            assert_int_equal(watched.handed_out, WATCHED);
    }
}

static void what_goes_wrong_is_told_and_everything_is_freed(void **state)
{
    (void)state;
    for (int scattered = 0; scattered <= 1; scattered++) {
        memset(&watched, 0, sizeof watched);
        static const size_t refusals[] = {0, 1, WATCHED / 3, WATCHED - 1};
        for (size_t i = 0; i < COUNT_OF(refusals); i++) {
            watched.refuse_from = refusals[i];
            assert_int_equal(traverse_watched(scattered), TRAVERSE_NO_MEMORY);
            assert_int_equal(watched.living, 0);
            assert_int_equal(watched.freed, refusals[i]);
        }
        watched.refuse_from = SIZE_MAX;
        watched.corrupt_freeing = true;
        assert_int_equal(traverse_watched(scattered), TRAVERSE_CORRUPT);
        watched.corrupt_freeing = false;
        watched.corrupt_reading = true;
        assert_int_equal(traverse_watched(scattered), TRAVERSE_CORRUPT);
        assert_int_equal(watched.living, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cell_is_traversed_fresh_and_aged),
        cmocka_unit_test(any_number_of_live_objects_is_traversed),
        cmocka_unit_test(objects_are_read_in_the_order_of_allocation_and_all_are_freed),
        cmocka_unit_test(what_goes_wrong_is_told_and_everything_is_freed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
