// What is kept of a program's output, and its hash, do not depend on the parts in which it comes.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "launch/private.h"

static uint64_t hash_in_parts(const char *bytes, size_t length, size_t part)
{
    struct stream_hash hash = {0};
    for (size_t at = 0; at < length; at += part)
        stream_hash_add(&hash, bytes + at, length - at < part ? length - at : part);
    assert_int_equal(hash.length, length);
    return stream_hash_value(&hash);
}

static void a_hash_does_not_depend_on_the_parts(void **state)
{
    (void)state;
    char bytes[1000];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i * 37);
    for (size_t length = 0; length < 40; length++)
        for (size_t part = 1; part < 20; part++)
            assert_int_equal(hash_in_parts(bytes, length, part), hash_in_parts(bytes, length, sizeof bytes));
    assert_int_equal(hash_in_parts(bytes, sizeof bytes, 13), hash_in_parts(bytes, sizeof bytes, 64));
}

static void every_byte_and_the_length_change_the_hash(void **state)
{
    (void)state;
    char bytes[100] = "";
    const uint64_t before = hash_in_parts(bytes, sizeof bytes, 7);
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] ^= 1;
        assert_true(hash_in_parts(bytes, sizeof bytes, 7) != before);
        bytes[i] ^= 1;
    }
    for (size_t length = 0; length < sizeof bytes; length++)
        assert_true(hash_in_parts(bytes, length, 7) != before);
}

static void the_end_of_a_stream_is_kept(void **state)
{
    (void)state;
    char expected[5000];
    for (size_t i = 0; i < sizeof expected; i++)
        expected[i] = (char)('a' + i % 26);
    for (size_t part = 1; part < 2500; part += 97) {
        CLEANUP(tail_release) struct tail tail = {.limit = 1000};
        for (size_t at = 0; at < sizeof expected; at += part) {
            const size_t end = at + part < sizeof expected ? at + part : sizeof expected;
            size_t length;
            tail_append(&tail, expected + at, end - at);
            const char *kept = tail_bytes(&tail, &length);
            assert_int_equal(length, end < 1000 ? end : 1000);
            assert_memory_equal(kept, expected + end - length, length);
        }
    }
}

static void a_task_arrives_as_it_was_sent_and_nothing_else_is_one(void **state)
{
    (void)state;
    CLEANUP(task_release)
    struct task sent = {.output = LAUNCH_OUTPUT_FILE,
                        .keep_output = true,
                        .timeout_seconds = 1.5,
                        .stop_signal = 10},
                got = {0}, none = {0};
    for (int i = 0; i < TASK_TEXT_COUNT; i++)
        assert_int_equal(string_list_add(&sent.texts, i == TASK_INPUT ? "" : "some text", NULL), STATUS_OK);
    assert_int_equal(string_list_add(&sent.arguments, "", NULL), STATUS_OK);
    assert_int_equal(string_list_add(&sent.environment, "NAME=line\nline", NULL), STATUS_OK);
    CLEANUP(close_stream) FILE *file = tmpfile();
    assert_non_null(file);
    assert_true(task_write(fileno(file), &sent));
    assert_true(task_read(fileno(file), &got));
    assert_int_equal(got.output, LAUNCH_OUTPUT_FILE);
    assert_true(got.timeout_seconds > 1.4 && got.timeout_seconds < 1.6);
    assert_string_equal(task_text(&got, TASK_INPUT), "");
    assert_string_equal(task_text(&got, TASK_CLIENT), "some text");
    assert_int_equal(got.arguments.count, 1);
    assert_string_equal(got.environment.items[0], "NAME=line\nline");
    const off_t length = lseek(fileno(file), 0, SEEK_END);
    for (off_t cut = 0; cut < length; cut++) {
        assert_int_equal(ftruncate(fileno(file), length - 1 - cut), 0);
        assert_int_equal(lseek(fileno(file), 0, SEEK_SET), 0);
        assert_false(task_read(fileno(file), &none));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hash_does_not_depend_on_the_parts),
        cmocka_unit_test(every_byte_and_the_length_change_the_hash),
        cmocka_unit_test(the_end_of_a_stream_is_kept),
        cmocka_unit_test(a_task_arrives_as_it_was_sent_and_nothing_else_is_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
