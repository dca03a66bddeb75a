// The harness allocates nothing, and the optimiser removes nothing: for every cell, the calls of malloc,
// realloc and free that a worker makes are exactly those of its batches. On the heap that is named on the
// command line (none: the C library's own) they are the same as on the C library's.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "count_calls.h"
#include "heap_under_test.h"
#include "litter/litter.h"
#include "os/os.h"
#include "plan/plan.h"
#include "runner/collect.h"
#include "runner/signals.h"
#include "runner/spawn.h"
#include "wire/gate.h"

enum { BATCHES = 40, WARMUP_BATCHES = 7, COLD_BATCHES = 1 };

static struct heap_under_test heap_under_test;
static struct call_counts *shared_counts;
static char counts_path[] = "/tmp/memalloc-bench-counts-XXXXXX";

static int map_counts(void **state)
{
    (void)state;
    int descriptor = mkstemp(counts_path);
    if (descriptor < 0 || ftruncate(descriptor, sizeof *shared_counts) != 0)
        return -1;
    shared_counts = mmap(NULL, sizeof *shared_counts, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    close(descriptor);
    setenv("COUNT_CALLS_FILE", counts_path, 1);
    unsetenv("LD_PRELOAD");
    return shared_counts == MAP_FAILED ? -1 : 0;
}

static int unmap_counts(void **state)
{
    (void)state;
    munmap(shared_counts, sizeof *shared_counts);
    return unlink(counts_path);
}

// The counter did not only count: it passed the calls on to that heap.
static void assert_served(const struct heap_under_test *heap)
{
    char c_library[sizeof shared_counts->passed_to];
    assert_true(os_describe_address(os_find_function("getppid"), c_library, sizeof c_library));
    const char *expected = *heap->library ? heap->library : c_library;
    if (!same_file(shared_counts->passed_to, expected))
        fail_msg("calls were passed on to '%s' instead of %s", shared_counts->passed_to, expected);
}

// What is requested beyond the trials.
struct extra {
    uint32_t batches;
    uint32_t after_trials; // kinds of measurement, a bit each
    bool traverse_alone;   // in place of the trials
    uint64_t litter_bytes;
};

// What one process of so many trials calls, and how many objects and rows its trials had: more rows than
// trials if the process stood still in one, which the worker then repeats.
static struct call_counts count_process(const struct heap_under_test *heap, const struct cell *cell,
                                        uint32_t trials, struct extra extra, uint64_t *ret_objects,
                                        size_t *ret_rows)
{
    struct trial storage[3 * (1 + GATE_MAX_REPETITIONS)]; // the probe's limit is set out of reach
    struct process_record record = {.trials = storage};
    struct wire_request request = {.batches = BATCHES,
                                   .warmup_batches = WARMUP_BATCHES,
                                   .trials = trials ? trials : 1,
                                   .cpu = -1,
                                   .seed = 42,
                                   .ns_per_tick = 1,
                                   .limits = GATE_LIMITS_NONE,
                                   .extra_batches = extra.batches,
                                   .kind = extra.traverse_alone ? MEASUREMENT_traverse : MEASUREMENT_trials,
                                   .after_trials = extra.after_trials,
                                   .litter_bytes = extra.litter_bytes};
    cell_format(cell, request.cell);
    memset(shared_counts, 0, sizeof *shared_counts);
    char libraries[HEAP_FILE_BYTES + 64];
    snprintf(libraries, sizeof libraries, "%s%s%s", getenv("COUNT_CALLS"), *heap->library ? ":" : "",
             heap->library);
    const struct spawn_environment environment = {
        .padding = 17, .library = libraries, .tunables = heap->tunables};
    struct child child;
    assert_int_equal(spawn_worker(getenv("WORKER"), &request, &environment, &child), 0);
    uint64_t stood_ns = 0;
    struct collection collection = {.record = &record,
                                    .trials_planned = trials,
                                    .kinds = MEASUREMENT_BIT(MEASUREMENT_traverse),
                                    .deadline_seconds = 60,
                                    .stood_ns = &stood_ns,
                                    .heap_name = heap->name,
                                    .environment = &environment};
    assert_true(collect(&child, &collection));
    if (record.outcome != OUTCOME_OK)
        fail_msg("%s: %s: %s", request.cell, outcome_name(record.outcome), record.reason);
    assert_served(heap);
    measured_values_release(&record.values);
    *ret_objects = 0;
    *ret_rows = record.trial_count;
    for (size_t i = 0; i < record.trial_count; i++)
        *ret_objects += storage[i].objects;
    return *shared_counts;
}

// The same for a process that repeated nothing: what two processes call can only be compared if both did the
// same work, and a machine may stop any of them for a while.
static struct call_counts count_on(const struct heap_under_test *heap, const struct cell *cell,
                                   uint32_t trials, struct extra extra, uint64_t *ret_objects)
{
    enum { MAX_ATTEMPTS = 20 };
    for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
        size_t rows;
        struct call_counts calls = count_process(heap, cell, trials, extra, ret_objects, &rows);
        if (rows == trials)
            return calls;
    }
    fail_msg("%d processes in a row stood still", (int)MAX_ATTEMPTS);
    return (struct call_counts){0};
}

static struct call_counts count(const struct cell *cell, uint32_t trials, uint64_t *ret_objects)
{
    return count_on(&heap_under_test, cell, trials, (struct extra){0}, ret_objects);
}

static void assert_counts(const struct cell *cell, const char *what, uint64_t found, uint64_t expected)
{
    if (found != expected)
        fail_msg("%s %s %u: %llu calls of %s instead of %llu", strategies[cell->strategy].name,
                 patterns[cell->pattern].name, cell->size_bytes, (unsigned long long)found, what,
                 (unsigned long long)expected);
}

// slab_cold grows from nothing: 4, 16, 64, 128 for 100 objects, the first by malloc. In the random pattern
// the most that live at once decide; it is never so few that 64 are not reached.
static void check_cold_slab(const struct cell *cell, const struct call_counts *calls, uint64_t live_sets)
{
    assert_counts(cell, "malloc", calls->mallocs, live_sets);
    assert_counts(cell, "free", calls->frees, live_sets);
    if (cell->pattern == PATTERN_immediate)
        assert_counts(cell, "realloc", calls->reallocs, 0);
    else if (cell->pattern != PATTERN_random)
        assert_counts(cell, "realloc", calls->reallocs, 3 * live_sets);
    else
        assert_in_range(calls->reallocs, 2 * live_sets, 3 * live_sets);
}

// rust_slab_cold: its vector begins with 4 entries, with 1 where an entry is larger than 1 KiB.
static void check_cold_rust_slab(const struct cell *cell, const struct call_counts *calls, uint64_t live_sets)
{
    uint64_t growths = cell->size_bytes < 1024 ? 5 : 7;
    assert_counts(cell, "malloc", calls->mallocs, live_sets);
    assert_counts(cell, "free", calls->frees, live_sets);
    if (cell->pattern == PATTERN_immediate)
        assert_counts(cell, "realloc", calls->reallocs, 0);
    else if (cell->pattern != PATTERN_random)
        assert_counts(cell, "realloc", calls->reallocs, growths * live_sets);
    else
        assert_in_range(calls->reallocs, (growths - 1) * live_sets, growths * live_sets);
}

// bufpool_cold: the list of buffers grows as a cold slab does, and each buffer is a malloc and a free. In the
// random pattern a batch needs as many buffers as live at most at once: more than 32, for the list's growth.
static void check_cold_pool(const struct cell *cell, const struct call_counts *calls, uint64_t live_sets)
{
    assert_counts(cell, "free", calls->frees, calls->mallocs);
    if (cell->pattern == PATTERN_immediate) {
        assert_counts(cell, "malloc", calls->mallocs, 2 * live_sets);
        assert_counts(cell, "realloc", calls->reallocs, 0);
    } else if (cell->pattern != PATTERN_random) {
        assert_counts(cell, "malloc", calls->mallocs, (BATCH_SIZE + 1) * live_sets);
        assert_counts(cell, "realloc", calls->reallocs, 5 * live_sets);
    } else {
        assert_in_range(calls->mallocs, (32 + 1) * live_sets, (BATCH_SIZE + 1) * live_sets);
        assert_in_range(calls->reallocs, 4 * live_sets, 5 * live_sets);
    }
}

// An object that is moved is copied once on its way in and once on its way out, in C and in Rust; one that is
// built in place not at all. What a compiler does with a value that nobody looks at is its own affair.
static void check_copies(const struct cell *cell, uint64_t copies, uint64_t objects)
{
    switch (cell->strategy) {
    case STRATEGY_rust_slab_cold:
    case STRATEGY_rust_slab_warm:
        return;
    case STRATEGY_slab_byvalue_cold:
    case STRATEGY_slab_byvalue_warm:
    case STRATEGY_rust_slab_byvalue_cold:
    case STRATEGY_rust_slab_byvalue_warm:
        assert_counts(cell, "memcpy", copies, cell->size_bytes > LARGE_COPY_BYTES ? 2 * objects : 0);
        return;
    default:
        assert_counts(cell, "memcpy", copies, 0);
    }
}

// Exactly the expected calls in `trials` trials of a process, found as the difference of two processes.
static void check_trials(const struct cell *cell, const struct call_counts *calls, uint64_t batches,
                         uint64_t objects)
{
    uint64_t live_sets = cell->pattern == PATTERN_immediate ? batches * BATCH_SIZE : batches;
    assert_counts(cell, "calloc", calls->others, 0);
    check_copies(cell, calls->large_copies, objects);
    switch (cell->strategy) {
    case STRATEGY_box:
    case STRATEGY_box_twin:
    case STRATEGY_rust_box:
        assert_counts(cell, "malloc", calls->mallocs, objects);
        assert_counts(cell, "free", calls->frees, objects);
        assert_counts(cell, "realloc", calls->reallocs, 0);
        break;
    case STRATEGY_slab_cold:
    case STRATEGY_slab_byvalue_cold:
        check_cold_slab(cell, calls, live_sets);
        break;
    case STRATEGY_rust_slab_cold:
    case STRATEGY_rust_slab_byvalue_cold:
        check_cold_rust_slab(cell, calls, live_sets);
        break;
    case STRATEGY_bufpool_cold:
        check_cold_pool(cell, calls, live_sets);
        break;
    case STRATEGY_anchor:   // its memory is mapped
    case STRATEGY_freelist: // its first chunk, taken before the first trial, holds a batch
    case STRATEGY_arena:
    case STRATEGY_bufpool_warm:
    case STRATEGY_slab_byvalue_warm:
    case STRATEGY_rust_slab_warm:
    case STRATEGY_rust_slab_byvalue_warm:
    case STRATEGY_slab_warm:
    case STRATEGY_slab_owner:
    case STRATEGY_slab_locked:
    case STRATEGY_slab_sharded:
        assert_counts(cell, "malloc", calls->mallocs, 0);
        assert_counts(cell, "free", calls->frees, 0);
        assert_counts(cell, "realloc", calls->reallocs, 0);
        break;
    default:
        fail_msg("no expectation for %s: add its row here", strategies[cell->strategy].name);
    }
}

// What the self-test plants: exactly so many batches more, of which the trial's objects say nothing.
static void planted_batches_are_run_and_not_counted(void **state)
{
    (void)state;
    enum { EXTRA = 3 };
    for (int p = 0; p < SOLO_PATTERN_COUNT; p++) {
        struct cell cell = {.strategy = STRATEGY_box,
                            .pattern = (enum pattern_id)p,
                            .size_bytes = 64,
                            .live_objects = BATCH_SIZE,
                            .threads = 1};
        uint64_t objects, planted_objects;
        struct call_counts plain = count(&cell, 1, &objects);
        struct call_counts planted =
            count_on(&heap_under_test, &cell, 1, (struct extra){.batches = EXTRA}, &planted_objects);
        assert_counts(&cell, "free", planted.frees, planted.mallocs);
        if (p == PATTERN_random) { // another stream of steps, about as many objects
            assert_in_range(planted.mallocs, plain.mallocs + EXTRA * 50, plain.mallocs + EXTRA * 200);
            continue;
        }
        assert_counts(&cell, "malloc", planted.mallocs, plain.mallocs + EXTRA * BATCH_SIZE);
        assert_true(planted_objects == objects);
    }
}

// The calls of two trials, as the difference of two processes: what a library itself calls at its start is in
// both.
static struct call_counts count_two_trials(const struct heap_under_test *heap, const struct cell *cell,
                                           uint64_t *ret_objects)
{
    uint64_t one_objects, three_objects;
    struct call_counts one = count_on(heap, cell, 1, (struct extra){0}, &one_objects);
    struct call_counts three = count_on(heap, cell, 3, (struct extra){0}, &three_objects);
    *ret_objects = three_objects - one_objects;
    return (struct call_counts){.mallocs = three.mallocs - one.mallocs,
                                .reallocs = three.reallocs - one.reallocs,
                                .frees = three.frees - one.frees,
                                .others = three.others - one.others,
                                .large_copies = three.large_copies - one.large_copies};
}

static void assert_as_on_the_c_librarys(const struct cell *cell, const struct call_counts *calls)
{
    uint64_t objects;
    const struct call_counts there =
        count_two_trials(&(struct heap_under_test){.name = "system", .tunables = ""}, cell, &objects);
    assert_counts(cell, "malloc", calls->mallocs, there.mallocs);
    assert_counts(cell, "realloc", calls->reallocs, there.reallocs);
    assert_counts(cell, "free", calls->frees, there.frees);
    assert_counts(cell, "calloc", calls->others, there.others);
}

static bool is_measured(int strategy)
{
    return strategies[strategy].role != STRATEGY_ROLE_HARNESS && !strategy_absence(&strategies[strategy]);
}

// What the self-test plants in place of box is box for the heap.
static void delayed_copies_of_box_make_its_calls(void **state)
{
    (void)state;
    unsigned examined = 0;
    for (int s = 0; s < STRATEGY_COUNT; s++) {
        for (int p = 0;
             p < SOLO_PATTERN_COUNT && strategies[s].role == STRATEGY_ROLE_HARNESS && s != STRATEGY_none;
             p++) {
            struct cell cell = {.strategy = (enum strategy_id)s,
                                .pattern = (enum pattern_id)p,
                                .size_bytes = 64,
                                .live_objects = BATCH_SIZE,
                                .threads = 1};
            struct cell box = {.strategy = STRATEGY_box,
                               .pattern = (enum pattern_id)p,
                               .size_bytes = 64,
                               .live_objects = BATCH_SIZE,
                               .threads = 1};
            uint64_t objects, objects_of_box;
            struct call_counts calls = count(&cell, 1, &objects), of_box = count(&box, 1, &objects_of_box);
            assert_true(objects == objects_of_box && calls.mallocs > BATCHES * 50);
            assert_counts(&cell, "malloc", calls.mallocs, of_box.mallocs);
            assert_counts(&cell, "realloc", calls.reallocs, of_box.reallocs);
            assert_counts(&cell, "free", calls.frees, of_box.frees);
            examined++;
        }
    }
    assert_true(examined >= 4 * SOLO_PATTERN_COUNT);
}

static void every_cell_makes_exactly_the_expected_calls(void **state)
{
    (void)state;
    struct signals signals;
    assert_int_equal(signals_catch(&signals, NULL), STATUS_OK);
    unsigned examined = 0;
    for (int s = 0; s < STRATEGY_COUNT; s++) {
        for (int p = 0; p < SOLO_PATTERN_COUNT && is_measured(s); p++) {
            for (int z = 0; z < SIZE_COUNT; z++) {
                struct cell cell = {.strategy = (enum strategy_id)s,
                                    .pattern = (enum pattern_id)p,
                                    .size_bytes = object_sizes[z],
                                    .live_objects = BATCH_SIZE,
                                    .threads = 1};
                uint64_t objects;
                struct call_counts two = count_two_trials(&heap_under_test, &cell, &objects);
                check_trials(&cell, &two, 2 * BATCHES, objects);
                if (p == PATTERN_random && (*heap_under_test.library || *heap_under_test.tunables))
                    assert_as_on_the_c_librarys(&cell, &two);
                examined++;
            }
        }
    }
    signals_release(&signals);
    assert_true(examined >= 3 * 4 * 19);
}

// Before its first trial a worker makes the calls of its cold start and its warm-up and no others.
static void nothing_but_batches_calls_the_heap(void **state)
{
    (void)state;
    struct signals signals;
    assert_int_equal(signals_catch(&signals, NULL), STATUS_OK);
    uint64_t objects;
    struct call_counts calls = count(&(struct cell){.strategy = STRATEGY_box,
                                                    .pattern = PATTERN_lifo,
                                                    .size_bytes = 64,
                                                    .live_objects = BATCH_SIZE,
                                                    .threads = 1},
                                     1, &objects);
    assert_int_equal(calls.mallocs, (COLD_BATCHES + WARMUP_BATCHES + BATCHES) * BATCH_SIZE);
    assert_int_equal(calls.frees, calls.mallocs);
    calls = count(&(struct cell){.strategy = STRATEGY_slab_warm,
                                 .pattern = PATTERN_fifo,
                                 .size_bytes = 64,
                                 .live_objects = BATCH_SIZE,
                                 .threads = 1},
                  1, &objects);
    assert_int_equal(calls.mallocs, 1);
    assert_int_equal(calls.frees, 1);
    assert_int_equal(calls.reallocs, 0);
    signals_release(&signals);
}

// Both traversals call the heap for their objects alone. The aged one changes nothing of what came before it.
static void traversals_call_the_heap_for_their_objects_alone(void **state)
{
    (void)state;
    struct signals signals;
    assert_int_equal(signals_catch(&signals, NULL), STATUS_OK);
    const struct extra fresh = {.traverse_alone = true},
                       aged = {.after_trials = MEASUREMENT_BIT(MEASUREMENT_traverse)};
    for (int p = 0; p < SOLO_PATTERN_COUNT; p++) {
        const struct cell box = {.strategy = STRATEGY_box,
                                 .pattern = (enum pattern_id)p,
                                 .size_bytes = 64,
                                 .live_objects = BATCH_SIZE,
                                 .threads = 1};
        const struct cell warm = {.strategy = STRATEGY_slab_warm,
                                  .pattern = (enum pattern_id)p,
                                  .size_bytes = 64,
                                  .live_objects = BATCH_SIZE,
                                  .threads = 1};
        uint64_t objects, plain_objects;
        struct call_counts calls = count_on(&heap_under_test, &box, 0, fresh, &objects);
        assert_counts(&box, "malloc", calls.mallocs, BATCH_SIZE);
        assert_counts(&box, "free", calls.frees, BATCH_SIZE);
        struct call_counts plain = count(&box, 1, &plain_objects);
        calls = count_on(&heap_under_test, &box, 1, aged, &objects);
        assert_true(objects == plain_objects);
        assert_in_range(calls.mallocs - plain.mallocs, BATCH_SIZE, BATCH_SIZE * RANDOM_STEPS_PER_OBJECT);
        assert_counts(&box, "free", calls.frees, calls.mallocs);
        assert_counts(&box, "realloc", calls.reallocs + calls.others, 0);
        assert_counts(&warm, "malloc", count_on(&heap_under_test, &warm, 0, fresh, &objects).mallocs, 1);
        assert_counts(&warm, "malloc", count_on(&heap_under_test, &warm, 1, aged, &objects).mallocs, 1);
    }
    signals_release(&signals);
}

// Once before everything else, by malloc and free, whatever is measured then: which calls the heap as on a
// fresh one.
static void litter_is_made_once_and_its_share_stays(void **state)
{
    (void)state;
    struct signals signals;
    assert_int_equal(signals_catch(&signals, NULL), STATUS_OK);
    static const enum strategy_id examined[] = {STRATEGY_box, STRATEGY_box_twin, STRATEGY_slab_warm,
                                                STRATEGY_slab_cold, STRATEGY_anchor};
    const struct extra extra = {.litter_bytes = 1 << 20};
    uint64_t litter = 0;
    for (size_t s = 0; s < sizeof examined / sizeof *examined; s++) {
        struct cell cell = {.strategy = examined[s],
                            .pattern = PATTERN_lifo,
                            .size_bytes = 64,
                            .live_objects = BATCH_SIZE,
                            .threads = 1};
        uint64_t objects, littered_objects;
        struct call_counts fresh = count_on(&heap_under_test, &cell, 2, extra, &objects);
        cell.heap_state = HEAP_STATE_littered;
        struct call_counts littered = count_on(&heap_under_test, &cell, 2, extra, &littered_objects);
        assert_true(objects == littered_objects);
        uint64_t made = littered.mallocs - fresh.mallocs;
        assert_in_range(made, 4000, 16000); // a mean of 65 to 262 bytes
        assert_true(litter == 0 || litter == made);
        litter = made;
        assert_counts(&cell, "free", littered.frees - fresh.frees,
                      made - (made + LITTER_LEFT_ONE_IN - 1) / LITTER_LEFT_ONE_IN);
        assert_counts(&cell, "realloc", littered.reallocs + littered.others, fresh.reallocs + fresh.others);
    }
    signals_release(&signals);
}

int main(int argument_count, char **arguments)
{
    if (!heap_under_test_find(argument_count > 1 ? arguments[1] : "system", &heap_under_test))
        return EXIT_SKIPPED;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cell_makes_exactly_the_expected_calls),
        cmocka_unit_test(nothing_but_batches_calls_the_heap),
        cmocka_unit_test(litter_is_made_once_and_its_share_stays),
        cmocka_unit_test(delayed_copies_of_box_make_its_calls),
        cmocka_unit_test(traversals_call_the_heap_for_their_objects_alone),
        cmocka_unit_test(planted_batches_are_run_and_not_counted),
    };
    return cmocka_run_group_tests(tests, map_counts, unmap_counts);
}
