// The census tells what a cell asks of the system, and whatever goes wrong with it, no cell fails.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "runner/runner.h"

static char directory[] = "/tmp/memalloc-bench-census-XXXXXX";
static char journal_path[128];

static int make_directory(void **state)
{
    (void)state;
    if (!mkdtemp(directory))
        return -1;
    snprintf(journal_path, sizeof journal_path, "%s/journal", directory);
    return 0;
}

static int remove_directory(void **state)
{
    (void)state;
    unlink(journal_path);
    return rmdir(directory);
}

// The standard strategies (or box alone) × lifo × these sizes × 2 processes of 1 trial.
static struct plan plan_of(const uint32_t *sizes, size_t size_count, bool box_alone)
{
    struct plan_request request;
    plan_request_init(&request);
    request.axes[AXIS_pattern].count = 0;
    request.axes[AXIS_size_bytes].count = 0;
    axis_values_add(&request.axes[AXIS_pattern], PATTERN_lifo);
    request.axes[AXIS_strategy].count = 0;
    for (uint32_t s = 0; s < STRATEGY_COUNT; s++)
        axis_values_set(&request.axes[AXIS_strategy], s,
                        s == STRATEGY_box || (strategies[s].role == STRATEGY_ROLE_STANDARD && !box_alone));
    for (size_t i = 0; i < size_count; i++)
        axis_values_add(&request.axes[AXIS_size_bytes], sizes[i]);
    request.iterations = 2;
    request.processes = 2;
    request.measurements = MEASUREMENT_BIT(MEASUREMENT_census);
    struct plan plan = {0};
    assert_int_equal(plan_build(&request, &plan, NULL), STATUS_OK);
    return plan;
}

static enum status run_plan(struct plan *plan, const char *worker, bool resume, struct facts *facts,
                            struct run *ret_run)
{
    const struct runner_options options = {.worker_path = worker,
                                           .journal_path = journal_path,
                                           .resume = resume,
                                           .deadline_seconds = worker == getenv("WORKER") ? 60 : 1};
    return runner_run(plan, &options, facts, ret_run, NULL);
}

static enum status run_fake(struct plan *plan, const char *census_mode, bool resume, struct facts *facts,
                            struct run *ret_run)
{
    setenv("FAKE_WORKER", "ok", 1);
    setenv("FAKE_WORKER_CENSUS", census_mode, 1);
    return run_plan(plan, getenv("FAKE_WORKER_PATH"), resume, facts, ret_run);
}

static bool fact_is(const struct facts *facts, const char *key, const char *expected)
{
    const char *value = facts_get(facts, key);
    return value && strcmp(value, expected) == 0;
}

static double value_of(const struct measurement_record *census, enum measured_metric metric)
{
    return measured_values_get(&census->values, metric, 0);
}

static const struct measurement_record *census_of(const struct plan *plan, const struct run *run,
                                                  enum strategy_id strategy, uint32_t size_bytes)
{
    for (size_t i = 0; i < run->measurement_count; i++) {
        const struct planned_process *process = &plan->processes[run->measurements[i].plan_order];
        assert_int_equal(process->replicate, 0);
        assert_int_equal(run->measurements[i].kind, MEASUREMENT_census);
        if (process->cell.strategy == strategy && process->cell.size_bytes == size_bytes)
            return &run->measurements[i];
    }
    fail_msg("no census of %s %u", strategies[strategy].name, size_bytes);
    return NULL;
}

// glibc gives the top of its heap back when all of a batch of large objects is freed, and takes it again.
static void large_boxes_move_the_heaps_end_with_every_batch_and_slabs_do_not(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {64, 4096};
    CLEANUP(plan_release) struct plan plan = plan_of(sizes, COUNT_OF(sizes), false);
    CLEANUP(run_release) struct run run = {0};
    CLEANUP(facts_release) struct facts facts = {0};
    assert_int_equal(run_plan(&plan, getenv("WORKER"), false, &facts, &run), STATUS_OK);
    assert_int_equal(run.measurement_count, plan.count / 2);
    bool traced = fact_is(&facts, "census.system_calls", "present");
    const struct measurement_record *large = census_of(&plan, &run, STRATEGY_box, 4096);
    const struct measurement_record *quiet[] = {census_of(&plan, &run, STRATEGY_box, 64),
                                                census_of(&plan, &run, STRATEGY_slab_warm, 64),
                                                census_of(&plan, &run, STRATEGY_slab_warm, 4096)};
    assert_int_equal(large->outcome, OUTCOME_OK);
    assert_true(value_of(large, MEASURED_census_batches) == 100);
    assert_true(value_of(large, MEASURED_census_objects) == 100 * BATCH_SIZE);
#ifdef __GLIBC__
    assert_true(value_of(large, MEASURED_census_minor_faults) >= 100);
    if (traced)
        assert_true(value_of(large, MEASURED_census_brk_calls) >= 2 * 100);
#endif
    for (size_t i = 0; i < COUNT_OF(quiet); i++) {
        assert_int_equal(quiet[i]->outcome, OUTCOME_OK);
        assert_true(value_of(quiet[i], MEASURED_census_minor_faults) <
                    10); // none but of the machine's own making
        for (int call = MEASURED_census_brk_calls; call <= MEASURED_census_madvise_calls; call++)
            assert_true(traced ? value_of(quiet[i], (enum measured_metric)call) == 0
                               : isnan(value_of(quiet[i], (enum measured_metric)call)));
    }
}

// The whole stretch, and nothing before or after it.
static void calls_are_counted_between_the_marks(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {64};
    CLEANUP(plan_release) struct plan plan = plan_of(sizes, 1, false);
    CLEANUP(run_release) struct run run = {0};
    CLEANUP(facts_release) struct facts facts = {0};
    assert_int_equal(run_fake(&plan, "census_traced", false, &facts, &run), STATUS_OK);
    assert_int_equal(run.measurement_count, plan.count / 2);
    assert_true(fact_is(&facts, "census.hardware_counters", "absent: no such thing here"));
    for (size_t i = 0; i < run.measurement_count; i++) {
        const struct measurement_record *census = &run.measurements[i];
        assert_int_equal(census->outcome, OUTCOME_OK);
        assert_true(value_of(census, MEASURED_census_minor_faults) == 17);
        if (isnan(value_of(census, MEASURED_census_mmap_calls)))
            continue; // nobody may trace here
        assert_true(value_of(census, MEASURED_census_mmap_calls) == 2);
        assert_true(value_of(census, MEASURED_census_munmap_calls) == 1);
        assert_true(value_of(census, MEASURED_census_brk_calls) == 0);
    }
}

static void where_nobody_may_trace_one_reason_is_stated(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {64};
    CLEANUP(plan_release) struct plan plan = plan_of(sizes, 1, false);
    CLEANUP(run_release) struct run run = {0};
    CLEANUP(facts_release) struct facts facts = {0};
    assert_int_equal(run_fake(&plan, "census_untraced", false, &facts, &run), STATUS_OK);
    assert_int_equal(run.measurement_count, plan.count / 2);
    assert_true(fact_is(&facts, "census.system_calls", "absent: ptrace: Operation not permitted"));
    for (size_t i = 0; i < run.measurement_count; i++) {
        assert_int_equal(run.measurements[i].outcome, OUTCOME_OK);
        assert_true(isnan(value_of(&run.measurements[i], MEASURED_census_brk_calls)));
    }
}

static void a_census_that_fails_fails_no_cell(void **state)
{
    (void)state;
    static const char *const modes[] = {"census_crash",         "census_hang",  "census_stop", "garbage",
                                        "census_without_end",   "out_of_order", "exit_seven",  "ok",
                                        "census_out_of_memory", "killed"};
    static const uint32_t sizes[] = {64};
    CLEANUP(plan_release) struct plan plan = plan_of(sizes, 1, true);
    for (size_t m = 0; m < COUNT_OF(modes); m++) {
        CLEANUP(run_release) struct run run = {0};
        CLEANUP(facts_release) struct facts facts = {0};
        if (run_fake(&plan, modes[m], false, &facts, &run) != STATUS_OK)
            fail_msg("%s", modes[m]);
        assert_int_equal(run.count, plan.count);
        for (size_t i = 0; i < run.count; i++)
            assert_int_equal(run.processes[i].outcome, OUTCOME_OK);
        assert_int_equal(run.measurement_count, plan.count / 2);
        for (size_t i = 0; i < run.measurement_count; i++)
            if (run.measurements[i].outcome == OUTCOME_OK || run.measurements[i].values.count > 0)
                fail_msg("%s", modes[m]);
        assert_non_null(strstr(facts_get(&facts, "census.system_calls"), "absent: no process"));
    }
}

// The journal cut off in the middle of the census: what it holds is kept, the rest is counted anew.
static void a_census_goes_on_where_it_was_cut_off(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {64};
    CLEANUP(plan_release) struct plan plan = plan_of(sizes, 1, false);
    CLEANUP(facts_release) struct facts facts = {0};
    {
        CLEANUP(run_release) struct run run = {0};
        assert_int_equal(run_fake(&plan, "census_untraced", false, &facts, &run), STATUS_OK);
    }
    enum { CUT_BYTES = 1000 };
    struct stat information;
    assert_int_equal(stat(journal_path, &information), 0);
    assert_int_equal(truncate(journal_path, information.st_size - CUT_BYTES),
                     0); // one whole entry and a part
    CLEANUP(run_release) struct run run = {0};
    assert_int_equal(run_fake(&plan, "garbage", true, &facts, &run), STATUS_OK);
    assert_int_equal(run.count, plan.count);
    assert_int_equal(run.measurement_count, plan.count / 2);
    size_t counted = 0;
    for (size_t i = 0; i < run.measurement_count; i++) {
        counted += run.measurements[i].outcome == OUTCOME_OK;
        assert_true(i == 0 || run.measurements[i].plan_order > run.measurements[i - 1].plan_order);
    }
    assert_int_equal(counted, plan.count / 2 - 2);
}

static void a_run_that_does_not_ask_has_no_census(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {64};
    CLEANUP(plan_release) struct plan plan = plan_of(sizes, 1, false);
    CLEANUP(run_release) struct run run = {0};
    CLEANUP(facts_release) struct facts facts = {0};
    plan.request.measurements = 0;
    setenv("FAKE_WORKER", "ok", 1);
    const struct runner_options options = {.worker_path = getenv("FAKE_WORKER_PATH"),
                                           .journal_path = journal_path};
    assert_int_equal(runner_run(&plan, &options, &facts, &run, NULL), STATUS_OK);
    assert_int_equal(run.measurement_count, 0);
    assert_null(facts_get(&facts, "census.system_calls"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(large_boxes_move_the_heaps_end_with_every_batch_and_slabs_do_not),
        cmocka_unit_test(calls_are_counted_between_the_marks),
        cmocka_unit_test(where_nobody_may_trace_one_reason_is_stated),
        cmocka_unit_test(a_census_that_fails_fails_no_cell),
        cmocka_unit_test(a_census_goes_on_where_it_was_cut_off),
        cmocka_unit_test(a_run_that_does_not_ask_has_no_census),
    };
    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
