// What is usual in a cell is learned from that cell's first tries alone, and written into all of its trials.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/cleanup.h"
#include "runner/private.h"

enum { PROCESSES = 6, TRIALS = 2, RECORDED = 3 }; // of the three recorded trials the last is a repetition

static struct plan plan_of_two_cells(void)
{
    struct plan_request request;
    plan_request_init(&request);
    request.axes[AXIS_strategy].count = 0;
    request.axes[AXIS_pattern].count = 0;
    request.axes[AXIS_size_bytes].count = 0;
    axis_values_add(&request.axes[AXIS_strategy], STRATEGY_box);
    axis_values_add(&request.axes[AXIS_pattern], PATTERN_lifo);
    axis_values_add(&request.axes[AXIS_pattern], PATTERN_fifo);
    axis_values_add(&request.axes[AXIS_size_bytes], 4096);
    request.processes = PROCESSES;
    request.iterations = PROCESSES * TRIALS;
    struct plan plan = {0};
    assert_int_equal(plan_build(&request, &plan, NULL), STATUS_OK);
    assert_int_equal(plan.count, 2 * PROCESSES);
    return plan;
}

static void each_cell_has_its_own(void **state)
{
    (void)state;
    CLEANUP(plan_release) struct plan plan = plan_of_two_cells();
    CLEANUP(cell_delays_release) struct cell_delays delays = {0};
    assert_int_equal(cell_delays_init(&delays, &plan, NULL), STATUS_OK);
    struct trial trials[2 * PROCESSES][RECORDED] = {0};
    struct process_record records[2 * PROCESSES];
    const struct cell *cells[SOLO_PATTERN_COUNT] = {NULL};
    for (size_t i = 0; i < plan.count; i++) {
        enum pattern_id pattern = plan.processes[i].cell.pattern;
        cells[pattern] = &plan.processes[i].cell;
        for (uint32_t t = 0; t < RECORDED; t++)
            trials[i][t] = (struct trial){.index = t < TRIALS ? t : TRIALS - 1,
                                          .repetition = t < TRIALS ? 0 : 1,
                                          .total_ns = 1000000,
                                          .run_delay_ns = t >= TRIALS               ? 0
                                                          : pattern == PATTERN_lifo ? 11000
                                                                                    : 200};
        records[i] = (struct process_record){
            .plan_order = plan.processes[i].order, .trials = trials[i], .trial_count = RECORDED};
        assert_int_equal(cell_delays_usual(&delays, cells[pattern]) > 0,
                         plan.processes[i].replicate * TRIALS >= 10);
        cell_delays_add(&delays, &records[i]);
    }
    assert_int_equal(cell_delays_usual(&delays, cells[PATTERN_lifo]), 11000);
    assert_int_equal(cell_delays_usual(&delays, cells[PATTERN_fifo]), 200);
    cell_delays_set(&delays, records, plan.count);
    for (size_t i = 0; i < plan.count; i++)
        for (int t = 0; t < RECORDED; t++)
            assert_int_equal(trials[i][t].usual_delay_per_million,
                             plan.processes[i].cell.pattern == PATTERN_lifo ? 11000 : 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_cell_has_its_own)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
