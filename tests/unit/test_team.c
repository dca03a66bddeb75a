// The worker's trials with several threads: all objects are there and hold what was written to them, whoever
// frees them; what each thread took is told; and a strategy that is not made for threads is found out. The
// strategies are compiled for one size and the touch that reads everything (CMakeLists.txt), so that all of
// this can be compiled once more for ThreadSanitizer.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "base/cleanup.h"
#include "worker/private.h"

enum { OBJECT_BYTES = 64, TRIALS = 3, BATCHES = 30, MOST_THREADS = 4, LIVE_OBJECTS = 50 };

extern const struct strategy_cells strategy_cells_read_box, strategy_cells_read_slab_owner,
    strategy_cells_read_slab_locked, strategy_cells_read_slab_sharded, strategy_cells_read_none,
    strategy_cells_read_given_twice;

static const struct {
    enum strategy_id id;
    const struct strategy_cells *cells;
} made_for_threads[] = {
    {STRATEGY_box, &strategy_cells_read_box},
    {STRATEGY_slab_owner, &strategy_cells_read_slab_owner},
    {STRATEGY_slab_locked, &strategy_cells_read_slab_locked},
    {STRATEGY_slab_sharded, &strategy_cells_read_slab_sharded},
};

// What came back.
struct received {
    size_t setups, trials;
    struct wire_setup setup;
    struct trial last;
    double thread_ns[MOST_THREADS];
    size_t thread_values;
};

static void take_setup(void *received_, const struct wire_setup *setup)
{
    struct received *received = received_;
    received->setups++;
    received->setup = *setup;
}

static void take_trial(void *received_, const struct trial *trial)
{
    struct received *received = received_;
    received->trials++;
    received->last = *trial;
}

static void take_value(void *received_, const struct measured_value *value)
{
    struct received *received = received_;
    assert_int_equal(value->metric, MEASURED_trials_thread_ns);
    assert_true(value->index < MOST_THREADS);
    received->thread_ns[value->index] = value->value;
    received->thread_values++;
}

static struct wire_end run(enum strategy_id id, const struct strategy_cells *cells, enum pattern_id pattern,
                           uint32_t threads, struct received *ret_received)
{
    const struct wire_request request = {.batches = BATCHES,
                                         .warmup_batches = 5,
                                         .trials = TRIALS,
                                         .cpu = -1,
                                         .seed = 7,
                                         .ns_per_tick = 1,
                                         .limits = GATE_LIMITS_NONE,
                                         .kind = MEASUREMENT_trials};
    struct measurement measurement = {
        .request = &request,
        .cell = {.strategy = id,
                 .pattern = pattern,
                 .size_bytes = OBJECT_BYTES,
                 .live_objects = LIVE_OBJECTS,
                 .touch = TOUCH_read,
                 .threads = threads},
        .strategy = cells,
        .floor = &strategy_cells_read_none,
        .size_index = size_index(OBJECT_BYTES),
        .clock = {.kind = CLOCK_KIND_MONOTONIC_RAW, .ns_per_tick = 1},
        .context = ret_received,
        .send_setup = take_setup,
        .send_trial = take_trial,
        .send_value = take_value,
    };
    *ret_received = (struct received){0};
    team_find_cpus(&measurement.cpus, -1);
    return measure(&measurement);
}

static void assert_complete(const struct received *received, enum pattern_id pattern, uint32_t threads)
{
    const uint64_t objects = (uint64_t)pattern_allocating_threads(pattern, threads) * BATCHES * LIVE_OBJECTS;
    assert_int_equal(received->setups, 1);
    assert_true(received->trials >= TRIALS); // a trial that the machine stood still in is repeated
    assert_true(received->setup.floor_ns > 0 && received->setup.cold_start_ns > 0);
    if (pattern == PATTERN_random)
        assert_in_range(received->last.objects, objects, 2 * objects);
    else
        assert_int_equal(received->last.objects, objects);
    assert_true(received->last.latency_ns > 0 && received->last.latency_ns <= received->last.total_ns);
    assert_int_equal(received->thread_values, threads > 1 ? threads : 0);
    for (uint32_t i = 0; i < threads && threads > 1; i++)
        assert_true(received->thread_ns[i] > 0);
}

static void objects_are_whole_whichever_thread_frees_them(void **state)
{
    (void)state;
    static const uint32_t thread_counts[] = {1, 2, 3, MOST_THREADS};
    unsigned examined = 0;
    for (size_t s = 0; s < COUNT_OF(made_for_threads); s++)
        for (int pattern = 0; pattern < PATTERN_COUNT; pattern++)
            for (size_t t = 0; t < COUNT_OF(thread_counts); t++) {
                struct received received;
                if (!pattern_fits_threads((enum pattern_id)pattern, thread_counts[t]))
                    continue;
                struct wire_end end = run(made_for_threads[s].id, made_for_threads[s].cells,
                                          (enum pattern_id)pattern, thread_counts[t], &received);
                if (end.outcome != OUTCOME_OK)
                    fail_msg("%s, %s, %u threads: %s", strategies[made_for_threads[s].id].name,
                             patterns[pattern].name, thread_counts[t], end.reason);
                assert_complete(&received, (enum pattern_id)pattern, thread_counts[t]);
                examined++;
            }
    assert_int_equal(examined, COUNT_OF(made_for_threads) * (4 * SOLO_PATTERN_COUNT + 2 + 3));
}

// Each thread's objects are counted once, and the same seed gives the same ones.
static void threads_have_streams_of_their_own_that_a_seed_repeats(void **state)
{
    (void)state;
    struct received once, again, alone;
    run(STRATEGY_box, &strategy_cells_read_box, PATTERN_random, 2, &once);
    run(STRATEGY_box, &strategy_cells_read_box, PATTERN_random, 2, &again);
    run(STRATEGY_box, &strategy_cells_read_box, PATTERN_random, 1, &alone);
    if (once.trials != again.trials || once.trials != alone.trials)
        skip(); // the machine stood still in one of them, and a trial more was drawn
    assert_true(once.last.objects == again.last.objects);
    assert_true(once.last.objects != 2 * alone.last.objects);
}

// The decoy is right for one thread. Of several each place is given to two objects, which live at once in
// these patterns.
static void a_strategy_that_gives_objects_twice_fails_as_corrupt(void **state)
{
    (void)state;
    static const enum pattern_id with_many_live[] = {PATTERN_lifo, PATTERN_fifo, PATTERN_random,
                                                     PATTERN_exchange};
    struct received received;
    struct wire_end end =
        run(STRATEGY_slab_locked, &strategy_cells_read_given_twice, PATTERN_lifo, 1, &received);
    assert_int_equal(end.outcome, OUTCOME_OK);
    for (size_t i = 0; i < COUNT_OF(with_many_live); i++) {
        end = run(STRATEGY_slab_locked, &strategy_cells_read_given_twice, with_many_live[i], MOST_THREADS,
                  &received);
        assert_int_equal(end.outcome, OUTCOME_CORRUPT);
        assert_int_equal(received.trials, 0); // no number
    }
}

static void cpus_are_distinct_and_the_first_one_is_as_wanted(void **state)
{
    (void)state;
    struct team_cpus cpus;
    team_find_cpus(&cpus, -1);
    assert_true(cpus.count > 0);
    const uint32_t last = cpus.cpus[cpus.count - 1], count = cpus.count;
    team_find_cpus(&cpus, (int32_t)last);
    assert_int_equal(cpus.count, count);
    assert_int_equal(cpus.cpus[0], last);
    for (uint32_t i = 0; i < cpus.count; i++)
        for (uint32_t k = 0; k < i; k++)
            assert_true(cpus.cpus[i] != cpus.cpus[k]);
}

static void a_cpu_that_is_not_there_is_said_and_nothing_is_measured(void **state)
{
    (void)state;
    struct received received = {0};
    const struct wire_request request = {
        .batches = BATCHES, .trials = 1, .ns_per_tick = 1, .limits = GATE_LIMITS_NONE};
    const struct measurement measurement = {
        .request = &request,
        .cell = {.size_bytes = OBJECT_BYTES, .live_objects = LIVE_OBJECTS, .threads = 2},
        .strategy = &strategy_cells_read_box,
        .floor = &strategy_cells_read_none,
        .size_index = size_index(OBJECT_BYTES),
        .cpus = {.count = 1, .cpus = {8191}},
        .context = &received,
        .send_setup = take_setup,
    };
    struct wire_end end = measure(&measurement);
    assert_int_equal(end.outcome, OUTCOME_SKIPPED);
    assert_non_null(strstr(end.reason, "8191"));
    assert_int_equal(received.setups, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_are_whole_whichever_thread_frees_them),
        cmocka_unit_test(threads_have_streams_of_their_own_that_a_seed_repeats),
        cmocka_unit_test(a_strategy_that_gives_objects_twice_fails_as_corrupt),
        cmocka_unit_test(cpus_are_distinct_and_the_first_one_is_as_wanted),
        cmocka_unit_test(a_cpu_that_is_not_there_is_said_and_nothing_is_measured),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
