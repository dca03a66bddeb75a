// Whatever a worker does, its cell fails with the reason, the rest goes on, and no result is lost.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "fake_run.h"
#include "runner/private.h"

static void a_failing_worker_fails_its_cell_with_the_reason_and_the_rest_goes_on(void **state)
{
    (void)state;
    static const struct {
        const char *mode;
        enum outcome outcome;
        const char *reason;
    } cases[] = {
        {"crash", OUTCOME_CRASHED, "signal 11"},
        {"killed", OUTCOME_CRASHED, "signal 9"},
        {"hang", OUTCOME_TIMED_OUT, "no end after 1 s"},
        {"hang_after_end", OUTCOME_TIMED_OUT, "did not exit"},
        {"garbage", OUTCOME_MALFORMED, "no message"},
        {"another_version", OUTCOME_MALFORMED, "another version"},
        {"cut_message", OUTCOME_MALFORMED, "cut off"},
        {"exit_early", OUTCOME_CRASHED, "exited before"},
        {"exit_seven", OUTCOME_CRASHED, "status 7: cannot load  [31mthe heap"},
        {"out_of_order", OUTCOME_MALFORMED, "out of order"},
        {"too_many_trials", OUTCOME_MALFORMED, "out of order"},
        {"too_few_trials", OUTCOME_MALFORMED, "fewer trials"},
        {"out_of_memory", OUTCOME_OUT_OF_MEMORY, "no memory"},
        {"corrupt", OUTCOME_CORRUPT, "did not hold"},
    };
    CLEANUP(plan_release) struct plan plan = small_plan();
    for (size_t c = 0; c < COUNT_OF(cases); c++) {
        CLEANUP(run_release) struct run run = {0};
        assert_int_equal(run_plan(&plan, cases[c].mode, "lifo", false, &run, NULL), STATUS_OK);
        assert_int_equal(run.count, plan.count);
        unsigned failed = 0;
        for (size_t i = 0; i < run.count; i++) {
            const struct process_record *record = &run.processes[i];
            bool is_lifo = plan.processes[i].cell.pattern == PATTERN_lifo;
            assert_int_equal(record->plan_order, i);
            if (record->outcome != (is_lifo ? cases[c].outcome : OUTCOME_OK) ||
                (is_lifo && !strstr(record->reason, cases[c].reason)))
                fail_msg("%s: %s '%s'", cases[c].mode, outcome_name(record->outcome), record->reason);
            if (!is_lifo)
                assert_int_equal(record->trial_count, 3);
            failed += is_lifo;
        }
        assert_int_equal(failed, 2);
    }
}

static void a_worker_runs_what_is_planted_in_place_of_its_cells_strategy(void **state)
{
    (void)state;
    CLEANUP(plan_release) struct plan plan = small_plan();
    CLEANUP(run_release) struct run run = {0};
    assert_true(plan.count >= 2);
    plan.processes[1].variant.code = &strategies[STRATEGY_box_delayed_8];
    assert_int_equal(run_plan(&plan, "name_the_strategy", NULL, false, &run, NULL), STATUS_OK);
    for (size_t i = 0; i < run.count; i++)
        assert_string_equal(run.processes[i].reason, i == 1 ? "box_delayed_8" : "box");
}

static void a_child_that_keeps_the_pipe_open_does_not_hold_up_the_run(void **state)
{
    (void)state;
    CLEANUP(plan_release) struct plan plan = small_plan();
    CLEANUP(run_release) struct run run = {0};
    assert_int_equal(run_plan(&plan, "child_keeps_pipe", NULL, false, &run, NULL), STATUS_OK);
    assert_int_equal(run.count, plan.count);
    for (size_t i = 0; i < run.count; i++)
        assert_int_equal(run.processes[i].outcome, OUTCOME_OK);
}

static void a_worker_may_take_its_time_to_exit(void **state)
{
    (void)state;
    CLEANUP(plan_release) struct plan plan = small_plan();
    CLEANUP(run_release) struct run run = {0};
    assert_int_equal(run_plan(&plan, "slow_to_exit", "lifo", false, &run, NULL), STATUS_OK);
    for (size_t i = 0; i < run.count; i++)
        assert_int_equal(run.processes[i].outcome, OUTCOME_OK);
}

static void an_interrupted_run_resumes_to_the_same_rows(void **state)
{
    (void)state;
    CLEANUP(plan_release) struct plan plan = small_plan();
    struct error error;
    {
        CLEANUP(run_release) struct run run = {0};
        assert_int_equal(run_plan(&plan, "interrupt_driver", "fifo", false, &run, &error),
                         STATUS_INTERRUPTED);
        assert_true(run.count < plan.count);
    }
    CLEANUP(run_release) struct run run = {0};
    assert_int_equal(run_plan(&plan, "ok", NULL, true, &run, &error), STATUS_OK);
    assert_int_equal(run.count, plan.count);
    for (size_t i = 0; i < run.count; i++) {
        assert_int_equal(run.processes[i].plan_order, i);
        assert_int_equal(run.processes[i].outcome, OUTCOME_OK);
        assert_int_equal(run.processes[i].trial_count, 3);
    }
    CLEANUP(run_release) struct run again = {0}; // nothing is left to run
    assert_int_equal(run_plan(&plan, "crash", NULL, true, &again, &error), STATUS_OK);
    assert_int_equal(again.count, plan.count);
    assert_int_equal(again.processes[0].outcome, OUTCOME_OK);
    for (size_t i = 0; i < again.count; i++) { // the journal keeps whose malloc served
        assert_string_equal(again.processes[i].heap.malloc_in, "/lib/fake.so");
        assert_string_equal(again.processes[i].heap.build_id, "00ff");
    }
}

static struct plan traversing_plan(void)
{
    struct plan plain = small_plan();
    struct plan_request request = plain.request;
    uint64_t fingerprint = plain.fingerprint;
    plan_release(&plain);
    request.measurements = MEASUREMENT_BIT(MEASUREMENT_traverse);
    struct plan plan = {0};
    assert_int_equal(plan_build(&request, &plan, NULL), STATUS_OK);
    assert_true(plan.fingerprint != fingerprint);
    return plan;
}

static void traversals_are_kept_over_an_interruption_and_made_only_when_asked_for(void **state)
{
    (void)state;
    CLEANUP(plan_release) struct plan plan = traversing_plan();
    {
        CLEANUP(run_release) struct run run = {0};
        assert_int_equal(run_plan(&plan, "interrupt_driver", "fifo", false, &run, NULL), STATUS_INTERRUPTED);
        assert_true(run.count < plan.count);
    }
    struct plan_request stored;
    assert_int_equal(runner_read_journal_request(fake_run.journal_path, &stored, NULL, NULL), STATUS_OK);
    assert_true(measurements_have(stored.measurements, MEASUREMENT_traverse));
    CLEANUP(run_release) struct run run = {0};
    assert_int_equal(run_plan(&plan, "ok", NULL, true, &run, NULL), STATUS_OK);
    assert_int_equal(run.count, plan.count);
    for (size_t i = 0; i < run.count; i++) {
        assert_int_equal(run.processes[i].outcome, OUTCOME_OK);
        assert_int_equal(run.processes[i].trial_count, 3);
        assert_true(run.processes[i].cold_start_ns == 1000); // of the process with the trials
        const struct measured_values *values = &run.processes[i].values;
        assert_int_equal(values->count, 3);
        assert_true(measured_values_get(values, MEASURED_traverse_fresh_ns, 0) == 31);
        assert_true(measured_values_get(values, MEASURED_traverse_aged_ns, 0) == 41);
        assert_true(measured_values_get(values, MEASURED_traverse_objects, 0) == 100000);
    }
    CLEANUP(plan_release) struct plan without = small_plan();
    CLEANUP(run_release) struct run plain = {0};
    assert_int_equal(run_plan(&without, "crash_when_fresh", NULL, false, &plain, NULL), STATUS_OK);
    for (size_t i = 0; i < plain.count; i++) {
        assert_int_equal(plain.processes[i].outcome, OUTCOME_OK);
        assert_int_equal(plain.processes[i].values.count, 0);
    }
}

// The fake worker answers with the bytes that it was asked for.
static void footprints_are_measured_once_for_all_patterns_and_kept_over_an_interruption(void **state)
{
    (void)state;
    CLEANUP(plan_release) struct plan plan = traversing_plan();
    plan.request.measurements = MEASUREMENT_BIT(MEASUREMENT_footprint);
    plan.request.footprint_bytes = 1 << 20;
    assert_int_equal(plan_count_measurements(&plan), 1); // of one allocator and size
    {
        CLEANUP(run_release) struct run run = {0};
        assert_int_equal(run_plan(&plan, "ok", NULL, false, &run, NULL), STATUS_OK);
    }
    CLEANUP(run_release) struct run run = {0}; // the worker would crash: nothing is left to run
    assert_int_equal(run_plan(&plan, "crash", NULL, true, &run, NULL), STATUS_OK);
    assert_int_equal(run.count, plan.count);
    assert_int_equal(run.measurement_count, 1);
    const struct measurement_record *record = &run.measurements[0];
    assert_int_equal(record->kind, MEASUREMENT_footprint);
    assert_int_equal(record->outcome, OUTCOME_OK);
    assert_int_equal(record->values.count, 1);
    assert_true(measured_values_get(&record->values, MEASURED_footprint_live_bytes, 0) == 1 << 20);
    assert_int_equal(plan.processes[record->plan_order].replicate, 0);
}

static void a_footprint_that_fails_has_its_reason_and_fails_no_cell(void **state)
{
    (void)state;
    CLEANUP(plan_release) struct plan plan = small_plan();
    CLEANUP(run_release) struct run run = {0};
    plan.request.measurements = MEASUREMENT_BIT(MEASUREMENT_footprint);
    assert_int_equal(run_plan(&plan, "crash_with_footprint", NULL, false, &run, NULL), STATUS_OK);
    for (size_t i = 0; i < run.count; i++)
        assert_int_equal(run.processes[i].outcome, OUTCOME_OK);
    assert_int_equal(run.measurement_count, 1);
    assert_int_equal(run.measurements[0].outcome, OUTCOME_CRASHED);
    assert_non_null(strstr(run.measurements[0].reason, "signal 9"));
    assert_int_equal(run.measurements[0].values.count, 0);
}

static void a_failing_fresh_traversal_fails_its_process_alone(void **state)
{
    (void)state;
    CLEANUP(plan_release) struct plan plan = traversing_plan();
    CLEANUP(run_release) struct run run = {0};
    assert_int_equal(run_plan(&plan, "crash_when_fresh", "lifo", false, &run, NULL), STATUS_OK);
    assert_int_equal(run.count, plan.count);
    for (size_t i = 0; i < run.count; i++) {
        bool is_lifo = plan.processes[i].cell.pattern == PATTERN_lifo;
        assert_int_equal(run.processes[i].outcome, is_lifo ? OUTCOME_CRASHED : OUTCOME_OK);
        if (is_lifo)
            assert_non_null(strstr(run.processes[i].reason, "fresh traversal: killed by signal 9"));
    }
}

static void a_missing_worker_is_an_error_of_the_installation(void **state)
{
    (void)state;
    CLEANUP(plan_release) struct plan plan = small_plan();
    struct runner_options options = {.worker_path = "/nonexistent/worker",
                                     .journal_path = fake_run.journal_path};
    CLEANUP(facts_release) struct facts facts = {0};
    struct run run = {0};
    struct error error;
    assert_int_equal(runner_run(&plan, &options, &facts, &run, &error), STATUS_ENVIRONMENT);
    assert_non_null(strstr(error.cause, "/nonexistent/worker"));
    assert_true(strlen(error.remedy) > 0);
}

static void the_facts_tell_clock_and_constants(void **state)
{
    (void)state;
    CLEANUP(plan_release) struct plan plan = small_plan();
    CLEANUP(run_release) struct run run = {0};
    CLEANUP(facts_release) struct facts facts = {0};
    setenv("FAKE_WORKER", "ok", 1);
    struct runner_options options = {.worker_path = fake_run.worker_path,
                                     .journal_path = fake_run.journal_path};
    assert_int_equal(runner_run(&plan, &options, &facts, &run, NULL), STATUS_OK);
    static const char *const keys[] = {"constants.batch_size",
                                       "constants.inner_loop",
                                       "plan.iterations",
                                       "plan.processes",
                                       "plan.seed",
                                       "plan.warmup_batches",
                                       "timer.kind",
                                       "timer.ns_per_tick",
                                       "timer.cost_ns",
                                       "timer.resolution_ns"};
    for (size_t i = 0; i < COUNT_OF(keys); i++)
        if (!facts_get(&facts, keys[i]))
            fail_msg("no fact %s", keys[i]);
    assert_true(strtod(facts_get(&facts, "timer.ns_per_tick"), NULL) > 0);
}

// A run of more than a second of CPU time, whatever it was spent with; of a part of a run nothing is said.
static void how_busy_others_were_is_told_of_a_whole_run(void **state)
{
    (void)state;
    CLEANUP(plan_release) struct plan plan = small_plan();
    setenv("FAKE_WORKER", "hang", 1);
    setenv("FAKE_WORKER_PATTERN", "lifo", 1);
    for (int round = 0; round < 2; round++) {
        struct stat journal;
        if (round == 1) { // the end is lost, and measured again by a worker that takes its time
            assert_int_equal(stat(fake_run.journal_path, &journal), 0);
            assert_int_equal(truncate(fake_run.journal_path, journal.st_size - 5), 0);
            unsetenv("FAKE_WORKER_PATTERN");
        }
        CLEANUP(facts_release) struct facts facts = {0};
        CLEANUP(run_release) struct run run = {0};
        const struct runner_options options = {.worker_path = fake_run.worker_path,
                                               .journal_path = fake_run.journal_path,
                                               .resume = round == 1,
                                               .deadline_seconds = 1};
        assert_int_equal(runner_run(&plan, &options, &facts, &run, NULL), STATUS_OK);
        const char *cpus = facts_get(&facts, "run.other_cpus");
        if (round == 1 || !cpu_times_now().known) {
            assert_null(cpus);
            continue;
        }
        assert_non_null(cpus);
        char *end;
        double value = strtod(cpus, &end);
        assert_true(end != cpus && *end == '\0');
        assert_true(value >= 0 && value <= (double)sysconf(_SC_NPROCESSORS_CONF) + 0.5);
    }
}

static void remember_first(void *context, const struct runner_progress *progress)
{
    double *first = context;
    if (*first == 0)
        *first = progress->remaining_seconds;
}

// What was said beforehand and what is said first agree.
static void the_time_left_begins_with_what_a_rehearsal_saw(void **state)
{
    (void)state;
    enum { SECONDS = 50 }; // of a process: far from any guess
    CLEANUP(plan_release) struct plan plan = small_plan();
    CLEANUP(free_pointer) struct duration_estimate *learned = calloc(1, sizeof *learned);
    assert_non_null(learned);
    for (size_t i = 0; i < plan.count; i++)
        estimate_add(learned, &plan.processes[i], SECONDS);
    setenv("FAKE_WORKER", "ok", 1);
    for (int round = 0; round < 2; round++) {
        CLEANUP(facts_release) struct facts facts = {0};
        CLEANUP(run_release) struct run run = {0};
        double first = 0;
        const struct runner_options options = {.worker_path = fake_run.worker_path,
                                               .learned = round == 0 ? learned : NULL,
                                               .progress = remember_first,
                                               .progress_context = &first};
        assert_int_equal(runner_run(&plan, &options, &facts, &run, NULL), STATUS_OK);
        if (round == 0)
            assert_in_range(first, SECONDS * plan.count - 1, SECONDS * plan.count + 1);
        else
            assert_in_range(first, 0, plan.count);
    }
}

// ---- more replicates ----

enum { LOUD_PROCESSES = 20, LOUD_SPARE = 3 };

static struct plan plan_with_spare(uint32_t spare)
{
    CLEANUP(plan_release) struct plan small = small_plan();
    struct plan_request request = small.request;
    request.processes = LOUD_PROCESSES;
    request.iterations = LOUD_PROCESSES * 3;
    request.spare_processes = spare;
    struct plan plan = {0};
    assert_int_equal(plan_build(&request, &plan, NULL), STATUS_OK);
    return plan;
}

static void where_nothing_is_repeated_spare_replicates_take_the_time(void **state)
{
    (void)state;
    static const struct {
        const char *mode;
        uint32_t spare, added;
    } cases[] = {{"loud", LOUD_SPARE, LOUD_SPARE}, {"loud", 0, 0}, {"ok", LOUD_SPARE, 0}};
    for (size_t c = 0; c < COUNT_OF(cases); c++) {
        CLEANUP(plan_release) struct plan plan = plan_with_spare(cases[c].spare);
        CLEANUP(run_release) struct run run = {0};
        const size_t planned = plan.count;
        assert_int_equal(run_plan(&plan, cases[c].mode, NULL, false, &run, NULL), STATUS_OK);
        assert_int_equal(plan.added_processes, cases[c].added);
        assert_int_equal(plan.request.processes, LOUD_PROCESSES + cases[c].added);
        assert_int_equal(plan.request.iterations, 3 * plan.request.processes);
        assert_int_equal(plan.count, planned / LOUD_PROCESSES * plan.request.processes);
        assert_int_equal(run.count, plan.count);
        for (size_t i = 0; i < run.count; i++) {
            assert_int_equal(run.processes[i].plan_order, i);
            assert_int_equal(run.processes[i].trial_count, 3);
        }
    }
}

// Interrupts the run once, in the middle of a replicate.
struct interrupter {
    uint32_t replicate;
    size_t max_total; // of the processes that were said to be all
    bool is_over;
};

static void interrupt_in_replicate(void *context, const struct runner_progress *progress)
{
    struct interrupter *interrupter = context;
    if (progress->total > interrupter->max_total)
        interrupter->max_total = progress->total;
    if (interrupter->is_over || !progress->next || progress->next->replicate != interrupter->replicate ||
        progress->next->cell.pattern != PATTERN_lifo)
        return;
    interrupter->is_over = true;
    kill(getpid(), SIGINT);
}

// With the seed of the first run come its order and its padding.
static void a_run_that_is_interrupted_in_a_spare_replicate_goes_on_with_it(void **state)
{
    (void)state;
    CLEANUP(plan_release) struct plan whole = plan_with_spare(LOUD_SPARE);
    CLEANUP(plan_release) struct plan first = plan_with_spare(LOUD_SPARE);
    CLEANUP(plan_release) struct plan counted = plan_with_spare(LOUD_SPARE);
    const size_t all = whole.count + whole.spare_count;
    struct interrupter interrupter = {.replicate = LOUD_PROCESSES + 1};
    struct runner_options options = {.worker_path = fake_run.worker_path,
                                     .journal_path = fake_run.journal_path,
                                     .progress = interrupt_in_replicate,
                                     .progress_context = &interrupter};
    setenv("FAKE_WORKER", "loud", 1);
    unsetenv("FAKE_WORKER_PATTERN");
    {
        CLEANUP(run_release) struct run run = {0};
        CLEANUP(facts_release) struct facts facts = {0};
        assert_int_equal(runner_run(&first, &options, &facts, &run, NULL), STATUS_INTERRUPTED);
        assert_in_range(run.count, whole.count + 1, all - 1);
        assert_int_equal(first.added_processes, 2);
        assert_int_equal(interrupter.max_total, all); // known before they begin
        assert_string_equal(facts_get(&facts, "plan.added_processes"), "2");
    }
    uint32_t replicates = 0;
    assert_int_equal(runner_count_whole_replicates(fake_run.journal_path, &counted, &replicates, NULL),
                     STATUS_OK);
    assert_int_equal(replicates, LOUD_PROCESSES + 1);
    { // stored as it is
        CLEANUP(run_release) struct run run = {0};
        CLEANUP(facts_release) struct facts facts = {0};
        options.resume = true;
        plan_cut(&counted, replicates);
        assert_int_equal(runner_run(&counted, &options, &facts, &run, NULL), STATUS_OK);
        assert_int_equal(run.count, whole.count / LOUD_PROCESSES * replicates);
        assert_string_equal(facts_get(&facts, "plan.added_processes"), "1");
        assert_null(facts_get(&facts, "plan.cut_processes"));
    }
    struct plan_request stored; // as --resume does it
    CLEANUP(plan_release) struct plan resumed = {0};
    CLEANUP(run_release) struct run run = {0};
    CLEANUP(facts_release) struct facts facts = {0};
    assert_int_equal(runner_read_journal_request(fake_run.journal_path, &stored, NULL, NULL), STATUS_OK);
    assert_int_equal(plan_build(&stored, &resumed, NULL), STATUS_OK);
    assert_int_equal(runner_run(&resumed, &options, &facts, &run, NULL), STATUS_OK);
    assert_int_equal(run.count, all);
    assert_int_equal(resumed.count, all);
    assert_memory_equal(resumed.processes, whole.processes, all * sizeof *whole.processes);
    assert_string_equal(facts_get(&facts, "plan.added_processes"), "3");
    for (size_t i = 0; i < run.count; i++)
        assert_int_equal(run.processes[i].plan_order, i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failing_worker_fails_its_cell_with_the_reason_and_the_rest_goes_on),
        cmocka_unit_test(a_worker_runs_what_is_planted_in_place_of_its_cells_strategy),
        cmocka_unit_test(a_child_that_keeps_the_pipe_open_does_not_hold_up_the_run),
        cmocka_unit_test(a_worker_may_take_its_time_to_exit),
        cmocka_unit_test(an_interrupted_run_resumes_to_the_same_rows),
        cmocka_unit_test(traversals_are_kept_over_an_interruption_and_made_only_when_asked_for),
        cmocka_unit_test(a_failing_fresh_traversal_fails_its_process_alone),
        cmocka_unit_test(footprints_are_measured_once_for_all_patterns_and_kept_over_an_interruption),
        cmocka_unit_test(a_footprint_that_fails_has_its_reason_and_fails_no_cell),
        cmocka_unit_test(a_missing_worker_is_an_error_of_the_installation),
        cmocka_unit_test(how_busy_others_were_is_told_of_a_whole_run),
        cmocka_unit_test(the_time_left_begins_with_what_a_rehearsal_saw),
        cmocka_unit_test(the_facts_tell_clock_and_constants),
        cmocka_unit_test(where_nothing_is_repeated_spare_replicates_take_the_time),
        cmocka_unit_test(a_run_that_is_interrupted_in_a_spare_replicate_goes_on_with_it),
    };
    return cmocka_run_group_tests(tests, fake_run_begin, fake_run_end);
}
