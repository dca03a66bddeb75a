// Each pattern does exactly what the README's pseudo-code says: its templates are instantiated with a
// strategy that writes down every step.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/random.h"
#include "strategies/unit.h"

enum { MAX_EVENTS = 100000, OPENED = 1000000, CLOSED, FREED = 2000000 };

// The log: OPENED, CLOSED, the number of an allocated object, or FREED plus the number of a freed one.
struct strategy_state {
    uint32_t *events;
    size_t event_count;
    uint32_t next_object;
    uint64_t *words;
    uint32_t allocations_left; // then out of memory
    uint32_t corrupted_object; // one bit of its word flips; 0: none
};

static void record(struct strategy_state *state, uint32_t event)
{
    assert_true(state->event_count < MAX_EVENTS);
    state->events[state->event_count++] = event;
}

static bool strategy_prepare(struct strategy_state *state, size_t object_bytes, uint32_t live_objects)
{
    (void)object_bytes, (void)live_objects;
    state->events = calloc(MAX_EVENTS, sizeof *state->events);
    state->words = calloc(MAX_EVENTS, sizeof *state->words);
    state->allocations_left = UINT32_MAX;
    return state->events && state->words;
}

static void strategy_finish(struct strategy_state *state, size_t object_bytes)
{
    (void)object_bytes;
    free(state->events);
    free(state->words);
}

ALWAYS_INLINE void strategy_open(struct strategy_state *state)
{
    record(state, OPENED);
}

ALWAYS_INLINE void strategy_close(struct strategy_state *state)
{
    record(state, CLOSED);
}

ALWAYS_INLINE bool strategy_allocate(struct strategy_state *state, size_t object_bytes, uint64_t word,
                                     size_t *ret_handle)
{
    (void)object_bytes;
    if (state->allocations_left-- == 0)
        return false;
    state->words[state->next_object] = word;
    record(state, state->next_object);
    *ret_handle = state->next_object++;
    return true;
}

ALWAYS_INLINE uint64_t strategy_deallocate(struct strategy_state *state, size_t object_bytes, size_t handle)
{
    (void)object_bytes;
    record(state, FREED + (uint32_t)handle);
    return state->words[handle] ^ (handle > 0 && handle == state->corrupted_object ? 4u : 0u);
}

ALWAYS_INLINE void *strategy_object(struct strategy_state *state, size_t object_bytes, size_t handle)
{
    (void)object_bytes;
    return &state->words[handle];
}

#define STRATEGY_NAME recorder
#include "strategies/instantiate.h"

enum { BATCHES = 3 };

struct fixture {
    struct strategy_state state;
    struct batch_context context;
    size_t handles[BATCH_SIZE];
    uint16_t steps[BATCHES * BATCH_SIZE * RANDOM_STEPS_PER_OBJECT];
};

static void fixture_init(struct fixture *fixture)
{
    memset(fixture, 0, sizeof *fixture);
    memset(fixture->handles, 0xff, sizeof fixture->handles);
    assert_true(strategy_prepare(&fixture->state, 8, BATCH_SIZE));
    struct random random;
    random_seed(&random, 7);
    for (size_t i = 0; i < COUNT_OF(fixture->steps); i++)
        fixture->steps[i] = (uint16_t)random_below(&random, BATCH_SIZE);
    fixture->context = (struct batch_context){.state = &fixture->state,
                                              .handles = fixture->handles,
                                              .steps = fixture->steps,
                                              .word = 99,
                                              .live_objects = BATCH_SIZE};
}

static void run(struct fixture *fixture, enum pattern_id pattern)
{
    strategy_cells_word_recorder.run[pattern][0](&fixture->context, BATCHES);
}

static void expect(const struct fixture *fixture, size_t *position, uint32_t event)
{
    assert_true(*position < fixture->state.event_count);
    assert_int_equal(fixture->state.events[*position], event);
    ++*position;
}

static void immediate_frees_each_object_at_once(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    run(&fixture, PATTERN_immediate);
    size_t position = 0;
    for (uint32_t object = 0; object < BATCHES * BATCH_SIZE; object++) {
        expect(&fixture, &position, OPENED);
        expect(&fixture, &position, object);
        expect(&fixture, &position, FREED + object);
        expect(&fixture, &position, CLOSED);
    }
    assert_int_equal(position, fixture.state.event_count);
    assert_true(fixture.context.mismatch == 0);
    strategy_finish(&fixture.state, 8);
}

static void lifo_and_fifo_free_a_batch_in_their_order(void **state)
{
    (void)state;
    const enum pattern_id ids[] = {PATTERN_lifo, PATTERN_fifo};
    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        struct fixture fixture;
        fixture_init(&fixture);
        run(&fixture, ids[i]);
        size_t position = 0;
        for (uint32_t batch = 0; batch < BATCHES; batch++) {
            expect(&fixture, &position, OPENED);
            for (uint32_t object = 0; object < BATCH_SIZE; object++)
                expect(&fixture, &position, batch * BATCH_SIZE + object);
            for (uint32_t object = 0; object < BATCH_SIZE; object++)
                expect(&fixture, &position,
                       FREED + batch * BATCH_SIZE +
                           (ids[i] == PATTERN_lifo ? BATCH_SIZE - 1 - object : object));
            expect(&fixture, &position, CLOSED);
        }
        assert_int_equal(position, fixture.state.event_count);
        assert_true(fixture.context.mismatch == 0);
        strategy_finish(&fixture.state, 8);
    }
}

// The README's pseudo-code, step by step, on the same stream of slots.
static void random_fills_empty_slots_and_empties_filled_ones(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    run(&fixture, PATTERN_random);
    size_t position = 0;
    uint32_t next_object = 0;
    const uint16_t *step = fixture.steps;
    for (int batch = 0; batch < BATCHES; batch++) {
        int64_t slots[BATCH_SIZE];
        memset(slots, 0xff, sizeof slots);
        expect(&fixture, &position, OPENED);
        for (int i = 0; i < BATCH_SIZE * 2; i++) {
            int64_t *slot = &slots[*step++];
            if (*slot >= 0) {
                expect(&fixture, &position, FREED + (uint32_t)*slot);
                *slot = -1;
            } else {
                *slot = next_object;
                expect(&fixture, &position, next_object++);
            }
        }
        for (int i = 0; i < BATCH_SIZE; i++)
            if (slots[i] >= 0)
                expect(&fixture, &position, FREED + (uint32_t)slots[i]);
        expect(&fixture, &position, CLOSED);
    }
    assert_int_equal(position, fixture.state.event_count);
    assert_true(fixture.context.mismatch == 0);
    assert_true(fixture.context.steps == fixture.steps + COUNT_OF(fixture.steps));
    for (int i = 0; i < BATCH_SIZE; i++)
        assert_true(fixture.handles[i] == HANDLE_NONE);
    strategy_finish(&fixture.state, 8);
}

static void every_pattern_stops_and_frees_when_memory_runs_out(void **state)
{
    (void)state;
    for (int pattern = 0; pattern < SOLO_PATTERN_COUNT; pattern++) {
        struct fixture fixture;
        fixture_init(&fixture);
        fixture.state.allocations_left = 30;
        run(&fixture, (enum pattern_id)pattern);
        assert_true(fixture.context.out_of_memory);
        assert_int_equal(fixture.state.next_object, 30);
        unsigned freed = 0;
        for (size_t i = 0; i < fixture.state.event_count; i++)
            freed += fixture.state.events[i] >= FREED;
        assert_int_equal(freed, 30);
        assert_int_equal(fixture.state.events[fixture.state.event_count - 1], CLOSED);
        strategy_finish(&fixture.state, 8);
    }
}

static void a_word_that_reads_back_differently_is_a_mismatch(void **state)
{
    (void)state;
    for (int pattern = 0; pattern < SOLO_PATTERN_COUNT; pattern++) {
        struct fixture fixture;
        fixture_init(&fixture);
        fixture.state.corrupted_object = 17;
        run(&fixture, (enum pattern_id)pattern);
        assert_true(fixture.context.mismatch == 4);
        strategy_finish(&fixture.state, 8);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(immediate_frees_each_object_at_once),
        cmocka_unit_test(lifo_and_fifo_free_a_batch_in_their_order),
        cmocka_unit_test(random_fills_empty_slots_and_empties_filled_ones),
        cmocka_unit_test(every_pattern_stops_and_frees_when_memory_runs_out),
        cmocka_unit_test(a_word_that_reads_back_differently_is_a_mismatch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
