// The self-test's parts on scripted data: what is true is known, so what they say can be checked.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "selftest/private.h"

static void assert_near(double value, double expected)
{
    if (!(fabs(value - expected) < 1e-9))
        fail_msg("%g is not %g", value, expected);
}

static struct plan whole_plan(uint32_t processes)
{
    struct plan_request request;
    plan_request_init(&request);
    request.processes = request.iterations = processes;
    struct plan plan = {0};
    assert_int_equal(plan_build(&request, &plan, NULL), STATUS_OK);
    return plan;
}

static void every_run_plants_every_level_alike_in_box_and_its_twin_and_spares_the_anchor(void **state)
{
    (void)state;
    for (uint32_t round = 0; round < SELFTEST_LEVELS; round++) {
        CLEANUP(plan_release) struct plan plan = whole_plan(1);
        selftest_plant(&plan, 1000, round);
        size_t cells[SELFTEST_LEVELS] = {0}, controls = 0;
        for (size_t i = 0; i < plan.count; i++) {
            const struct planned_process *process = &plan.processes[i];
            bool twin = process->cell.strategy == STRATEGY_box_twin;
            controls += strategies[process->cell.strategy].role == STRATEGY_ROLE_CONTROL;
            if (process->cell.strategy == STRATEGY_anchor) {
                assert_int_equal(process->variant.extra_batches, 0);
                continue;
            }
            int level = selftest_level_of(twin ? STRATEGY_box : process->cell.strategy, process->cell.pattern,
                                          process->cell.size_bytes, round);
            assert_in_range(level, 0, SELFTEST_LEVELS - 1);
            assert_int_equal(process->variant.extra_batches, selftest_extra_per_mille[level]);
            if (twin)
                continue;
            cells[level]++;
        }
        assert_true(controls > 0);
        for (int level = 0; level < SELFTEST_LEVELS; level++)
            assert_int_equal(cells[level], 3 * 4 * 19 / SELFTEST_LEVELS);
    }
}

static void six_rounds_give_a_cell_each_level_once(void **state)
{
    (void)state;
    bool seen[SELFTEST_LEVELS] = {false};
    for (uint32_t round = 0; round < SELFTEST_LEVELS; round++)
        seen[selftest_level_of(STRATEGY_slab_warm, PATTERN_fifo, 96, round)] = true;
    for (int level = 0; level < SELFTEST_LEVELS; level++)
        assert_true(seen[level]);
}

static void the_smallest_slowdown_is_a_whole_batch_of_the_shortest_trial(void **state)
{
    (void)state;
    for (int level = 0; level < SELFTEST_LEVELS; level++) {
        uint32_t thousandths = SELFTEST_MIN_BATCHES * selftest_extra_per_mille[level];
        assert_true(thousandths >= 1000 && thousandths % 1000 == 0);
    }
}

static void another_sequence_has_the_same_processes(void **state)
{
    (void)state;
    CLEANUP(plan_release) struct plan forward = whole_plan(3);
    CLEANUP(plan_release) struct plan reversed = whole_plan(3);
    CLEANUP(plan_release) struct plan shuffled = whole_plan(3);
    uint64_t seeds = 0, reordered_seeds = 0;
    for (size_t i = 0; i < shuffled.count; i++)
        seeds += shuffled.processes[i].seed;
    selftest_reorder(&forward, SEQUENCE_FORWARD);
    selftest_reorder(&reversed, SEQUENCE_REVERSED);
    selftest_reorder(&shuffled, SEQUENCE_SHUFFLED);
    size_t per_replicate = forward.count / 3, differing = 0;
    for (size_t i = 0; i < forward.count; i++) {
        const struct planned_process *one = &forward.processes[i];
        size_t mirror = i / per_replicate * per_replicate + per_replicate - 1 - i % per_replicate;
        const struct planned_process *other = &reversed.processes[mirror];
        assert_int_equal(one->order, i);
        assert_int_equal(reversed.processes[i].order, i);
        assert_int_equal(one->replicate, i / per_replicate);
        assert_int_equal(one->replicate, other->replicate);
        assert_memory_equal(&one->cell, &other->cell, sizeof one->cell);
        differing += memcmp(&one->cell, &shuffled.processes[i].cell, sizeof one->cell) != 0;
        reordered_seeds += one->seed;
    }
    assert_true(differing > forward.count / 2);
    assert_true(seeds == reordered_seeds);
    assert_int_equal(forward.processes[0].cell.size_bytes, 8);
    assert_int_equal(reversed.processes[0].cell.size_bytes, 4096);
}

// A comparison of box / lifo / 8, 12, 16, …
struct scripted_cell {
    double ratio, low, high;
    enum verdict verdict;
};

static struct comparison script(const struct scripted_cell *cells, size_t count,
                                struct compared_cell *ret_cells)
{
    for (size_t i = 0; i < count; i++)
        ret_cells[i] = (struct compared_cell){
            .name = cell_name_standard("box", "lifo", object_sizes[i]),
            .median_ns = {10, 10},
            .ratio = {.value = cells[i].ratio, .interval = {true, cells[i].low, cells[i].high, 0.9}},
            .verdict = cells[i].verdict,
        };
    return (struct comparison){.cells = ret_cells, .count = count};
}

static void false_alarms_are_counted_per_cell_and_per_comparison(void **state)
{
    (void)state;
    static const struct scripted_cell quiet[] = {
        {1.001, 0.99, 1.01, VERDICT_UNCHANGED},
        {0.998, 0.97, 1.02, VERDICT_INCONCLUSIVE},
        {1.004, 0.97, 1.02, VERDICT_INCONCLUSIVE},
    };
    static const struct scripted_cell loud[] = {
        {1.05, 1.03, 1.07, VERDICT_SLOWER},
        {0.94, 0.92, 0.96, VERDICT_FASTER},
        {1.00, 0.99, 1.01, VERDICT_UNCHANGED},
    };
    struct compared_cell cells[3];
    CLEANUP(selftest_judge_release) struct selftest_judge judge = {0};
    struct selftest selftest = {0};
    struct comparison comparison = script(quiet, 3, cells);
    selftest_judge_null(&judge, &comparison, &selftest.null);
    comparison = script(loud, 3, cells);
    selftest_judge_null(&judge, &comparison, &selftest.null);
    assert_int_equal(selftest_judge_finish(&judge, &selftest, NULL), STATUS_OK);
    const struct selftest_null *null = &selftest.null;
    assert_int_equal(null->cells.count, 2);
    assert_int_equal(null->cells.of, 6);
    assert_int_equal(null->families.count, 1);
    assert_int_equal(null->families.of, 2);
    assert_int_equal(null->unchanged, 2);
    assert_int_equal(null->inconclusive, 2);
    assert_true(null->cells.interval.exists && null->cells.interval.low < 2.0 / 6 &&
                null->cells.interval.high > 2.0 / 6);
    assert_near(null->shift_p50, 0.003); // 0, 0.001, 0.002, 0.004, 0.05, 0.06
}

static void a_planted_slowdown_is_found_or_not_and_its_size_is_kept(void **state)
{
    (void)state;
    struct scripted_cell scripted[SIZE_COUNT];
    struct compared_cell cells[SIZE_COUNT];
    const uint32_t round = 4;
    for (int i = 0; i < SIZE_COUNT; i++) {
        int level = selftest_level_of(STRATEGY_box, PATTERN_lifo, object_sizes[i], round);
        double ratio = 1.002 + selftest_extra_per_mille[level] / 1000.0;
        enum verdict verdict = ratio > 1.025 ? VERDICT_SLOWER : VERDICT_INCONCLUSIVE;
        scripted[i] = (struct scripted_cell){ratio, ratio - 0.01, ratio + 0.01, verdict};
    }
    CLEANUP(selftest_judge_release) struct selftest_judge judge = {0};
    struct selftest selftest = {0};
    struct comparison comparison = script(scripted, SIZE_COUNT, cells);
    selftest_judge_planted(&judge, &comparison, round, 1000, selftest.levels);
    assert_int_equal(selftest_judge_finish(&judge, &selftest, NULL), STATUS_OK);
    uint64_t examined = 0;
    for (int i = 0; i < SELFTEST_LEVELS; i++) {
        const struct selftest_level *level = &selftest.levels[i];
        double planted = selftest_extra_per_mille[i] / 1000.0;
        assert_near(level->effect, planted);
        assert_near(level->recovered, planted + 0.002);
        assert_near(level->error_p90, 0.002);
        assert_int_equal(level->found.count, planted > 0.025 ? level->found.of : 0);
        assert_int_equal(level->wrong, 0);
        examined += level->found.of;
    }
    assert_int_equal(examined, SIZE_COUNT);
    selftest_set_aims(&selftest);
    assert_near(selftest.sees, 0.03);
}

static void a_cell_has_moved_when_its_interval_is_more_than_one_percent_away(void **state)
{
    (void)state;
    static const struct scripted_cell scripted[] = {
        {1.00, 0.99, 1.01, VERDICT_UNCHANGED},
        {1.01, 1.005, 1.02, VERDICT_INCONCLUSIVE}, // 0.5 % beyond
        {1.05, 1.02, 1.07, VERDICT_SLOWER},        // 2 % beyond
        {0.90, 0.85, 0.95, VERDICT_FASTER},        // 5.3 % beyond
    };
    struct compared_cell cells[4];
    struct selftest_order order = {0};
    struct comparison comparison = script(scripted, 4, cells);
    cells[0].median_ns[RUN_B] = NAN; // of a thinned grid: no false verdict could come from it
    selftest_judge_order(&comparison, &order);
    assert_int_equal(order.comparisons, 1);
    assert_int_equal(order.moved.count, 2);
    assert_int_equal(order.moved.of, 4);
    assert_near(order.max_beyond, 1 / 0.95 - 1);
    assert_int_equal(order.alarms.count, 2);
    assert_int_equal(order.alarms.of, 3);
}

static void the_neighbour_works_in_bursts(void **state)
{
    (void)state;
    const uint64_t start = 1000000000000, ms = 1000000;
    static const struct {
        int64_t at_ms;
        bool busy;
    } cases[] = {{-1, false},   {0, true},     {399, true},   {401, false},
                 {527, false},  {529, true},   {655, true},   {657, false}, // 128 ms, from 400 on
                 {687, false},  {689, true},   {719, true},   {721, false}, // 32 ms, from 656 on
                 {919, false},  {921, true},   {927, true},   {929, false}, // 8 ms, from 912 on
                 {1169, false}, {1171, true},  {1173, false},               // 2 ms, from 1168 on
                 {1425, false}, {1551, false}, {1553, true}};               // 128 ms again
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_int_equal(neighbour_is_busy(start, start + (uint64_t)(cases[i].at_ms * (int64_t)ms)),
                         cases[i].busy);
    assert_false(neighbour_disturbs(start, start + 410 * ms, 100 * ms));
    assert_true(neighbour_disturbs(start, start + 410 * ms, 120 * ms)); // reaches into the next burst
    assert_true(neighbour_disturbs(start, start + 640 * ms, 40 * ms));  // begins in one
    assert_true(neighbour_disturbs(start, start + 1168 * ms, 3 * ms));
    assert_false(neighbour_disturbs(start, start + 1168 * ms, ms));
    assert_true(neighbour_disturbs(start, start + 410 * ms, 800 * ms)); // spans several
    assert_false(neighbour_disturbs(start, start - 900 * ms, 300 * ms));
}

enum { TRIALS = 12 };

// A process with six trials between the bursts, one of them slow and overlooked, and six during one: of
// these, two are clean, two slow and flagged, two slow and overlooked. Another is twice as slow throughout,
// and a third has only bursts: nothing tells how long its trials take without.
static void contaminated_trials_are_told_by_their_time_and_flagged_by_the_gate(void **state)
{
    (void)state;
    const uint64_t start = 1000000000000, ms = 1000000, probe_limit = 4000;
    struct trial trials[TRIALS], slower[TRIALS];
    for (uint32_t i = 0; i < TRIALS; i++) {
        bool disturbed = i >= TRIALS / 2, slow = i == 3 || i >= TRIALS / 2 + 2, seen = i >= TRIALS / 2 + 4;
        trials[i] = (struct trial){
            .index = i,
            .start_ns = start + (disturbed ? 540 : 410) * ms,
            .total_ns = slow ? 2 * ms : ms,
            .objects = 100000,
            .probe_before_ns = 3900,
            .probe_after_ns = seen ? 5000 : 3900,
        };
        slower[i] = trials[i];
        slower[i].total_ns = 2 * ms;
        slower[i].probe_after_ns = 3900;
    }
    struct process_record records[] = {
        {.trials = trials, .trial_count = TRIALS},
        {.trials = slower, .trial_count = TRIALS},
        {.trials = trials + TRIALS / 2, .trial_count = TRIALS / 2},
    };
    struct run run = {.processes = records, .count = COUNT_OF(records), .limits = {probe_limit, 5000}};
    struct selftest_noise noise = {0};
    assert_int_equal(selftest_judge_noise(&run, start, &noise, NULL), STATUS_OK);
    assert_int_equal(noise.trials, 2 * TRIALS + TRIALS / 2);
    assert_int_equal(noise.disturbed.count, 18);
    assert_int_equal(noise.disturbed.of, 30);
    assert_int_equal(noise.contaminated.count, 4);
    assert_int_equal(noise.contaminated.of, 12);
    assert_int_equal(noise.flagged.count, 2);
    assert_int_equal(noise.flagged.of, 4);
    assert_int_equal(noise.slow_quiet.count, 1);
    assert_int_equal(noise.slow_quiet.of, 12);
    assert_int_equal(noise.slow_quiet_flagged.count, 0);
    assert_int_equal(noise.slow_quiet_flagged.of, 1);
    assert_int_equal(noise.flagged_quiet.count, 0);
    assert_int_equal(noise.flagged_quiet.of, 12);
}

static void the_simulation_examines_every_shape_method_and_number(void **state)
{
    (void)state;
    struct selftest_coverage coverage[SHAPE_COUNT], again[SHAPE_COUNT];
    assert_int_equal(selftest_simulate(200, 5, coverage, NULL), STATUS_OK);
    assert_int_equal(selftest_simulate(200, 5, again, NULL), STATUS_OK);
    assert_memory_equal(coverage, again, sizeof coverage);
    for (int shape = 0; shape < SHAPE_COUNT; shape++) {
        assert_int_equal(coverage[shape].examined, 2 * 23);
        assert_true(coverage[shape].least > 0.85 && coverage[shape].least <= coverage[shape].mean);
        assert_true(coverage[shape].mean > 0.94 && coverage[shape].mean < 1);
        assert_in_range(coverage[shape].min_processes, 8, 30);
    }
}

static struct selftest good_selftest(void)
{
    struct selftest good = {.parts = SELFTEST_ALL_PARTS, .processes = 14, .trials = 1};
    good.null.cells = (struct selftest_share){0, 9000, {true, 0, 0.001, 0.95}};
    good.null.families = (struct selftest_share){0, 40, {true, 0, 0.09, 0.95}};
    good.null.shift_p50 = 0.004;
    good.null.shift_p90 = 0.015;
    for (int i = 0; i < SELFTEST_LEVELS; i++) {
        good.levels[i].effect = selftest_extra_per_mille[i] / 1000.0;
        good.levels[i].recovered = good.levels[i].effect + 0.001;
        good.levels[i].found = (struct selftest_share){i >= 3 ? 95 : 10, 100, {0}};
    }
    good.order.moved = (struct selftest_share){0, 600, {0}};
    good.noise.contaminated = (struct selftest_share){50, 1000, {0}}; // 2 % slow and not flagged, as
    good.noise.flagged = (struct selftest_share){30, 50, {0}};
    good.noise.slow_quiet = (struct selftest_share){70, 2000, {0}}; // without the neighbour
    good.noise.slow_quiet_flagged = (struct selftest_share){30, 70, {0}};
    good.noise.alarms = (struct selftest_share){0, 228, {0}};
    good.loud.copies = (struct selftest_share){0, 38, {0}};
    good.loud.twins = (struct selftest_share){0, 76, {0}};
    good.loud.decided = (struct selftest_share){126, 132, {0}};
    good.loud.found = (struct selftest_share){37, 38, {0}};
    good.loud.wrong = (struct selftest_share){0, 170, {0}};
    good.program.effect = 0.05;
    good.program.found = (struct selftest_share){37, 40, {0}};
    good.program.families = (struct selftest_share){2, 40, {0}};
    for (int shape = 0; shape < SHAPE_COUNT; shape++)
        good.coverage[shape] = (struct selftest_coverage){46, 0.947, 20, 0.96};
    return good;
}

static void aims_are_judged_by_what_was_reached(void **state)
{
    (void)state;
    struct selftest good = good_selftest();
    selftest_set_aims(&good);
    for (int i = 0; i < SELFTEST_AIMS; i++)
        if (good.aims[i].met != SELFTEST_MET)
            fail_msg("%s: %g", good.aims[i].key, good.aims[i].reached);
    assert_true(selftest_all_met(&good));
    assert_near(good.sees, 0.03);
    CLEANUP(text_release) struct text summary = {0};
    selftest_append_summary(&summary, &good);
    assert_non_null(strstr(text_string(&summary), "can see a slowdown of 3 % or more"));

    struct selftest bad[14];
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        bad[i] = good_selftest();
    bad[0].null.cells.count = 28; // 0.31 %
    bad[1].null.families.interval.high = 0.2;
    bad[2].levels[4].found.count = 89;
    bad[3].levels[0].recovered = 0.0085;
    bad[4].order.moved.count = 1;
    bad[5].noise.flagged.count = 24; // 2.6 %
    bad[6].coverage[2].least = 0.944;
    bad[7].loud.copies.count = 1;
    bad[8].loud.twins.count = 1;
    bad[9].loud.decided.count = 125; // 94.7 %
    bad[10].loud.found.count = 36;   // 94.7 %
    bad[11].loud.wrong.count = 1;
    bad[12].program.found.count = 35;   // 87.5 %
    bad[13].program.families.count = 3; // 7.5 %
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        selftest_set_aims(&bad[i]);
        size_t missed = 0;
        for (int k = 0; k < SELFTEST_AIMS; k++)
            missed += bad[i].aims[k].met == SELFTEST_MISSED;
        assert_int_equal(missed, 1);
        assert_false(selftest_all_met(&bad[i]));
    }
}

static void nothing_examined_meets_no_aim(void **state)
{
    (void)state;
    struct selftest nothing = {.parts = SELFTEST_ALL_PARTS, .null = {.shift_p50 = NAN, .shift_p90 = NAN}};
    selftest_set_aims(&nothing);
    for (int i = 0; i < SELFTEST_AIMS; i++)
        assert_int_equal(nothing.aims[i].met, SELFTEST_NOT_EXAMINED);
    assert_false(selftest_all_met(&nothing));
    assert_true(isnan(nothing.sees));
}

static void only_the_aims_of_the_parts_that_were_made_have_to_be_met(void **state)
{
    (void)state;
    struct selftest identical = {.null = good_selftest().null, .processes = 14, .trials = 1};
    identical.parts = 1 << SELFTEST_PART_IDENTICAL;
    selftest_set_aims(&identical);
    assert_true(selftest_all_met(&identical));
    CLEANUP(text_release) struct text summary = {0};
    selftest_append_summary(&summary, &identical);
    assert_string_equal(text_string(&summary), "Identical code was called different in 0 of 9000 cells "
                                               "(self-test, 14 processes of 1 trial).");

    identical.parts |= 1 << SELFTEST_PART_COVERAGE; // asked for, and nothing came of it
    assert_false(selftest_all_met(&identical));
}

static void identical_code_is_measured_where_something_is_compared_with_it(void **state)
{
    (void)state;
    const uint64_t identical = 1 << SELFTEST_PART_IDENTICAL;
    for (int part = 0; part < SELFTEST_PART_COUNT; part++) {
        const uint64_t asked = UINT64_C(1) << part;
        bool alone = part == SELFTEST_PART_PROGRAM || part == SELFTEST_PART_COVERAGE;
        assert_int_equal(selftest_parts_needed(asked), alone ? asked : asked | identical);
    }
    assert_int_equal(selftest_parts_needed(SELFTEST_ALL_PARTS), SELFTEST_ALL_PARTS);
}

static void without_identical_code_the_sentence_is_of_what_was_made(void **state)
{
    (void)state;
    struct selftest program = good_selftest();
    CLEANUP(text_release) struct text of_program = {0}, of_coverage = {0};
    program.parts = 1 << SELFTEST_PART_PROGRAM;
    selftest_append_summary(&of_program, &program);
    assert_non_null(strstr(text_string(&of_program), "found in 37 of 40 runs"));
    program.parts = 1 << SELFTEST_PART_COVERAGE;
    selftest_append_summary(&of_coverage, &program);
    assert_non_null(strstr(text_string(&of_coverage), "94.7 %"));
}

static void a_round_makes_the_runs_of_its_parts(void **state)
{
    (void)state;
    struct selftest_options options = {.rounds = 3, .parts = 1 << SELFTEST_PART_IDENTICAL};
    plan_request_init(&options.request);
    assert_int_equal(selftest_run_count(&options), 3 * 2);
    options.parts = 1 << SELFTEST_PART_PLANTED;
    assert_int_equal(selftest_run_count(&options), 3 * 3);
    options.parts = 1 << SELFTEST_PART_NOISE | 1 << SELFTEST_PART_ORDER;
    assert_int_equal(selftest_run_count(&options), 3 * 2 + 4);
    assert_near(selftest_length(&options), 3 * 2 + 4);
    options.parts = 1 << SELFTEST_PART_LOUD;
    assert_int_equal(selftest_run_count(&options), 3 * 2 + 1);
    assert_true(selftest_length(&options) > 3 * 2 + 1); // its processes have half a CPU each
    options.thin = true;
    assert_near(selftest_length(&options), 3 * 2 + 1);
    options.parts = 1 << SELFTEST_PART_PROGRAM | 1 << SELFTEST_PART_COVERAGE;
    assert_int_equal(selftest_run_count(&options), 1);
    options.parts = SELFTEST_ALL_PARTS;
    assert_int_equal(selftest_run_count(&options),
                     3 * 4 + 5 + (int)selftest_has_part(SELFTEST_ALL_PARTS, SELFTEST_PART_PROGRAM));
}

static void a_small_slowdown_counts_as_seen_only_when_the_larger_ones_are(void **state)
{
    (void)state;
    struct selftest odd = good_selftest();
    odd.levels[0].found.count = 100; // by luck
    odd.levels[4].found.count = 50;
    selftest_set_aims(&odd);
    assert_near(odd.sees, 0.10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_run_plants_every_level_alike_in_box_and_its_twin_and_spares_the_anchor),
        cmocka_unit_test(six_rounds_give_a_cell_each_level_once),
        cmocka_unit_test(the_smallest_slowdown_is_a_whole_batch_of_the_shortest_trial),
        cmocka_unit_test(another_sequence_has_the_same_processes),
        cmocka_unit_test(false_alarms_are_counted_per_cell_and_per_comparison),
        cmocka_unit_test(a_planted_slowdown_is_found_or_not_and_its_size_is_kept),
        cmocka_unit_test(a_cell_has_moved_when_its_interval_is_more_than_one_percent_away),
        cmocka_unit_test(the_neighbour_works_in_bursts),
        cmocka_unit_test(contaminated_trials_are_told_by_their_time_and_flagged_by_the_gate),
        cmocka_unit_test(the_simulation_examines_every_shape_method_and_number),
        cmocka_unit_test(aims_are_judged_by_what_was_reached),
        cmocka_unit_test(nothing_examined_meets_no_aim),
        cmocka_unit_test(only_the_aims_of_the_parts_that_were_made_have_to_be_met),
        cmocka_unit_test(identical_code_is_measured_where_something_is_compared_with_it),
        cmocka_unit_test(without_identical_code_the_sentence_is_of_what_was_made),
        cmocka_unit_test(a_round_makes_the_runs_of_its_parts),
        cmocka_unit_test(a_small_slowdown_counts_as_seen_only_when_the_larger_ones_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
