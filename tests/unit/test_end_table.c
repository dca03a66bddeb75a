#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "commands/private.h"

enum { TRIALS = 2 };

struct scripted_run {
    struct plan plan;
    struct process_record *processes;
    struct trial *trials;
    struct failed_cells failed;
    struct facts facts;
};

static void release(struct scripted_run *run)
{
    plan_release(&run->plan);
    failed_cells_release(&run->failed);
    facts_release(&run->facts);
    free(run->processes);
    free(run->trials);
}

// Every process of a cell gives the same ns per object, but for those that the test changes afterwards.
static void script(struct scripted_run *run, uint32_t processes, const double *ns_per_object)
{
    struct plan_request request;
    plan_request_init(&request);
    request.iterations = processes * TRIALS;
    request.processes = processes;
    for (uint32_t p = 0; p < SOLO_PATTERN_COUNT; p++)
        axis_values_set(&request.axes[AXIS_pattern], p, p == PATTERN_lifo || p == PATTERN_random);
    for (uint32_t z = 0; z < SIZE_COUNT; z++)
        axis_values_set(&request.axes[AXIS_size_bytes], object_sizes[z],
                        object_sizes[z] == 64 || object_sizes[z] == 4096);
    assert_int_equal(plan_build(&request, &run->plan, NULL), STATUS_OK);
    run->processes = calloc(run->plan.count, sizeof *run->processes);
    run->trials = calloc(run->plan.count * TRIALS, sizeof *run->trials);
    assert_non_null(run->processes);
    assert_non_null(run->trials);
    for (size_t i = 0; i < run->plan.count; i++) {
        run->processes[i] = (struct process_record){
            .plan_order = (uint32_t)i, .trials = &run->trials[i * TRIALS], .trial_count = TRIALS};
        for (size_t t = 0; t < TRIALS; t++)
            run->processes[i].trials[t] = (struct trial){
                .index = (uint32_t)t,
                .objects = 100000,
                .total_ns = (uint64_t)(ns_per_object[run->plan.processes[i].cell.strategy] * 100000 + 0.5),
                .latency_ns = 1,
            };
    }
}

static struct text render(struct scripted_run *run, bool colour)
{
    failed_cells_release(&run->failed);
    CLEANUP(dataset_release) struct dataset dataset = {0};
    const struct run records = {
        .processes = run->processes, .count = run->plan.count, .limits = GATE_LIMITS_NONE};
    const struct results results = {.platform = "scripted",
                                    .plan = &run->plan,
                                    .processes = run->processes,
                                    .process_count = run->plan.count,
                                    .limits = GATE_LIMITS_NONE,
                                    .facts = &run->facts};
    assert_int_equal(failed_cells_count(&run->plan, &records, &run->failed, NULL), STATUS_OK);
    struct error error = {0};
    if (dataset_from_results(&results, &dataset, &error) != STATUS_OK)
        fail_msg("%s", error.cause);
    struct text text = {0};
    end_table_append(&text, &run->plan, &dataset, &run->failed, colour);
    assert_false(text.failed);
    return text;
}

static const double usual[STRATEGY_COUNT] = {[STRATEGY_box] = 12.345,
                                             [STRATEGY_box_twin] = 12.345,
                                             [STRATEGY_anchor] = 50,
                                             [STRATEGY_slab_cold] = 1234.4,
                                             [STRATEGY_slab_warm] = 1.999};

static void each_pattern_has_a_table_with_the_fastest_marked(void **state)
{
    (void)state;
    CLEANUP(release) struct scripted_run run = {0};
    script(&run, 3, usual);
    CLEANUP(text_release) struct text text = render(&run, false);
    assert_string_equal(text_string(&text), "\n"
                                            "lifo: ns per object, * fastest\n"
                                            " bytes      box   slab_cold   slab_warm\n"
                                            "    64     12.3        1234        2.00*\n"
                                            "  4096     12.3        1234        2.00*\n"
                                            "\n"
                                            "random: ns per object, * fastest\n"
                                            " bytes      box   slab_cold   slab_warm\n"
                                            "    64     12.3        1234        2.00*\n"
                                            "  4096     12.3        1234        2.00*\n");
    assert_int_equal(run.failed.failed_count, 0);
    assert_int_equal(run.failed.cell_count, 20);
}

static void number_is_the_median_of_process_medians(void **state)
{
    (void)state;
    CLEANUP(release) struct scripted_run run = {0};
    script(&run, 3, usual);
    const double outlying[] = {5000, 12.345, 6.5}; // one process far above, one below
    size_t changed = 0;
    for (size_t i = 0; i < run.plan.count; i++) {
        const struct planned_process *process = &run.plan.processes[i];
        if (process->cell.strategy != STRATEGY_box)
            continue;
        run.processes[i].trials[0].total_ns = (uint64_t)((outlying[process->replicate] - 1) * 100000);
        run.processes[i].trials[1].total_ns = (uint64_t)((outlying[process->replicate] + 1) * 100000);
        changed++;
    }
    assert_int_equal(changed, 12);
    CLEANUP(text_release) struct text text = render(&run, false);
    assert_non_null(strstr(text_string(&text), "    64     12.3        1234        2.00*\n"));
}

static void failed_cells_are_counted_and_their_reason_told(void **state)
{
    (void)state;
    CLEANUP(release) struct scripted_run run = {0};
    script(&run, 3, usual);
    for (size_t i = 0; i < run.plan.count; i++) {
        const struct planned_process *process = &run.plan.processes[i];
        bool all = process->cell.strategy == STRATEGY_slab_warm && process->cell.size_bytes == 64;
        bool one = process->cell.strategy == STRATEGY_box && process->replicate == 1;
        if (process->cell.pattern != PATTERN_lifo || !(all || one))
            continue;
        run.processes[i].outcome = all ? OUTCOME_OUT_OF_MEMORY : OUTCOME_CRASHED;
        snprintf(run.processes[i].reason, sizeof run.processes[i].reason, "%s",
                 all ? "malloc gave no memory" : "signal 11 (\x1b[31mSegmentation fault)");
        run.processes[i].trial_count = 0;
    }
    CLEANUP(text_release) struct text text = render(&run, false);
    assert_int_equal(run.failed.failed_count, 3);
    const char *expected[] = {
        "    64   failed!       1234*     failed!\n",
        "  4096   failed!       1234        2.00*\n",
        "3 of 20 cells failed:\n",
        "  box lifo 64: 1 of 3 processes, crashed: signal 11 (?[31mSegmentation fault)\n",
        "  slab_warm lifo 64: 3 of 3 processes, out of memory: malloc gave no memory\n",
    };
    for (size_t i = 0; i < COUNT_OF(expected); i++)
        if (!strstr(text_string(&text), expected[i]))
            fail_msg("missing: %s in %s", expected[i], text_string(&text));
}

static void many_failures_are_cut(void **state)
{
    (void)state;
    CLEANUP(release) struct scripted_run run = {0};
    script(&run, 1, usual);
    plan_release(&run.plan);
    struct plan_request request;
    plan_request_init(&request);
    request.iterations = request.processes = 1;
    assert_int_equal(plan_build(&request, &run.plan, NULL), STATUS_OK);
    free(run.processes);
    run.processes = calloc(run.plan.count, sizeof *run.processes);
    assert_non_null(run.processes);
    for (size_t i = 0; i < run.plan.count; i++)
        run.processes[i] = (struct process_record){.plan_order = (uint32_t)i, .outcome = OUTCOME_TIMED_OUT};
    CLEANUP(text_release) struct text text = render(&run, false);
    assert_non_null(strstr(text_string(&text), "380 of 380 cells failed:\n"));
    assert_non_null(strstr(text_string(&text), "  and 368 more; the details file has them all\n"));
}

static void colours_only_when_asked_for_and_always_ended(void **state)
{
    (void)state;
    CLEANUP(release) struct scripted_run run = {0};
    script(&run, 1, usual);
    CLEANUP(text_release) struct text plain = render(&run, false);
    assert_null(strchr(text_string(&plain), '\x1b'));
    CLEANUP(text_release) struct text coloured = render(&run, true);
    size_t starts = 0, ends = 0;
    for (const char *c = text_string(&coloured); (c = strchr(c, '\x1b')); c++) {
        ends += strncmp(c, "\x1b[0m", 4) == 0;
        starts += strncmp(c, "\x1b[0m", 4) != 0;
    }
    assert_int_equal(starts, 4);
    assert_int_equal(ends, starts);
}

static void records_that_do_not_fit_the_plan_do_no_harm(void **state)
{
    (void)state;
    CLEANUP(release) struct scripted_run run = {0};
    script(&run, 1, usual);
    run.processes[0].plan_order = UINT32_MAX;
    run.processes[0].outcome = OUTCOME_CRASHED;
    const struct run records = {.processes = run.processes, .count = run.plan.count};
    assert_int_equal(failed_cells_count(&run.plan, &records, &run.failed, NULL), STATUS_OK);
    assert_int_equal(run.failed.cell_count, 20);
    assert_int_equal(run.failed.failed_count, 0);
}

static void a_cell_without_a_trial_has_no_number(void **state)
{
    (void)state;
    CLEANUP(release) struct scripted_run run = {0};
    script(&run, 1, usual);
    run.processes[2].trial_count = 0;
    CLEANUP(text_release) struct text text = render(&run, false);
    const struct cell *cell = &run.plan.processes[2].cell;
    bool shown = strategies[cell->strategy].role == STRATEGY_ROLE_STANDARD;
    assert_true((strstr(text_string(&text), " -") != NULL) == shown);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_pattern_has_a_table_with_the_fastest_marked),
        cmocka_unit_test(number_is_the_median_of_process_medians),
        cmocka_unit_test(failed_cells_are_counted_and_their_reason_told),
        cmocka_unit_test(many_failures_are_cut),
        cmocka_unit_test(colours_only_when_asked_for_and_always_ended),
        cmocka_unit_test(records_that_do_not_fit_the_plan_do_no_harm),
        cmocka_unit_test(a_cell_without_a_trial_has_no_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
