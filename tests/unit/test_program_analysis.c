// What is said of a program on its heaps, from measurements whose truth is known.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "program_data.h"

static const struct made_heap fast_and_large[] = {
    {"system", 1, 1}, {"fast", 0.8, 1.32}, {"small", 1, 0.7}, {"slow", 1.2, 1.2}};

static struct program_results analyze(const struct program_data *data)
{
    struct program_results results = {0};
    assert_int_equal(program_analyze(data, &results, NULL), STATUS_OK);
    return results;
}

static void the_fastest_heap_is_the_answer_with_its_price(void **state)
{
    (void)state;
    const struct made_run run = {fast_and_large, COUNT_OF(fast_and_large), 20, 0.01, 1};
    CLEANUP(program_data_release) struct program_data data = make_program_data(&run);
    CLEANUP(program_results_release) struct program_results results = analyze(&data);
    const struct program_result *result = &results.items[0];
    assert_int_equal(results.count, 1);
    assert_int_equal(result->answer, PROGRAM_ANSWER_BETTER);
    assert_string_equal(result->heaps[result->best].heap->name, "fast");
    assert_int_equal(result->time_metric, LAUNCH_METRIC_CPU);
    assert_int_equal(result->memory_metric, LAUNCH_METRIC_MAX_RSS);
    const struct program_value *time = &result->heaps[1].values[LAUNCH_METRIC_CPU];
    assert_int_equal(time->verdict, VERDICT_FASTER);
    assert_true(time->ratio.interval.low <= 0.8 && 0.8 <= time->ratio.interval.high);
    assert_int_equal(result->heaps[1].values[LAUNCH_METRIC_MAX_RSS].verdict, VERDICT_SLOWER);
    assert_int_equal(result->heaps[3].values[LAUNCH_METRIC_CPU].verdict, VERDICT_SLOWER);
    assert_non_null(strstr(result->sentences.items[0], "LD_PRELOAD=/usr/lib/libfast.so made"));
    assert_non_null(strstr(result->sentences.items[0], "32 % more memory"));
    // The front: the fastest, and the one that takes the least memory; not the system's, not the slow one.
    assert_true(result->heaps[1].on_front && result->heaps[2].on_front);
    assert_false(result->heaps[0].on_front || result->heaps[3].on_front);
}

static void less_memory_at_the_same_speed_is_an_answer(void **state)
{
    (void)state;
    const struct made_heap heaps_made[] = {{"system", 1, 1}, {"small", 1, 0.7}};
    const struct made_run run = {heaps_made, 2, 30, 0.004, 2};
    CLEANUP(program_data_release) struct program_data data = make_program_data(&run);
    CLEANUP(program_results_release) struct program_results results = analyze(&data);
    assert_int_equal(results.items[0].answer, PROGRAM_ANSWER_LESS_MEMORY);
    assert_int_equal(results.items[0].best, 1);
}

static void heaps_that_are_alike_make_no_practical_difference(void **state)
{
    (void)state;
    const struct made_heap heaps_made[] = {{"system", 1, 1}, {"a", 1.001, 1}, {"b", 0.999, 1}};
    const struct made_run run = {heaps_made, 3, 40, 0.004, 3};
    CLEANUP(program_data_release) struct program_data data = make_program_data(&run);
    CLEANUP(program_results_release) struct program_results results = analyze(&data);
    assert_int_equal(results.items[0].answer, PROGRAM_ANSWER_NO_DIFFERENCE);
    assert_int_equal(results.items[0].best, 0);
    assert_non_null(strstr(results.items[0].sentences.items[0], "±"));
}

static void few_or_noisy_processes_are_undecided_and_say_how_many_would_do(void **state)
{
    (void)state;
    const struct made_heap heaps_made[] = {{"system", 1, 1}, {"a", 0.97, 1}};
    const struct made_run noisy = {heaps_made, 2, 10, 0.1, 4}, few = {heaps_made, 2, 3, 0.01, 4};
    CLEANUP(program_data_release) struct program_data data = make_program_data(&noisy);
    CLEANUP(program_results_release) struct program_results results = analyze(&data);
    assert_int_equal(results.items[0].answer, PROGRAM_ANSWER_UNDECIDED);
    CLEANUP(program_data_release) struct program_data of_few = make_program_data(&few);
    CLEANUP(program_results_release) struct program_results few_results = analyze(&of_few);
    const struct program_result *result = &few_results.items[0];
    assert_int_equal(result->answer, PROGRAM_ANSWER_UNDECIDED);
    assert_false(result->has_twin[LAUNCH_METRIC_CPU]);
    assert_int_equal(result->heaps[1].values[LAUNCH_METRIC_CPU].pairs_needed, PROGRAM_MIN_BLOCKS);
}

// ---- what is no number of the heap ----

static void a_heap_on_which_it_crashes_is_a_row_and_no_answer(void **state)
{
    (void)state;
    const struct made_run run = {fast_and_large, COUNT_OF(fast_and_large), 20, 0.01, 5};
    CLEANUP(program_data_release) struct program_data data = make_program_data(&run);
    for (size_t i = 0; i < data.count; i++)
        if (data.processes[i].planned.heap == 1) {
            data.processes[i].outcome = PROGRAM_CRASHED;
            data.processes[i].signal_number = 11;
        }
    CLEANUP(program_results_release) struct program_results results = analyze(&data);
    const struct program_heap_result *heap = &results.items[0].heaps[1];
    assert_int_equal(heap->state, PROGRAM_BROKEN);
    assert_int_equal(heap->outcomes[PROGRAM_CRASHED], 20);
    assert_int_not_equal(results.items[0].best, 1);
    bool is_said = false;
    for (size_t i = 0; i < results.items[0].sentences.count; i++)
        is_said |= strstr(results.items[0].sentences.items[i], "fast: crashed (SIGSEGV) in 20 of 20") != NULL;
    assert_true(is_said);
}

static void what_a_heap_did_not_serve_is_never_a_difference(void **state)
{
    (void)state;
    const struct made_run run = {fast_and_large, 2, 20, 0.01, 6};
    CLEANUP(program_data_release) struct program_data data = make_program_data(&run);
    for (size_t i = 0; i < data.count; i++)
        if (data.processes[i].planned.heap == 1) {
            data.processes[i].service.served = 0;
            data.processes[i].service.service = LAUNCH_UNSERVED_STATIC;
            data.processes[i].service.why_not = LAUNCH_UNSERVED_STATIC;
        }
    CLEANUP(program_results_release) struct program_results results = analyze(&data);
    assert_int_equal(results.items[0].heaps[1].state, PROGRAM_UNSERVED);
    assert_int_equal(results.items[0].answer, PROGRAM_ANSWER_UNSERVED);
    assert_int_equal(results.items[0].sentences.count, 2);
}

static void a_child_that_was_not_served_is_said(void **state)
{
    (void)state;
    const struct made_run run = {fast_and_large, 2, 20, 0.01, 7};
    CLEANUP(program_data_release) struct program_data data = make_program_data(&run);
    for (size_t i = 0; i < data.count; i++)
        if (data.processes[i].planned.heap == 1) {
            data.processes[i].service.processes = 2;
            data.processes[i].service.why_not = LAUNCH_UNSERVED_DROPPED;
        }
    CLEANUP(program_results_release) struct program_results results = analyze(&data);
    assert_int_equal(results.items[0].heaps[1].state, PROGRAM_MEASURED);
    assert_int_equal(results.items[0].heaps[1].unserved_count, 20);
    assert_int_equal(results.items[0].answer, PROGRAM_ANSWER_BETTER);
    assert_int_equal(results.items[0].sentences.count, 2);
}

static void a_program_that_is_linked_to_another_heap_says_what_the_others_are_compared_with(void **state)
{
    (void)state;
    const struct made_run run = {fast_and_large, 2, 20, 0.01, 12};
    CLEANUP(program_data_release) struct program_data data = make_program_data(&run);
    for (size_t i = 0; i < data.count; i++)
        if (data.processes[i].planned.heap == 0) {
            struct program_service *service = &data.processes[i].service;
            service->served = 0;
            service->service = service->why_not = LAUNCH_SERVED_OTHER;
            snprintf(service->file, sizeof service->file, "/usr/lib/libjemalloc.so.2");
        }
    CLEANUP(program_results_release) struct program_results results = analyze(&data);
    assert_int_equal(results.items[0].answer, PROGRAM_ANSWER_BETTER);
    assert_int_equal(results.items[0].sentences.count, 2);
    assert_non_null(strstr(results.items[0].sentences.items[1], "/usr/lib/libjemalloc.so.2"));
}

static void other_work_is_told_from_output_and_exit_code(void **state)
{
    (void)state;
    const struct made_run run = {fast_and_large, 3, 8, 0.01, 8};
    CLEANUP(program_data_release) struct program_data data = make_program_data(&run);
    for (size_t i = 0; i < data.count; i++) {
        if (data.processes[i].planned.heap == 1)
            data.processes[i].output_hash = 99;
        if (data.processes[i].planned.heap == 2)
            data.processes[i].exit_code = 1;
    }
    program_check_work(&data);
    assert_false(program_output_is_unsteady(&data, 0));
    for (size_t i = 0; i < data.count; i++)
        assert_int_equal(data.processes[i].outcome, data.processes[i].planned.heap == 1 ? PROGRAM_OTHER_OUTPUT
                                                    : data.processes[i].planned.heap == 2 ? PROGRAM_FAILED
                                                                                          : PROGRAM_OK);
}

static void an_output_that_is_never_the_same_is_not_compared(void **state)
{
    (void)state;
    const struct made_run run = {fast_and_large, 2, 8, 0.01, 9};
    CLEANUP(program_data_release) struct program_data data = make_program_data(&run);
    for (size_t i = 0; i < data.count; i++)
        data.processes[i].output_hash = i;
    program_check_work(&data);
    assert_true(program_output_is_unsteady(&data, 0));
    for (size_t i = 0; i < data.count; i++)
        assert_int_equal(data.processes[i].outcome, PROGRAM_OK);
    data.check_output = false;
    assert_false(program_output_is_unsteady(&data, 0));
}

// ---- metrics of the user's ----

static void more_is_better_where_the_user_says_so(void **state)
{
    (void)state;
    const struct made_run run = {fast_and_large, 2, 20, 0.01, 10};
    CLEANUP(program_data_release) struct program_data data = make_program_data(&run);
    data.metrics[data.metric_count++] =
        (struct program_metric){.name = "rps", .label = "rps", .higher_is_better = true, .is_own = true};
    for (size_t i = 0; i < data.count; i++)
        data.processes[i].values[LAUNCH_METRIC_COUNT] = 1e15 / data.processes[i].values[LAUNCH_METRIC_CPU];
    CLEANUP(program_results_release) struct program_results results = analyze(&data);
    assert_int_equal(results.items[0].time_metric, LAUNCH_METRIC_COUNT);
    assert_int_equal(results.items[0].answer, PROGRAM_ANSWER_BETTER);
    assert_non_null(strstr(results.items[0].sentences.items[0], "more rps"));
}

// ---- how often it is right ----

// A heap that adds 5 % of work is found in at least 90 % of runs; among nine that are the system's own, any
// is called different in at most 5 %, up to what chance does to these numbers.
static void a_difference_of_five_percent_is_found_and_none_is_invented(void **state)
{
    (void)state;
    enum { RUNS = 300, HEAPS = 10, MOST_FALSE = 25 /* P(more | 5 % of 300) < 1 % */ };
    struct made_heap made[HEAPS];
    char names[HEAPS][8];
    size_t found = 0, invented = 0;
    for (size_t h = 0; h < HEAPS; h++) {
        snprintf(names[h], sizeof names[h], "h%zu", h);
        made[h] = (struct made_heap){names[h], h == 1 ? 1.05 : 1, 1};
    }
    for (uint64_t seed = 0; seed < RUNS; seed++) {
        const struct made_run run = {made, HEAPS, 30, 0.015, 1000 + seed};
        CLEANUP(program_data_release) struct program_data data = make_program_data(&run);
        CLEANUP(program_results_release) struct program_results results = analyze(&data);
        bool any = false;
        found += results.items[0].heaps[1].values[LAUNCH_METRIC_CPU].verdict == VERDICT_SLOWER;
        for (size_t h = 2; h < HEAPS; h++) {
            enum verdict verdict = results.items[0].heaps[h].values[LAUNCH_METRIC_CPU].verdict;
            any |= verdict == VERDICT_FASTER || verdict == VERDICT_SLOWER;
        }
        invented += any;
    }
    assert_true(found >= RUNS * 9 / 10);
    assert_true(invented <= MOST_FALSE);
}

// ---- the file ----

static void a_file_gives_back_what_was_written(void **state)
{
    (void)state;
    const struct made_run run = {fast_and_large, 3, 6, 0.01, 11};
    CLEANUP(program_data_release) struct program_data data = make_program_data(&run), read = {0};
    CLEANUP(program_results_release) struct program_results before = analyze(&data);
    char path[64];
    snprintf(path, sizeof path, "/tmp/program_made.%ld.parquet", (long)getpid());
    data.processes[4].outcome = PROGRAM_CRASHED;
    data.processes[4].signal_number = 6;
    for (int m = 0; m < PROGRAM_MAX_METRICS; m++)
        data.processes[4].values[m] = NAN; // it keeps a row all the same
    facts_set(&data.facts, "cpu.model", "made-up");
    assert_int_equal(program_file_write(path, &data, NULL), STATUS_OK);
    assert_int_equal(program_file_read(path, &read, NULL), STATUS_OK);
    unlink(path);
    assert_string_equal(read.platform, "here");
    assert_string_equal(read.name, "made");
    assert_string_equal(facts_get(&read.facts, "cpu.model"), "made-up");
    assert_int_equal(read.count, data.count);
    assert_int_equal(read.heap_count, 3);
    assert_string_equal(read.heaps[1].library, "/usr/lib/libfast.so");
    assert_int_equal(read.metric_count, data.metric_count);
    assert_true(read.check_output);
    assert_int_equal(read.processes[4].signal_number, 6);
    for (size_t i = 0; i < data.count; i++) {
        assert_memory_equal(&read.processes[i].planned, &data.processes[i].planned,
                            sizeof data.processes[i].planned);
        assert_int_equal(read.processes[i].outcome, data.processes[i].outcome);
        for (uint32_t m = 0; m < data.metric_count; m++)
            assert_true(isnan(data.processes[i].values[m])
                            ? isnan(read.processes[i].values[m])
                            : read.processes[i].values[m] == data.processes[i].values[m]);
    }
}

static void other_files_are_told(void **state)
{
    (void)state;
    struct error error;
    CLEANUP(program_data_release) struct program_data read = {0};
    assert_int_not_equal(program_file_read("/nowhere/program_x.parquet", &read, &error), STATUS_OK);
    assert_int_not_equal(program_file_read("/etc/passwd", &read, &error), STATUS_OK);
    assert_non_null(strstr(error.cause, "/etc/passwd"));
    assert_true(program_file_is_named("program_x.parquet"));
    assert_false(program_file_is_named("program_.parquet"));
    assert_false(program_file_is_named("benchmark_x.parquet"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_fastest_heap_is_the_answer_with_its_price),
        cmocka_unit_test(less_memory_at_the_same_speed_is_an_answer),
        cmocka_unit_test(heaps_that_are_alike_make_no_practical_difference),
        cmocka_unit_test(few_or_noisy_processes_are_undecided_and_say_how_many_would_do),
        cmocka_unit_test(a_heap_on_which_it_crashes_is_a_row_and_no_answer),
        cmocka_unit_test(what_a_heap_did_not_serve_is_never_a_difference),
        cmocka_unit_test(a_child_that_was_not_served_is_said),
        cmocka_unit_test(a_program_that_is_linked_to_another_heap_says_what_the_others_are_compared_with),
        cmocka_unit_test(other_work_is_told_from_output_and_exit_code),
        cmocka_unit_test(an_output_that_is_never_the_same_is_not_compared),
        cmocka_unit_test(more_is_better_where_the_user_says_so),
        cmocka_unit_test(a_difference_of_five_percent_is_found_and_none_is_invented),
        cmocka_unit_test(a_file_gives_back_what_was_written),
        cmocka_unit_test(other_files_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
