// How often a run of identical heaps says that anything differs: over all heaps and metrics together.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/random.h"
#include "program_data.h"

enum { HEAPS = 9, RUNS = 1000, MOST_FALSE = 66 /* P(more | 5 % of 1000) < 1 % */ };

// Around 1; all shapes are around 100.
static double draw(enum shape shape, struct random *random, double relative_noise)
{
    return 1 + relative_noise * (shape_draw(shape, random) / 100 - 1);
}

// Every metric of a process, each independent of the others and of the heap: times that are even, skewed or
// have spikes; memory that jumps between two sizes, by more than the threshold; counts of a few.
static void draw_values(double values[PROGRAM_MAX_METRICS], struct random *random)
{
    values[LAUNCH_METRIC_WALL] = 1e9 * draw(SHAPE_SPIKY, random, 1);
    values[LAUNCH_METRIC_CPU] = 1e9 * draw(SHAPE_NORMAL, random, 0.5);
    values[LAUNCH_METRIC_USER] = 9e8 * draw(SHAPE_LOGNORMAL, random, 0.5);
    values[LAUNCH_METRIC_SYSTEM] = 4e6 * (double)(1 + random_below(random, 4)); // in ticks
    values[LAUNCH_METRIC_MAX_RSS] = 1e8 * (random_below(random, 2) ? 1 : 1.03);
    values[LAUNCH_METRIC_PEAK_PSS] = 1e8 * draw(SHAPE_BIMODAL, random, 1);
    values[LAUNCH_METRIC_MINOR_FAULTS] = 500 + random_below(random, 4);
    values[LAUNCH_METRIC_MAJOR_FAULTS] = 0;
    values[LAUNCH_METRIC_VOLUNTARY_SWITCHES] = 1 + random_below(random, 3);
    values[LAUNCH_METRIC_INVOLUNTARY_SWITCHES] = floor(30 * random_unit(random) * random_unit(random));
    values[LAUNCH_METRIC_INSTRUCTIONS] = 3e9 * draw(SHAPE_LOGNORMAL, random, 0.001);
    values[LAUNCH_METRIC_CYCLES] = 4e9 * draw(SHAPE_BIMODAL, random, 0.3);
}

struct counted {
    size_t runs;   // in which anything was called different
    size_t memory; // of them, the memory that the answer is about
    size_t judged; // verdicts of any kind
};

static bool is_different(const struct program_value *value)
{
    return value->verdict == VERDICT_FASTER || value->verdict == VERDICT_SLOWER;
}

static void count_run(const struct program_result *result, struct counted *counted)
{
    bool any = false, memory = false;
    for (size_t metric = 0; metric < result->data->metric_count; metric++) {
        any |= result->twins[metric].differs;
        for (size_t row = 1; row + 1 < result->heap_count; row++) {
            const struct program_value *value = &result->heaps[row].values[metric];
            counted->judged += isnan(value->adjusted_p) ? 0 : 1;
            any |= is_different(value);
            memory |= metric == result->memory_metric && is_different(value);
        }
    }
    counted->runs += any;
    counted->memory += memory;
}

static struct counted simulate(uint32_t blocks, uint64_t seed)
{
    struct made_heap heaps_made[HEAPS];
    char names[HEAPS][8];
    struct counted counted = {0};
    struct random random;
    random_seed(&random, seed);
    for (size_t h = 0; h < HEAPS; h++) {
        snprintf(names[h], sizeof names[h], "h%zu", h);
        heaps_made[h] = (struct made_heap){names[h], 1, 1};
    }
    for (size_t run = 0; run < RUNS; run++) {
        const struct made_run made = {heaps_made, HEAPS, blocks, 0, 1};
        CLEANUP(program_data_release) struct program_data data = make_program_data(&made);
        CLEANUP(program_results_release) struct program_results results = {0};
        for (size_t i = 0; i < data.count; i++)
            draw_values(data.processes[i].values, &random);
        assert_int_equal(program_analyze(&data, &results, NULL), STATUS_OK);
        count_run(&results.items[0], &counted);
    }
    return counted;
}

// Few blocks, where Student's test stands in for ranks, the usual number, and many.
static void identical_heaps_differ_in_nothing_in_nineteen_of_twenty_runs(void **state)
{
    (void)state;
    static const uint32_t blocks[] = {10, 20, 40};
    for (size_t i = 0; i < COUNT_OF(blocks); i++) {
        const struct counted counted = simulate(blocks[i], 100 + i);
        print_message("%u blocks: something differs in %zu of %d runs, memory in %zu\n", blocks[i],
                      counted.runs, RUNS, counted.memory);
        assert_in_range(counted.judged, (size_t)RUNS * (HEAPS - 1) * 9, (size_t)RUNS * (HEAPS - 1) * 12);
        assert_true(counted.runs <= MOST_FALSE);
    }
}

// The rule is not won by saying nothing: what differs by 5 % among all these metrics is found.
static void a_heap_that_takes_five_percent_more_is_found_among_all_metrics(void **state)
{
    (void)state;
    enum { FEWER = 200, BLOCKS = 20 };
    static const struct made_heap heaps_made[] = {{"system", 1, 1}, {"a", 1, 1}, {"b", 1, 1}, {"slow", 1, 1}};
    size_t found = 0, larger = 0;
    struct random random;
    random_seed(&random, 7);
    for (size_t run = 0; run < FEWER; run++) {
        const struct made_run made = {heaps_made, COUNT_OF(heaps_made), BLOCKS, 0, 1};
        CLEANUP(program_data_release) struct program_data data = make_program_data(&made);
        CLEANUP(program_results_release) struct program_results results = {0};
        for (size_t i = 0; i < data.count; i++) {
            double *values = data.processes[i].values;
            bool is_slow = data.processes[i].planned.heap == 3;
            draw_values(values, &random);
            values[LAUNCH_METRIC_CPU] *= is_slow ? 1.05 : 1;
            values[LAUNCH_METRIC_MAX_RSS] = 1e8 * draw(SHAPE_NORMAL, &random, 0.3) * (is_slow ? 1.05 : 1);
        }
        assert_int_equal(program_analyze(&data, &results, NULL), STATUS_OK);
        found += results.items[0].heaps[3].values[LAUNCH_METRIC_CPU].verdict == VERDICT_SLOWER;
        larger += results.items[0].heaps[3].values[LAUNCH_METRIC_MAX_RSS].verdict == VERDICT_SLOWER;
    }
    assert_true(found >= FEWER * 9 / 10);
    assert_true(larger >= FEWER * 9 / 10);
}

// The metrics that the answer is about have a family of their own.
static void the_answer_does_not_depend_on_how_much_else_is_measured(void **state)
{
    (void)state;
    static const struct made_heap heaps_made[] = {{"system", 1, 1}, {"fast", 0.9, 1}};
    const struct made_run made = {heaps_made, COUNT_OF(heaps_made), 12, 0.02, 3};
    CLEANUP(program_data_release) struct program_data data = make_program_data(&made);
    CLEANUP(program_results_release) struct program_results few = {0}, many = {0};
    assert_int_equal(program_analyze(&data, &few, NULL), STATUS_OK);
    for (size_t i = 0; i < data.count; i++)
        for (int metric = LAUNCH_METRIC_MINOR_FAULTS; metric < LAUNCH_METRIC_COUNT; metric++)
            data.processes[i].values[metric] = (double)(100 + i * 7 % 13);
    assert_int_equal(program_analyze(&data, &many, NULL), STATUS_OK);
    const struct program_value *one = &few.items[0].heaps[1].values[LAUNCH_METRIC_CPU];
    const struct program_value *other = &many.items[0].heaps[1].values[LAUNCH_METRIC_CPU];
    assert_int_equal(one->verdict, VERDICT_FASTER);
    assert_true(one->adjusted_p == other->adjusted_p);
    assert_true(many.items[0].heaps[1].values[LAUNCH_METRIC_CYCLES].adjusted_p <= 1); // tested
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(identical_heaps_differ_in_nothing_in_nineteen_of_twenty_runs),
        cmocka_unit_test(a_heap_that_takes_five_percent_more_is_found_among_all_metrics),
        cmocka_unit_test(the_answer_does_not_depend_on_how_much_else_is_measured),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
