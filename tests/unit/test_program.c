// A program on every heap: what is requested, in which order it runs, and what a journal keeps of it.
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
#include "base/file.h"
#include "program/private.h"

static struct program_request sample_request(void)
{
    struct program_request request = {.platform = strdup("here"),
                                      .name = strdup("sample"),
                                      .command_count = 1,
                                      .heap_count = 3,
                                      .blocks = 4,
                                      .warmups = 1,
                                      .seconds = 300,
                                      .seed = 7,
                                      .output = LAUNCH_OUTPUT_PIPE,
                                      .check_output = true,
                                      .timeout_seconds = 2.5,
                                      .stop_signal = 15};
    assert_int_equal(string_list_add(&request.commands[0].words, "sort", NULL), STATUS_OK);
    assert_int_equal(string_list_add(&request.commands[0].words, "--parallel={threads}", NULL), STATUS_OK);
    request.parameters[0].name = strdup("threads");
    request.parameter_count = 1;
    assert_int_equal(string_list_split(&request.parameters[0].values, "1,2", ',', NULL), STATUS_OK);
    request.own_metrics[0] = (struct program_own_metric){.name = "rps", .higher_is_better = true};
    request.own_metrics[0].pattern = strdup("rps=([0-9.]+)");
    request.own_metric_count = 1;
    request.prepare = strdup("echo {threads}");
    request.heaps[0] = (struct plan_heap){.name = "system"};
    request.heaps[1] = (struct plan_heap){.name = "other", .library = "/usr/lib/other.so"};
    request.heaps[2] = (struct plan_heap){.name = "tuned", .tunables = "glibc.malloc.arena_max=1"};
    return request;
}

// ---- words ----

static void commands_are_split_as_a_shell_does(void **state)
{
    (void)state;
    static const struct {
        const char *command;
        const char *words; // with '|' between them
    } cases[] = {
        {"ls -l  /tmp", "ls|-l|/tmp"},
        {"  a\tb ", "a|b"},
        {"a 'b c' \"d e\"", "a|b c|d e"},
        {"a\\ b '' c", "a b||c"},
        {"sh -c 'x | y; echo $Z'", "sh|-c|x | y; echo $Z"},
        {"a \"b\\\"c\" 'd\"e'", "a|b\"c|d\"e"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CLEANUP(string_list_release) struct string_list words = {0};
        CLEANUP(text_release) struct text joined = {0};
        assert_int_equal(program_split_words(cases[i].command, &words, NULL), STATUS_OK);
        for (size_t w = 0; w < words.count; w++)
            text_append_format(&joined, "%s%s", w ? "|" : "", words.items[w]);
        assert_string_equal(text_string(&joined), cases[i].words);
    }
}

static void what_needs_a_shell_is_refused(void **state)
{
    (void)state;
    static const char *const commands[] = {"a | b", "a > b", "a $B", "a && b", "a `b`", "a *", "'a", "\"a"};
    for (size_t i = 0; i < COUNT_OF(commands); i++) {
        CLEANUP(string_list_release) struct string_list words = {0};
        assert_int_equal(program_split_words(commands[i], &words, NULL), STATUS_USAGE);
        assert_int_equal(words.count, 0);
    }
}

// ---- subjects ----

static void every_value_of_a_parameter_is_a_subject(void **state)
{
    (void)state;
    CLEANUP(program_request_release) struct program_request request = sample_request();
    CLEANUP(program_subjects_release) struct program_subjects subjects = {0};
    assert_int_equal(program_subjects_build(&request, &subjects, NULL), STATUS_OK);
    assert_int_equal(subjects.count, 2);
    assert_string_equal(subjects.items[0].title, "sort --parallel=1");
    assert_string_equal(subjects.items[1].title, "sort --parallel=2");
    assert_string_equal(subjects.items[1].parameters, "threads=2");
    assert_string_equal(subjects.items[1].prepare, "echo 2");
    assert_null(subjects.items[1].cleanup);
}

static void a_parameter_that_stands_nowhere_is_an_error(void **state)
{
    (void)state;
    CLEANUP(program_request_release) struct program_request request = sample_request();
    CLEANUP(program_subjects_release) struct program_subjects subjects = {0};
    struct error error;
    free(request.parameters[0].name);
    request.parameters[0].name = strdup("cores");
    assert_int_equal(program_subjects_build(&request, &subjects, &error), STATUS_USAGE);
    assert_non_null(strstr(error.cause, "cores"));
    assert_int_equal(subjects.count, 0);
}

// ---- the plan ----

static void a_block_has_every_heap_once_and_the_systems_twice(void **state)
{
    (void)state;
    CLEANUP(program_request_release) struct program_request request = sample_request();
    CLEANUP(program_plan_release) struct program_plan plan = {0}, again = {0};
    const bool usable[MAX_HEAPS] = {true, true, true};
    enum { BLOCKS = 50, SUBJECTS = 2, PLACES = 4 };
    assert_int_equal(program_plan_build(&request, SUBJECTS, usable, BLOCKS, &plan, NULL), STATUS_OK);
    assert_int_equal(program_plan_build(&request, SUBJECTS, usable, BLOCKS, &again, NULL), STATUS_OK);
    assert_int_equal(plan.count, BLOCKS * SUBJECTS * PLACES);
    assert_memory_equal(plan.items, again.items, plan.count * sizeof *plan.items);
    unsigned seen[BLOCKS][SUBJECTS][3] = {{{0}}}, twins = 0, first[3] = {0};
    for (size_t i = 0; i < plan.count; i++) {
        const struct program_planned *planned = &plan.items[i];
        assert_int_equal(planned->order, i);
        assert_int_equal(planned->block, i / (SUBJECTS * PLACES));
        assert_int_equal(planned->subject, plan.items[i / PLACES * PLACES].subject); // next to each other
        seen[planned->block][planned->subject][planned->heap]++;
        twins += planned->twin;
        assert_true(!planned->twin || planned->heap == 0);
        if (i % PLACES == 0)
            first[planned->heap]++;
    }
    for (int b = 0; b < BLOCKS; b++)
        for (int s = 0; s < SUBJECTS; s++) {
            assert_int_equal(seen[b][s][0], 2);
            assert_int_equal(seen[b][s][1], 1);
            assert_int_equal(seen[b][s][2], 1);
        }
    assert_int_equal(twins, BLOCKS * SUBJECTS);
    assert_true(first[0] > 25 && first[1] > 5 && first[2] > 5); // by chance, not always the same
}

static void heaps_that_cannot_be_used_are_not_in_the_plan(void **state)
{
    (void)state;
    CLEANUP(program_request_release) struct program_request request = sample_request();
    CLEANUP(program_plan_release) struct program_plan plan = {0};
    const bool usable[MAX_HEAPS] = {true, false, true};
    assert_int_equal(program_plan_build(&request, 1, usable, 3, &plan, NULL), STATUS_OK);
    assert_int_equal(plan.count, 3 * 3);
    for (size_t i = 0; i < plan.count; i++)
        assert_int_not_equal(plan.items[i].heap, 1);
}

static void as_many_blocks_as_fit_the_time(void **state)
{
    (void)state;
    assert_int_equal(program_fit_blocks(300, 1), 40);
    assert_int_equal(program_fit_blocks(300, 10), 30);
    assert_int_equal(program_fit_blocks(300, 100), 10);
    assert_int_equal(program_fit_blocks(300, 0), 40);
}

// ---- numbers in the output ----

static void the_last_match_is_the_number(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *output;
        double number;
    } cases[] = {
        {"rps=([0-9.]+)", "rps=10.5\nrps=12.25 end", 12.25},
        {"[0-9]+ requests", "7 requests", 7},
        {"([0-9.]+) requests per second", "SET: 133333.33 requests per second, p50=0.19", 133333.33},
        {"p99=([0-9.,]+)", "p99=0,75", 0.75},
        {"rps=([0-9.]+)", "nothing", NAN},
        {"(x+)", "xxx", NAN},
        {"^n: ([0-9]+)$", "n: 1\nn: 2\nm: 3\n", 2},
        {"x*", "y", NAN},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        double number = program_find_number(cases[i].pattern, cases[i].output);
        assert_true(isnan(cases[i].number) ? isnan(number) : number == cases[i].number);
    }
    assert_int_equal(program_pattern_check("([0-9]+", NULL), STATUS_USAGE);
    assert_int_equal(program_pattern_check("[0-9]+", NULL), STATUS_OK);
}

// ---- the journal ----

static struct program_process sample_process(uint32_t order)
{
    struct program_process process = {.planned = {.order = order},
                                      .start_ns = 1234567890123456789,
                                      .outcome = PROGRAM_CRASHED,
                                      .signal_number = 11,
                                      .cause = "the command was ended by SIGSEGV",
                                      .has_output = true,
                                      .output_bytes = 12,
                                      .output_hash = 0xfedcba9876543210,
                                      .lived_on = 2,
                                      .service = {.processes = 3,
                                                  .served = 2,
                                                  .service = LAUNCH_SERVED,
                                                  .why_not = LAUNCH_UNSERVED_STATIC,
                                                  .served_cpu = 0.75,
                                                  .file = "/usr/lib/other.so",
                                                  .unserved_program = "/bin/static"}};
    for (int m = 0; m < PROGRAM_MAX_METRICS; m++)
        process.values[m] = m % 3 == 0 ? (double)NAN : m * 1.5;
    return process;
}

static void write_journal(const char *path, const struct program_request *request, size_t count)
{
    CLEANUP(facts_release) struct facts facts = {0};
    struct frame_file file = FRAME_FILE_CLOSED;
    facts_set(&facts, "cpu.model", "some CPU");
    assert_int_equal(program_journal_create(&file, path, request, &facts, NULL), STATUS_OK);
    for (uint32_t i = 0; i < count; i++) {
        const struct program_process process = sample_process(i);
        assert_int_equal(program_journal_append(&file, &process, LAUNCH_METRIC_COUNT + 1, NULL), STATUS_OK);
    }
    frame_file_close(&file);
}

static void a_journal_gives_back_what_was_put_in(void **state)
{
    CLEANUP(program_request_release) struct program_request request = sample_request();
    CLEANUP(program_journal_release) struct program_journal_content content = {0};
    const char *path = *state;
    write_journal(path, &request, 3);
    assert_int_equal(program_journal_read(path, &content, NULL), STATUS_OK);
    assert_true(program_request_equals(&request, &content.request));
    assert_string_equal(content.request.own_metrics[0].pattern, "rps=([0-9.]+)");
    assert_string_equal(content.request.heaps[2].tunables, "glibc.malloc.arena_max=1");
    assert_null(content.request.cleanup);
    assert_string_equal(facts_get(&content.begun_with, "cpu.model"), "some CPU");
    assert_int_equal(content.count, 3);
    const struct program_process expected = sample_process(2), *read = &content.processes[2];
    assert_int_equal(read->planned.order, 2);
    assert_int_equal(read->outcome, PROGRAM_CRASHED);
    assert_int_equal(read->output_hash, expected.output_hash);
    assert_string_equal(read->cause, expected.cause);
    assert_string_equal(read->service.unserved_program, "/bin/static");
    assert_int_equal(read->service.why_not, LAUNCH_UNSERVED_STATIC);
    for (int m = 0; m <= LAUNCH_METRIC_COUNT; m++)
        assert_true(isnan(expected.values[m]) ? isnan(read->values[m])
                                              : read->values[m] == expected.values[m]);
}

static void a_torn_end_of_a_journal_is_left_out(void **state)
{
    CLEANUP(program_request_release) struct program_request request = sample_request();
    CLEANUP(text_release) struct text bytes = {0};
    write_journal(*state, &request, 2);
    assert_int_equal(file_read(*state, SIZE_MAX / 2, &bytes, NULL), STATUS_OK);
    for (size_t cut = 1; cut < 1400; cut += 97) {
        CLEANUP(program_journal_release) struct program_journal_content content = {0};
        assert_int_equal(program_journal_decode((const uint8_t *)bytes.bytes, bytes.length - cut, "journal",
                                                &content, NULL),
                         STATUS_OK);
        assert_true(content.count == 1 || content.count == 0);
        assert_int_equal(content.valid_bytes + content.cut_off_bytes, bytes.length - cut);
    }
    for (size_t length = 0; length < 100; length++) {
        CLEANUP(program_journal_release) struct program_journal_content content = {0};
        assert_int_equal(
            program_journal_decode((const uint8_t *)bytes.bytes, length, "journal", &content, NULL),
            STATUS_BAD_DATA);
    }
}

static void requests_that_differ_are_not_the_same_run(void **state)
{
    (void)state;
    CLEANUP(program_request_release) struct program_request one = sample_request(), other = sample_request();
    assert_true(program_request_equals(&one, &other));
    one.blocks = 0; // what the journal decided
    assert_true(program_request_equals(&one, &other));
    one.seed++;
    assert_false(program_request_equals(&one, &other));
    one.seed--;
    assert_int_equal(string_list_add(&one.commands[0].words, "x", NULL), STATUS_OK);
    assert_false(program_request_equals(&one, &other));
}

static int make_path(void **state)
{
    static char path[64];
    snprintf(path, sizeof path, "/tmp/program_journal.%ld", (long)getpid());
    *state = path;
    return 0;
}

static int remove_path(void **state)
{
    unlink(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands_are_split_as_a_shell_does),
        cmocka_unit_test(what_needs_a_shell_is_refused),
        cmocka_unit_test(every_value_of_a_parameter_is_a_subject),
        cmocka_unit_test(a_parameter_that_stands_nowhere_is_an_error),
        cmocka_unit_test(a_block_has_every_heap_once_and_the_systems_twice),
        cmocka_unit_test(heaps_that_cannot_be_used_are_not_in_the_plan),
        cmocka_unit_test(as_many_blocks_as_fit_the_time),
        cmocka_unit_test(the_last_match_is_the_number),
        cmocka_unit_test_setup_teardown(a_journal_gives_back_what_was_put_in, make_path, remove_path),
        cmocka_unit_test_setup_teardown(a_torn_end_of_a_journal_is_left_out, make_path, remove_path),
        cmocka_unit_test(requests_that_differ_are_not_the_same_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
