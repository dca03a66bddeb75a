// Every row of strategies.def keeps the promises of strategies/unit.h, for every pattern and size: objects
// aligned, apart from each other, keeping their content, all of them freed (the leak checker watches).
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/random.h"
#include "strategies/cells.h"

enum { BATCHES = 5 };

static bool is_measured(int strategy)
{
    return strategies[strategy].role != STRATEGY_ROLE_HARNESS && strategy_cells[strategy] &&
           !strategy_cells[strategy]->same_as;
}

static void every_cell_runs_its_batches_without_mismatch(void **state)
{
    (void)state;
    unsigned examined = 0;
    for (int s = 0; s < STRATEGY_COUNT; s++) {
        for (int p = 0; p < PATTERN_COUNT && is_measured(s); p++) {
            for (int z = 0; z < SIZE_COUNT; z++) {
                alignas(16) unsigned char storage[STRATEGY_STATE_BYTES] = {0};
                size_t handles[BATCH_SIZE];
                static uint16_t steps[BATCHES * BATCH_SIZE * RANDOM_STEPS_PER_OBJECT];
                struct random random;
                random_seed(&random, (uint64_t)z);
                memset(handles, 0xff, sizeof handles);
                for (size_t i = 0; i < COUNT_OF(steps); i++)
                    steps[i] = (uint16_t)random_below(&random, BATCH_SIZE);
                struct batch_context context = {.state = storage,
                                                .handles = handles,
                                                .steps = steps,
                                                .word = 5,
                                                .live_objects = BATCH_SIZE};
                assert_true(strategy_cells[s]->prepare(storage, object_sizes[z], BATCH_SIZE));
                strategy_cells[s]->run[p][z](&context, BATCHES);
                strategy_cells[s]->finish(storage, object_sizes[z]);
                assert_true(context.mismatch == 0);
                assert_false(context.out_of_memory);
                assert_true(context.word == 5 + BATCHES * BATCH_SIZE);
                examined++;
            }
        }
    }
    assert_true(examined >= 3 * PATTERN_COUNT * SIZE_COUNT);
}

static void objects_are_aligned_apart_and_keep_their_content(void **state)
{
    (void)state;
    unsigned examined = 0;
    for (int s = 0; s < STRATEGY_COUNT; s++) {
        for (int z = 0; z < SIZE_COUNT && is_measured(s); z++) {
            const struct strategy_cells *cells = strategy_cells[s];
            const size_t bytes = object_sizes[z];
            // The alignment that an object of this size can need in C: its largest power-of-two divisor, at
            // most 16.
            const size_t alignment = bytes % 16 == 0 ? 16 : bytes % 8 == 0 ? 8 : 4;
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cell_runs_its_batches_without_mismatch),
        cmocka_unit_test(objects_are_aligned_apart_and_keep_their_content),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
