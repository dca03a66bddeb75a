#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "base/cleanup.h"
#include "base/random.h"
#include "plan/estimate.h"

// A machine with costs of its own: cells differ by more than a factor of thousand, with a jump in size, as
// page faults make it, and every process deviates by up to a tenth.
static double scripted_seconds(const struct planned_process *process, struct random *random)
{
    static const double strategy_factor[] = {1, 3, 0.2};
    static const double pattern_factor[SOLO_PATTERN_COUNT] = {0.5, 1, 1, 2};
    const struct cell *cell = &process->cell;
    double trial = 1.5e-3 * strategy_factor[cell->strategy % 3] * pattern_factor[cell->pattern];
    if (cell->size_bytes >= 1536)
        trial *= 60;
    return (0.8e-3 + trial * process->trial_count) * (0.9 + 0.2 * random_unit(random));
}

static void build(uint32_t iterations, uint32_t processes, uint64_t seed, struct plan *ret_plan)
{
    struct plan_request request;
    plan_request_init(&request);
    request.iterations = iterations;
    request.processes = processes;
    request.seed = seed;
    assert_int_equal(plan_build(&request, ret_plan, NULL), STATUS_OK);
}

// The largest relative error of the time left, looked at between a third and nine tenths of the plan, where
// nine tenths of what is expected are of cells that were seen.
static double worst_error(const struct plan *plan, uint64_t seed)
{
    double seconds[8192];
    assert_true(plan->count <= COUNT_OF(seconds));
    struct random random;
    random_seed(&random, seed);
    double left = 0;
    for (size_t i = 0; i < plan->count; i++)
        left += seconds[i] = scripted_seconds(&plan->processes[i], &random);
    struct duration_estimate estimate = {0};
    struct estimate_work work = {0};
    for (size_t i = 0; i < plan->count; i++)
        estimate_work_add(&work, &plan->processes[i]);
    double worst = 0;
    size_t looked = 0;
    for (size_t i = 0; i < plan->count * 9 / 10; i++) {
        if (i >= (plan->count + 2) / 3 && i % 16 == 0) {
            struct expected_time expected = estimate_work_seconds(&estimate, &work);
            bool counts = expected.unseen_seconds <= expected.seconds / 10;
            worst = counts ? fmax(worst, fabs(expected.seconds / left - 1)) : worst;
            looked += counts;
        }
        estimate_work_remove(&work, &plan->processes[i]);
        estimate_add(&estimate, &plan->processes[i], seconds[i]);
        left -= seconds[i];
    }
    assert_true(looked > 10);
    return worst;
}

static void time_left_is_right_within_a_fifth_after_a_third_of_the_run(void **state)
{
    (void)state;
    static const struct {
        uint32_t iterations, processes;
        double limit;
    } runs[] = {
        {100, 20, 0.05}, {30, 7, 0.08}, {9, 3, 0.2}, {2, 2, 0.4}, // of a cell that was seen, one process
        {3, 2, 0.4},
    };
    for (size_t r = 0; r < COUNT_OF(runs); r++)
        for (uint64_t seed = 1; seed <= 10; seed++) {
            CLEANUP(plan_release) struct plan plan = {0};
            build(runs[r].iterations, runs[r].processes, seed, &plan);
            double worst = worst_error(&plan, seed);
            if (worst > runs[r].limit)
                fail_msg("%u iterations in %u processes, seed %u: off by %.0f %%", runs[r].iterations,
                         runs[r].processes, (unsigned)seed, worst * 100);
        }
}

// The error of the time left at three quarters of a run on a machine whose speed changes at `change_at`.
static double error_after_change(double change_at, double factor, uint64_t seed)
{
    CLEANUP(plan_release) struct plan plan = {0};
    build(100, 20, seed, &plan);
    struct random random;
    random_seed(&random, seed);
    struct duration_estimate estimate = {0};
    double expected = 0, left = 0;
    for (size_t i = 0; i < plan.count; i++) {
        double seconds = scripted_seconds(&plan.processes[i], &random);
        if ((double)i > change_at * (double)plan.count)
            seconds *= factor;
        if (i == plan.count * 3 / 4)
            expected = estimate_seconds(&estimate, plan.processes + i, plan.count - i);
        if (i >= plan.count * 3 / 4)
            left += seconds;
        estimate_add(&estimate, &plan.processes[i], seconds);
    }
    return fabs(expected / left - 1);
}

static void machine_that_changes_its_speed_is_followed(void **state)
{
    (void)state;
    static const struct {
        double change_at, factor;
    } changes[] = {{0.1, 0.5}, {0.3, 0.6}, {0.5, 0.7}, {0.3, 1.5}, {0.5, 2}};
    for (size_t c = 0; c < COUNT_OF(changes); c++)
        for (uint64_t seed = 1; seed <= 5; seed++) {
            double error = error_after_change(changes[c].change_at, changes[c].factor, seed);
            if (error > 0.2)
                fail_msg("factor %.1f from %.1f on: off by %.0f %%", changes[c].factor, changes[c].change_at,
                         error * 100);
        }
}

static struct planned_process process_of(enum pattern_id pattern, uint32_t size_bytes, uint32_t trials)
{
    return (struct planned_process){
        .cell = {.strategy = STRATEGY_box, .pattern = pattern, .size_bytes = size_bytes},
        .trial_count = trials};
}

static void one_process_that_hangs_does_not_spoil_the_rest(void **state)
{
    (void)state;
    CLEANUP(plan_release) struct plan plan = {0};
    build(100, 20, 1, &plan);
    struct duration_estimate estimate = {0};
    struct random random;
    random_seed(&random, 1);
    size_t half = plan.count / 2;
    for (size_t i = 0; i < half; i++)
        estimate_add(&estimate, &plan.processes[i], scripted_seconds(&plan.processes[i], &random));
    struct planned_process cheap = process_of(PATTERN_immediate, 8, 5);
    double before = estimate_seconds(&estimate, plan.processes + half, plan.count - half);
    double own_before = estimate_process_seconds(&estimate, &cheap);
    estimate_add(&estimate, &cheap, 120);
    double after = estimate_seconds(&estimate, plan.processes + half, plan.count - half);
    double own_after = estimate_process_seconds(&estimate, &cheap);
    assert_true(own_after > own_before);
    assert_true((after - before) / before < 0.05 + 10 * (own_after - own_before) / before);
}

static void a_cell_that_was_seen_is_estimated_by_itself(void **state)
{
    (void)state;
    struct duration_estimate estimate = {0};
    struct planned_process seen = process_of(PATTERN_lifo, 64, 5), other = process_of(PATTERN_lifo, 96, 5);
    estimate_add(&estimate, &other, 50);
    estimate_add(&estimate, &seen, 1);
    estimate_add(&estimate, &seen, 3);
    assert_true(fabs(estimate_process_seconds(&estimate, &seen) - 2) < 1e-9);
}

static void a_cell_that_was_not_seen_lies_between_its_neighbours(void **state)
{
    (void)state;
    struct duration_estimate estimate = {0};
    struct planned_process below = process_of(PATTERN_lifo, 48, 5), above = process_of(PATTERN_lifo, 96, 5);
    struct planned_process between = process_of(PATTERN_lifo, 64, 5);
    estimate_add(&estimate, &below, 1);
    estimate_add(&estimate, &above, 4);
    double seconds = estimate_process_seconds(&estimate, &between);
    assert_true(seconds > 1.5 && seconds < 2.7);
}

static void more_trials_take_longer(void **state)
{
    (void)state;
    struct duration_estimate estimate = {0};
    struct planned_process few = process_of(PATTERN_lifo, 64, 5), many = process_of(PATTERN_lifo, 64, 6);
    estimate_add(&estimate, &few, 1);
    double seconds = estimate_process_seconds(&estimate, &many);
    assert_true(seconds > 1.1 && seconds < 1.2);
}

static void there_is_an_estimate_before_anything_was_seen(void **state)
{
    (void)state;
    struct duration_estimate estimate = {0};
    CLEANUP(plan_release) struct plan plan = {0};
    build(100, 20, 1, &plan);
    double seconds = estimate_seconds(&estimate, plan.processes, plan.count);
    assert_true(seconds > 30 && seconds < 1800);
    assert_true(estimate_seconds(&estimate, plan.processes, 0) == 0);
}

// One heap may give its pages back in every batch and the next one never: a rehearsal that has seen each cell
// once on each knows what all of it takes, whatever the order.
static void heaps_of_other_costs_are_told_apart(void **state)
{
    (void)state;
    enum { HEAPS = 4, ROUNDS = 20 };
    static const double heap_seconds[HEAPS] = {0.45, 0.005, 0.006, 0.004};
    for (uint32_t first = 0; first < HEAPS; first++) {
        struct duration_estimate estimate = {0};
        struct planned_process left[HEAPS * SOLO_PATTERN_COUNT * ROUNDS];
        double expected = 0;
        size_t count = 0;
        for (int p = 0; p < SOLO_PATTERN_COUNT; p++)
            for (uint32_t h = 0; h < HEAPS; h++) {
                struct planned_process process = process_of((enum pattern_id)p, 4096, 1);
                process.cell.heap = (first + h) % HEAPS;
                estimate_add(&estimate, &process, heap_seconds[process.cell.heap]);
                for (int r = 0; r < ROUNDS; r++) {
                    left[count++] = process;
                    expected += heap_seconds[process.cell.heap];
                }
            }
        assert_true(fabs(estimate_seconds(&estimate, left, count) / expected - 1) < 0.01);
    }
}

static void times_that_make_no_sense_are_ignored(void **state)
{
    (void)state;
    struct duration_estimate estimate = {0};
    struct planned_process process = process_of(PATTERN_fifo, 64, 5);
    double before = estimate_process_seconds(&estimate, &process);
    const double nonsense[] = {0, -1, NAN, INFINITY};
    for (size_t i = 0; i < COUNT_OF(nonsense); i++)
        estimate_add(&estimate, &process, nonsense[i]);
    assert_true(estimate_process_seconds(&estimate, &process) == before);
    struct planned_process unknown_size = process_of(PATTERN_fifo, 65, 5);
    estimate_add(&estimate, &unknown_size, 1);
    assert_true(estimate_process_seconds(&estimate, &unknown_size) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(time_left_is_right_within_a_fifth_after_a_third_of_the_run),
        cmocka_unit_test(machine_that_changes_its_speed_is_followed),
        cmocka_unit_test(one_process_that_hangs_does_not_spoil_the_rest),
        cmocka_unit_test(a_cell_that_was_seen_is_estimated_by_itself),
        cmocka_unit_test(a_cell_that_was_not_seen_lies_between_its_neighbours),
        cmocka_unit_test(more_trials_take_longer),
        cmocka_unit_test(there_is_an_estimate_before_anything_was_seen),
        cmocka_unit_test(heaps_of_other_costs_are_told_apart),
        cmocka_unit_test(times_that_make_no_sense_are_ignored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
