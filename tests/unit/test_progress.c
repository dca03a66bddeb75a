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
#include "commands/progress.h"

static const struct planned_process slow_cell = {
    .cell = {.strategy = STRATEGY_slab_cold, .pattern = PATTERN_immediate, .size_bytes = 4096},
    .allocator = "slab_cold"};

static void durations_are_read_at_a_glance(void **state)
{
    (void)state;
    static const struct {
        double seconds;
        const char *expected;
    } cases[] = {
        {0, "0 s"},           {0.2, "1 s"}, {59, "59 s"}, {59.7, "1 min 00 s"}, {130, "2 min 10 s"},
        {3900, "1 h 05 min"}, {-1, "?"},    {1e300, "?"}, {0.0 / 0.0, "?"},     {360000, "100 h 00 min"}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CLEANUP(text_release) struct text text = {0};
        duration_append(&text, cases[i].seconds);
        assert_string_equal(text_string(&text), cases[i].expected);
    }
}

static void a_wide_line_tells_everything(void **state)
{
    (void)state;
    struct runner_progress progress = {.done = 1690,
                                       .total = 4560,
                                       .failed = 3,
                                       .next = &slow_cell,
                                       .elapsed_seconds = 70,
                                       .remaining_seconds = 130};
    CLEANUP(text_release) struct text text = {0};
    progress_append_line(&text, &progress, 100);
    assert_string_equal(text_string(&text),
                        " 37 % [#######-------------]  1690/4560, 3 failed  slab_cold immediate 4096  "
                        "2 min 10 s left");
}

static void what_is_rough_has_no_more_digits_than_are_known(void **state)
{
    (void)state;
    static const struct {
        double seconds;
        const char *expected;
    } cases[] = {{7, "about 10 s left"},
                 {41, "about 50 s left"},
                 {130, "about 3 min left"},
                 {3599, "about 60 min left"},
                 {3900, "about 1 h 05 min left"}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct runner_progress progress = {
            .total = 10, .remaining_seconds = cases[i].seconds, .remaining_is_rough = true};
        CLEANUP(text_release) struct text text = {0};
        progress_append_plain(&text, &progress);
        assert_non_null(strstr(text_string(&text), cases[i].expected));
    }
}

static void the_line_never_reaches_the_edge_and_keeps_the_time_left_longest(void **state)
{
    (void)state;
    struct runner_progress progress = {.done = 123456,
                                       .total = 228000,
                                       .failed = 77777,
                                       .next = &slow_cell,
                                       .elapsed_seconds = 70,
                                       .remaining_seconds = 86400};
    for (size_t columns = 6; columns < 200; columns++) {
        CLEANUP(text_release) struct text text = {0};
        progress_append_line(&text, &progress, columns);
        if (text.length > columns)
            fail_msg("%zu columns: %s", columns, text_string(&text));
        assert_int_equal(strncmp(text_string(&text), " 54 %", 5), 0);
        assert_int_equal(strstr(text_string(&text), "24 h 00 min left") != NULL, columns >= 23);
        assert_int_equal(strchr(text_string(&text), '[') != NULL, strchr(text_string(&text), ']') != NULL);
    }
}

static void what_is_not_known_is_left_out(void **state)
{
    (void)state;
    struct runner_progress progress = {.done = 0, .total = 0, .remaining_seconds = -1};
    CLEANUP(text_release) struct text line = {0};
    progress_append_line(&line, &progress, 80);
    assert_null(strstr(text_string(&line), "left"));
    assert_null(strstr(text_string(&line), "failed"));
    struct runner_progress start = {.done = 0, .total = 10, .remaining_seconds = -1};
    CLEANUP(text_release) struct text plain = {0};
    progress_append_plain(&plain, &start);
    assert_string_equal(text_string(&plain), "  0 %  0 of 10 processes\n");
}

// Shows a run of 100 processes of a tenth of a second into a pipe and returns what was written.
static struct text shown_in_a_pipe(bool redraws)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    struct progress progress;
    progress_init(&progress, ends[1]);
    assert_false(progress.redraws); // a pipe is no terminal
    progress.redraws = redraws;
    for (size_t done = 0; done <= 100; done++) {
        struct runner_progress now = {.done = done,
                                      .total = 100,
                                      .elapsed_seconds = (double)done * 0.1 + 1e-9,
                                      .remaining_seconds = (double)(100 - done) * 0.1,
                                      .next = done < 100 ? &slow_cell : NULL};
        progress_show(&progress, &now);
    }
    progress_clear(&progress);
    close(ends[1]);
    struct text text = {0};
    char buffer[4096];
    for (ssize_t length; (length = read(ends[0], buffer, sizeof buffer)) > 0;)
        text_append_bytes(&text, buffer, (size_t)length);
    close(ends[0]);
    return text;
}

static void without_a_terminal_there_is_a_plain_line_every_five_seconds(void **state)
{
    (void)state;
    CLEANUP(text_release) struct text text = shown_in_a_pipe(false);
    assert_string_equal(text_string(&text), "  0 %  0 of 100 processes, 10 s left\n"
                                            " 50 %  50 of 100 processes, 5 s left\n"
                                            "100 %  100 of 100 processes\n");
}

// Every line through a pipe as a person sees it: the time left as each says, in seconds.
static void the_time_shown_moves_slowly_however_the_estimate_jumps(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    struct progress progress;
    progress_init(&progress, ends[1]);
    static const double expected[] = {400, 100, 390, 80, 380};
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        struct runner_progress now = {.done = i,
                                      .total = 100,
                                      .elapsed_seconds = 5.0 * (double)i,
                                      .remaining_seconds = expected[i],
                                      .next = &slow_cell};
        progress_show(&progress, &now);
    }
    close(ends[1]);
    char buffer[4096] = {0};
    assert_true(read(ends[0], buffer, sizeof buffer - 1) > 0);
    close(ends[0]);
    double before = 0;
    const char *at = buffer;
    for (size_t i = 0; i < COUNT_OF(expected); i++, at++) {
        unsigned percent, done, total, minutes, seconds;
        assert_int_equal(sscanf(at, "%u %%  %u of %u processes, %u min %u s left", &percent, &done, &total,
                                &minutes, &seconds),
                         5);
        double left = 60.0 * minutes + seconds;
        assert_true(i == 0 || (left > 0.85 * (before - 5) && left < 1.15 * (before - 5)));
        before = left;
        at = strchr(at, '\n');
        assert_non_null(at);
    }
}

static void on_a_terminal_one_line_is_redrawn_and_taken_away(void **state)
{
    (void)state;
    CLEANUP(text_release) struct text text = shown_in_a_pipe(true);
    assert_null(strchr(text_string(&text), '\n'));
    assert_non_null(strstr(text_string(&text), "slab_cold immediate 4096"));
    const char end[] = "\r\x1b[K";
    assert_string_equal(text_string(&text) + text.length - strlen(end), end);
}

int main(void)
{
    setenv("COLUMNS", "80", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations_are_read_at_a_glance),
        cmocka_unit_test(a_wide_line_tells_everything),
        cmocka_unit_test(what_is_rough_has_no_more_digits_than_are_known),
        cmocka_unit_test(the_line_never_reaches_the_edge_and_keeps_the_time_left_longest),
        cmocka_unit_test(what_is_not_known_is_left_out),
        cmocka_unit_test(without_a_terminal_there_is_a_plain_line_every_five_seconds),
        cmocka_unit_test(the_time_shown_moves_slowly_however_the_estimate_jumps),
        cmocka_unit_test(on_a_terminal_one_line_is_redrawn_and_taken_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
