// Whatever a worker does, its cell fails with the reason, the rest goes on, and no result is lost.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "runner/begun_with.h"
#include "runner/journal.h"
#include "runner/runner.h"
#include "wire/bytes.h"

static char directory[] = "/tmp/memalloc-bench-runner-XXXXXX";
static char journal_path[128], other_worker_path[128];
static const char *worker_path;

static int make_directory(void **state)
{
    (void)state;
    if (!mkdtemp(directory))
        return -1;
    snprintf(journal_path, sizeof journal_path, "%s/journal", directory);
    snprintf(other_worker_path, sizeof other_worker_path, "%s/worker", directory);
    worker_path = getenv("FAKE_WORKER_PATH");
    return worker_path ? 0 : -1;
}

static int remove_directory(void **state)
{
    (void)state;
    unlink(journal_path);
    unlink(other_worker_path);
    return rmdir(directory);
}

// box × 4 patterns × 1 size × 2 processes of 3 trials.
static struct plan small_plan(void)
{
    struct plan_request request;
    plan_request_init(&request);
    memset(request.strategies, 0, sizeof request.strategies);
    memset(request.sizes, 0, sizeof request.sizes);
    request.strategies[STRATEGY_box] = true;
    request.sizes[3] = true;
    request.iterations = 6;
    request.processes = 2;
    struct plan plan = {0};
    assert_int_equal(plan_build(&request, &plan, NULL), STATUS_OK);
    return plan;
}

// The facts of the machine and build that the runs of this test begin and go on with.
static const char *kernel_release = "6.1.0", *compiler_flags = "-O2";

// Runs the plan with a worker that behaves as `mode` says, with that pattern only when one is given.
static enum status run_plan(const struct plan *plan, const char *mode, const char *pattern, bool resume,
                            struct run *ret_run, struct error *error)
{
    setenv("FAKE_WORKER", mode, 1);
    if (pattern)
        setenv("FAKE_WORKER_PATTERN", pattern, 1);
    else
        unsetenv("FAKE_WORKER_PATTERN");
    struct runner_options options = {
        .worker_path = worker_path,
        .journal_path = journal_path,
        .resume = resume,
        .deadline_seconds = strcmp(mode, "hang") == 0 ? 1 : 60,
    };
    CLEANUP(facts_release) struct facts facts = {0};
    facts_set(&facts, "kernel.release", kernel_release);
    facts_set(&facts, "build.flags", compiler_flags);
    facts_set(&facts, "machine.power", "battery"); // no fact that decides
    return runner_run(plan, &options, &facts, ret_run, error);
}

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
    plan.processes[1].planted_code = &strategies[STRATEGY_box_delayed_8];
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
    request.traverse = true;
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
    assert_int_equal(runner_read_journal_request(journal_path, &stored, NULL), STATUS_OK);
    assert_true(stored.traverse);
    CLEANUP(run_release) struct run run = {0};
    assert_int_equal(run_plan(&plan, "ok", NULL, true, &run, NULL), STATUS_OK);
    assert_int_equal(run.count, plan.count);
    for (size_t i = 0; i < run.count; i++) {
        assert_int_equal(run.processes[i].outcome, OUTCOME_OK);
        assert_int_equal(run.processes[i].trial_count, 3);
        assert_true(run.processes[i].cold_start_ns == 1000); // of the process with the trials
        assert_true(run.processes[i].traversal.fresh_ns == 31 && run.processes[i].traversal.aged_ns == 41);
        assert_true(run.processes[i].traversal.objects == 100000);
    }
    CLEANUP(plan_release) struct plan without = small_plan();
    CLEANUP(run_release) struct run plain = {0};
    assert_int_equal(run_plan(&without, "crash_when_fresh", NULL, false, &plain, NULL), STATUS_OK);
    for (size_t i = 0; i < plain.count; i++) {
        assert_int_equal(plain.processes[i].outcome, OUTCOME_OK);
        assert_true(plain.processes[i].traversal.objects == 0);
    }
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

static void a_journal_of_other_options_is_refused(void **state)
{
    (void)state;
    CLEANUP(plan_release) struct plan plan = small_plan();
    CLEANUP(run_release) struct run run = {0};
    assert_int_equal(run_plan(&plan, "ok", NULL, false, &run, NULL), STATUS_OK);
    struct plan_request other = plan.request;
    other.seed++;
    CLEANUP(plan_release) struct plan other_plan = {0};
    assert_int_equal(plan_build(&other, &other_plan, NULL), STATUS_OK);
    struct error error;
    CLEANUP(run_release) struct run refused = {0};
    assert_int_equal(run_plan(&other_plan, "ok", NULL, true, &refused, &error), STATUS_USAGE);
    assert_non_null(strstr(error.cause, "other options"));
    struct plan_request stored;
    assert_int_equal(runner_read_journal_request(journal_path, &stored, &error), STATUS_OK);
    CLEANUP(plan_release) struct plan stored_plan = {0};
    assert_int_equal(plan_build(&stored, &stored_plan, NULL), STATUS_OK);
    assert_true(stored_plan.fingerprint == plan.fingerprint);
}

static void expect_refusal(const struct plan *plan, const char *fact, const char *began_with, const char *now)
{
    struct run run = {0};
    struct error error;
    assert_int_equal(run_plan(plan, "ok", NULL, true, &run, &error), STATUS_USAGE);
    if (!strstr(error.cause, fact) || !strstr(error.cause, began_with) || !strstr(error.cause, now) ||
        !strstr(error.remedy, "--force") || !strstr(error.remedy, "Restore"))
        fail_msg("%s. %s", error.cause, error.remedy);
}

static void a_run_does_not_go_on_with_another_build_or_kernel(void **state)
{
    (void)state;
    static const char long_flags[] = "-std=gnu17 -Wall -Wextra -Wconversion -Wshadow -Wundef -Wvla "
                                     "-fno-omit-frame-pointer -fno-plt -fstack-protector -g3 -O%d -DNDEBUG";
    char flags[2][160];
    snprintf(flags[0], sizeof flags[0], long_flags, 2);
    snprintf(flags[1], sizeof flags[1], long_flags, 3);
    CLEANUP(plan_release) struct plan plan = small_plan();
    compiler_flags = flags[0];
    {
        CLEANUP(run_release) struct run run = {0};
        assert_int_equal(run_plan(&plan, "interrupt_driver", "fifo", false, &run, NULL), STATUS_INTERRUPTED);
    }
    kernel_release = "6.2.0";
    expect_refusal(&plan, "kernel release", "6.1.0", "now it is 6.2.0");
    kernel_release = "6.1.0";
    compiler_flags = flags[1];
    expect_refusal(&plan, "compiler flags", "-O2 -DNDEBUG", "-O3 -DNDEBUG");
    compiler_flags = flags[0];
    assert_int_equal(file_write(other_worker_path, "no program", 10, NULL), STATUS_OK);
    worker_path = other_worker_path;
    expect_refusal(&plan, "worker", "build id ", "now it is 10 bytes, changed at");
    worker_path = getenv("FAKE_WORKER_PATH");
    CLEANUP(run_release) struct run run = {0};
    assert_int_equal(run_plan(&plan, "ok", NULL, true, &run, NULL), STATUS_OK);
    assert_int_equal(run.count, plan.count);
    compiler_flags = "-O2";
}

static void a_run_does_not_go_on_with_another_library_for_a_heap(void **state)
{
    (void)state;
    CLEANUP(plan_release) struct plan without = small_plan();
    struct plan_request request = without.request;
    snprintf(request.heaps[1].name, sizeof request.heaps[1].name, "mine");
    snprintf(request.heaps[1].library, sizeof request.heaps[1].library, "/nonexistent/mine.so");
    request.heap_count = 2;
    CLEANUP(plan_release) struct plan plan = {0};
    assert_int_equal(plan_build(&request, &plan, NULL), STATUS_OK);
    struct heap_state states[2];
    for (size_t i = 0; i < 2; i++)
        heap_state_init(&states[i], &plan.request.heaps[i]);
    CLEANUP(facts_release) struct facts facts = {0}, missing = {0}, there = {0};
    struct error error;
    assert_int_equal(begun_with_collect(&facts, worker_path, states, 2, &missing, NULL), STATUS_OK);
    assert_int_equal(begun_with_check(&missing, &missing, "j", NULL), STATUS_OK);
    states[1].usable = true; // a shared object, or as good as one here
    snprintf(states[1].file.path, sizeof states[1].file.path, "%s", worker_path);
    assert_int_equal(begun_with_collect(&facts, worker_path, states, 2, &there, NULL), STATUS_OK);
    assert_int_equal(begun_with_check(&missing, &there, "j", &error), STATUS_USAGE);
    assert_non_null(strstr(error.cause, "another heap.mine: heap mine: /nonexistent/mine.so: No such file"));
    assert_non_null(strstr(error.cause, "build id"));
}

// Leaves the bytes of a finished run's journal.
static struct text journal_of(const struct plan *plan)
{
    CLEANUP(run_release) struct run run = {0};
    assert_int_equal(run_plan(plan, "ok", NULL, false, &run, NULL), STATUS_OK);
    struct text bytes = {0};
    assert_int_equal(file_read(journal_path, 1 << 20, &bytes, NULL), STATUS_OK);
    return bytes;
}

// Puts the checksum of the frame at that place right.
static void seal(struct text *bytes, size_t position)
{
    uint8_t *frame = (uint8_t *)bytes->bytes + position;
    struct byte_reader reader = {.bytes = frame, .length = 4};
    struct byte_writer writer = {.bytes = frame, .capacity = 8, .position = 4};
    put_number(&writer, checksum(frame + 8, (size_t)get_number(&reader, 4)), 4);
}

static void a_journal_of_another_version_is_refused_as_such(void **state)
{
    (void)state;
    CLEANUP(plan_release) struct plan plan = small_plan();
    CLEANUP(text_release) struct text bytes = journal_of(&plan);
    struct journal_content content = {0};
    struct error error;
    bytes.bytes[16] = 4; // behind length, checksum and eight letters
    seal(&bytes, 0);
    assert_int_equal(
        journal_decode((const uint8_t *)bytes.bytes, bytes.length, "the-journal", &content, &error),
        STATUS_BAD_DATA);
    assert_non_null(strstr(error.cause, "the-journal was written by another version of this program"));
    assert_non_null(strstr(error.remedy, "with the version of the program that began the run"));
}

// A crash of the machine can cut the journal anywhere: whole entries survive, the torn one is run again.
static void a_journal_cut_anywhere_keeps_its_whole_entries(void **state)
{
    (void)state;
    CLEANUP(plan_release) struct plan plan = small_plan();
    CLEANUP(text_release) struct text bytes = journal_of(&plan);
    size_t refused = 0, last_count = 0;
    for (size_t length = 0; length <= bytes.length; length++) {
        struct journal_content content = {0};
        CLEANUP(free_pointer) uint8_t *copy = malloc(length ? length : 1); // exact: a read past it is seen
        assert_non_null(copy);
        memcpy(copy, bytes.bytes, length);
        if (journal_decode(copy, length, "test", &content, NULL) == STATUS_OK) {
            assert_true(content.count >= last_count && content.count <= last_count + 1);
            assert_true(content.valid_bytes <= length);
            last_count = content.count;
            journal_content_release(&content);
        } else {
            refused++;
        }
    }
    assert_int_equal(last_count, plan.count);
    assert_true(refused > 0 && refused < bytes.length / 2);
}

static void a_damaged_journal_gives_no_more_than_its_sound_beginning(void **state)
{
    (void)state;
    CLEANUP(plan_release) struct plan plan = small_plan();
    CLEANUP(text_release) struct text bytes = journal_of(&plan);
    assert_true(bytes.length > 1000);
    for (size_t i = 0; i < bytes.length; i++) {
        struct journal_content content = {0};
        bytes.bytes[i] ^= 0x10;
        if (journal_decode((const uint8_t *)bytes.bytes, bytes.length, "test", &content, NULL) == STATUS_OK) {
            assert_true(content.count < plan.count);
            assert_true(content.valid_bytes <= i);
            journal_content_release(&content);
        }
        bytes.bytes[i] ^= 0x10;
    }
}

static void a_missing_worker_is_an_error_of_the_installation(void **state)
{
    (void)state;
    CLEANUP(plan_release) struct plan plan = small_plan();
    struct runner_options options = {.worker_path = "/nonexistent/worker", .journal_path = journal_path};
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
    struct runner_options options = {.worker_path = getenv("FAKE_WORKER_PATH"), .journal_path = journal_path};
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failing_worker_fails_its_cell_with_the_reason_and_the_rest_goes_on),
        cmocka_unit_test(a_worker_runs_what_is_planted_in_place_of_its_cells_strategy),
        cmocka_unit_test(a_child_that_keeps_the_pipe_open_does_not_hold_up_the_run),
        cmocka_unit_test(an_interrupted_run_resumes_to_the_same_rows),
        cmocka_unit_test(traversals_are_kept_over_an_interruption_and_made_only_when_asked_for),
        cmocka_unit_test(a_failing_fresh_traversal_fails_its_process_alone),
        cmocka_unit_test(a_journal_of_other_options_is_refused),
        cmocka_unit_test(a_run_does_not_go_on_with_another_build_or_kernel),
        cmocka_unit_test(a_run_does_not_go_on_with_another_library_for_a_heap),
        cmocka_unit_test(a_journal_of_another_version_is_refused_as_such),
        cmocka_unit_test(a_journal_cut_anywhere_keeps_its_whole_entries),
        cmocka_unit_test(a_damaged_journal_gives_no_more_than_its_sound_beginning),
        cmocka_unit_test(a_missing_worker_is_an_error_of_the_installation),
        cmocka_unit_test(the_facts_tell_clock_and_constants),
    };
    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
