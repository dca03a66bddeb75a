// What is advised for made-up replays, of which the right advice is known.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "advise/advise.h"
#include "base/cleanup.h"

enum { HEAPS = 2, MAX_CELLS = 40 };

static struct program_heap_result measured = {.state = PROGRAM_MEASURED};

// Times of cells against box on the system's heap, each known within 1 %.
struct made {
    struct replay_cell cells[MAX_CELLS];
    struct replay_summary summary;
};

static void make(struct made *made, const double *ratios, size_t count, size_t heap_count)
{
    *made = (struct made){0};
    made->summary = (struct replay_summary){
        .cells = made->cells, .count = count, .heap_count = heap_count, .threshold = 0.02, .blocks = 10};
    for (size_t i = 0; i < count; i++) {
        struct replay_cell *cell = &made->cells[i];
        cell->result = &measured;
        cell->strategy = i < heap_count ? "box" : "slab-1";
        for (int m = 0; m < REPLAY_METRIC_COUNT; m++)
            cell->medians[m] = 100 * ratios[i];
        cell->ratio = (struct estimate){ratios[i], {true, ratios[i] * 0.99, ratios[i] * 1.01, 0.95}, 10};
        cell->verdict = ratios[i] < 0.98   ? VERDICT_FASTER
                        : ratios[i] > 1.02 ? VERDICT_SLOWER
                                           : VERDICT_UNCHANGED;
        if (cell->verdict == VERDICT_FASTER && ratios[i] < ratios[made->summary.best])
            made->summary.best = i;
        if (cell->verdict == VERDICT_FASTER && i < heap_count && ratios[i] < ratios[made->summary.simplest])
            made->summary.simplest = i;
    }
    const double regret = ratios[made->summary.simplest] / ratios[made->summary.best];
    made->summary.regret = (struct estimate){regret, {true, regret * 0.99, regret * 1.01, 0.95}, 10};
}

static void the_answer_is_the_one_that_is_right(void **state)
{
    (void)state;
    static const struct {
        double ratios[4]; // box on both heaps, a change on both
        enum advise_answer answer;
    } cases[] = {
        {{1, 1.05, 1.00, 1.10}, ADVISE_NOTHING}, // nothing is faster
        {{1, 0.80, 0.97, 0.795}, ADVISE_HEAP},   // the change adds nothing to the other heap
        {{1, 0.80, 1.20, 1.20}, ADVISE_HEAP},
        {{1, 0.99, 0.60, 0.65}, ADVISE_CHANGE}, // no heap is faster, the change is
        {{1, 0.80, 0.95, 0.60}, ADVISE_CHANGE}, // the change is worth more than the heap
        {{1, 1.01, 0.975, 1.01}, ADVISE_CHANGE},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct made made;
        make(&made, cases[i].ratios, 4, HEAPS);
        assert_string_equal(advise_answer_name(advise_answer_of(&made.summary)),
                            advise_answer_name(cases[i].answer));
    }
}

static void a_change_is_not_advised_for_what_chance_can_do(void **state)
{
    (void)state;
    struct made made;
    make(&made, (const double[]){1, 0.80, 0.95, 0.77}, 4, HEAPS);
    assert_int_equal(advise_answer_of(&made.summary), ADVISE_CHANGE);
    made.summary.regret.interval.low = 0.99;
    assert_int_equal(advise_answer_of(&made.summary), ADVISE_HEAP);
    assert_false(advise_is_settled(&made.summary));
    made.summary.threshold = 0.2; // what identical code shows
    made.summary.regret.interval.low = 1.02;
    assert_int_equal(advise_answer_of(&made.summary), ADVISE_HEAP);
    make(&made, (const double[]){1, 1, 1, 1}, 4, HEAPS);
    made.cells[3].verdict = VERDICT_INCONCLUSIVE;
    assert_int_equal(advise_answer_of(&made.summary), ADVISE_UNDECIDED);
}

static void cells_are_ranked_by_their_time(void **state)
{
    (void)state;
    struct made made;
    size_t order[4];
    make(&made, (const double[]){1, 1.05, 0.8, 0.9}, 4, HEAPS);
    advise_rank(&made.summary, order);
    assert_memory_equal(order, ((const size_t[]){2, 3, 0, 1}), sizeof order);
    const struct estimate saved = advise_saved_ns(&made.summary, 2, 1000);
    assert_true(fabs(saved.value - 20000) < 1e-6);
    assert_true(saved.interval.low < saved.value && saved.value < saved.interval.high);
}

// Two groups with three strategies each, on a fresh and a littered heap.
static void training_takes_the_best_strategy_over_all_states(void **state)
{
    (void)state;
    struct made states[2];
    make(&states[0], (const double[]){1, 1.00, 0.90, 1.00, 1.00, 1.10, 1.05}, 7, 1);
    make(&states[1], (const double[]){1, 0.70, 0.95, 1.00, 0.99, 1.10, 1.05}, 7, 1);
    const struct replay_summary summaries[] = {states[0].summary, states[1].summary};
    struct advise_groups groups = {.count = 2, .events = 100};
    advise_take_training(&groups, summaries, 2);
    assert_int_equal(groups.items[0].strategy, REPLAY_SLAB); // 1.00 × 0.70 is less than 0.90 × 0.95
    assert_true(fabs(groups.items[0].training_ratio - sqrt(0.7)) < 1e-9);
    assert_true(groups.items[0].goes_together);
    assert_int_equal(groups.items[1].strategy, REPLAY_SLAB);
    assert_false(groups.items[1].goes_together); // it saves nothing
    struct advise_change changes[ADVISE_MAX_CHANGES];
    assert_int_equal(advise_list_changes(&groups, changes), 2);
    groups.items[1].goes_together = true;
    assert_int_equal(advise_list_changes(&groups, changes), 3);
    assert_int_equal(changes[2].groups, 3);
    assert_string_equal(changes[0].name, "slab-1");
}

// The program gains twice what the replay predicts, on every heap: the change is calibrated to twice, too.
static void the_slope_of_the_heaps_calibrates_the_changes(void **state)
{
    (void)state;
    enum { REAL_HEAPS = 4 };
    static const struct program_heap names[REAL_HEAPS] = {
        {.name = "system"}, {.name = "a"}, {.name = "b"}, {.name = "c"}};
    static const double ratios[] = {1, 0.9, 0.8, 1.1, 0.7, 0.7, 0.7, 0.7};
    struct program_heap_result real[REAL_HEAPS] = {0};
    struct made made;
    make(&made, ratios, COUNT_OF(ratios), REAL_HEAPS);
    struct program_data data = {.metric_count = 2, .metrics = {{.name = "cpu_ns"}, {.name = "memory"}}};
    struct program_result program = {
        .data = &data, .heaps = real, .heap_count = REAL_HEAPS, .memory_metric = 1};
    for (size_t i = 0; i < REAL_HEAPS; i++) {
        real[i].heap = &names[i];
        real[i].state = PROGRAM_MEASURED;
        made.cells[i].result = &real[i];
        const double change = 2 * 0.5 * (ratios[i] - 1); // half of its time is spent in the heap
        real[i].values[0] = (struct program_value){
            .median = 100000 * (1 + change),
            .ratio = {1 + change, {true, 1 + change - 0.01, 1 + change + 0.01, 0.95}, 10}};
    }
    made.cells[0].medians[REPLAY_HARNESS_NS] = 10;
    made.cells[0].medians[REPLAY_START_NS] = 0;
    CLEANUP(advise_validation_release) struct advise_validation validation = {0};
    assert_int_equal(advise_validate(&made.summary, 500, false, &program, &validation, NULL), STATUS_OK);
    assert_int_equal(validation.heap_count, 3);
    assert_int_equal(validation.count, 4);
    assert_true(fabs(validation.slope.value - 2) < 1e-9);
    assert_true(fabs(validation.tau - 1) < 1e-9);
    assert_int_equal(validation.signs, 3);
    assert_int_equal(validation.sign_errors, 0);
    assert_true(fabs(validation.allocation_share - 0.45) < 1e-9);
    assert_true(fabs(validation.points[3].predicted.value + 0.15) < 1e-9);
    assert_true(fabs(validation.points[3].calibrated.value + 0.30) < 1e-9);
    assert_false(validation.points[3].is_real);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_answer_is_the_one_that_is_right),
        cmocka_unit_test(a_change_is_not_advised_for_what_chance_can_do),
        cmocka_unit_test(cells_are_ranked_by_their_time),
        cmocka_unit_test(training_takes_the_best_strategy_over_all_states),
        cmocka_unit_test(the_slope_of_the_heaps_calibrates_the_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
