#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/printable.h"

static void what_could_fool_a_terminal_or_a_reader_becomes_a_question_mark(void **state)
{
    (void)state;
    static const struct {
        const char *text, *kept, *shown;
    } cases[] = {
        {"", "", ""},
        {"plain text, 100 %", "", "plain text, 100 %"},
        {"\xc3\xa4\xe5\x90\x8d\xf0\x9f\x8d\xa3", "", "\xc3\xa4\xe5\x90\x8d\xf0\x9f\x8d\xa3"},
        {"\x1b[31m\x07\x7f", "", "?[31m??"},
        {"a\nb\tc", "", "a?b?c"},
        {"a\nb\tc", "\n", "a\nb?c"},
        {"\xc2\x9b"
         "1m",
         "", "?1m"}, // a C1 control in UTF-8
        {"a\xe2\x80\xae"
         "b",
         "", "a?b"}, // right-to-left override
        {"a\xe2\x81\xa6"
         "b",
         "", "a?b"}, // an isolate
        {"a\xe2\x80\xa8"
         "b",
         "", "a?b"}, // line separator
        {"\xff\xfe", "", "??"},
        {"\xc3", "", "?"},                // cut short
        {"\xc0\xaf", "", "??"},           // overlong
        {"\xed\xa0\x80", "", "???"},      // a surrogate
        {"\xf4\x90\x80\x80", "", "????"}, // beyond Unicode
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CLEANUP(text_release) struct text text = {0};
        text_append_printable(&text, cases[i].text, cases[i].kept);
        assert_string_equal(text_string(&text), cases[i].shown);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_could_fool_a_terminal_or_a_reader_becomes_a_question_mark),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
