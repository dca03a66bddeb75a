// What a worker tells of its start, and what the dynamic linker said: any words are accepted.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/cleanup.h"
#include "runner/private.h"
#include "wire/given.h"

static void variables_that_are_missing_or_changed_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *environment[4];
        const char *changed;
    } cases[] = {
        {{"A=1", "B=", "C=x y"}, ""},   {{"C=x y", "Z=9", "A=1", "B="}, ""},
        {{"B=", "C=x y"}, "A"},         {{"A=2", "B=", "C=x y"}, "A"},
        {{"A=1", "C=x y"}, "B"},        {{"A=1", "B=", "C=x"}, "C"},
        {{"AA=1", "B=", "C=x y"}, "A"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CLEANUP(text_release) struct text list = {0};
        text_append(&list, GIVEN_LIST_NAME "=");
        CLEANUP(text_release) struct text given = {0};
        given_append(&given, "A=1");
        given_append(&given, "B=");
        given_append(&given, "C=x y");
        given_append(&given, "no variable");
        text_append(&list, text_string(&given));
        char *environment[6] = {NULL};
        size_t count = 0;
        for (size_t v = 0; v < COUNT_OF(cases[i].environment) && cases[i].environment[v]; v++)
            environment[count++] = (char *)cases[i].environment[v];
        struct arrival arrival = {0};
        given_compare(environment, &arrival);
        assert_false(arrival.has_list);
        environment[count] = list.bytes;
        given_compare(environment, &arrival);
        assert_true(arrival.has_list);
        assert_string_equal(arrival.changed, cases[i].changed);
    }
}

static void any_list_is_accepted(void **state)
{
    (void)state;
    static const char *const lists[] = {"", " ", "=", "A", "A=", "A=zz", "  A=1 ", "A=00000000 ="};
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        CLEANUP(text_release) struct text list = {0};
        text_append_format(&list, GIVEN_LIST_NAME "=%s", lists[i]);
        char *environment[] = {list.bytes, NULL};
        struct arrival arrival = {0};
        given_compare(environment, &arrival);
        assert_true(arrival.has_list);
    }
}

static void the_cause_is_taken_out_of_the_linkers_words(void **state)
{
    (void)state;
    static const char said[] = "ERROR: ld.so: object 'libother.so' from LD_PRELOAD cannot be preloaded "
                               "(wrong ELF class: ELFCLASS32): ignored.\n"
                               "ERROR: ld.so: object '/a b/libmine.so' from LD_PRELOAD cannot be preloaded "
                               "(failed (really) to map): ignored.\n";
    static const struct {
        const char *said, *library, *cause;
    } cases[] = {
        {said, "/a b/libmine.so", "failed (really) to map"},
        {said, "/x/libother.so", "wrong ELF class: ELFCLASS32"},
        {said, "/x/libthird.so", ""},
        {said, "/x/mine.so", ""},
        {said, "", "wrong ELF class: ELFCLASS32"},
        {"", "/x/libmine.so", ""},
        {"object '", "", ""},
        {"object 'x' cannot be preloaded (", "/x", ""},
        {"object 'x' cannot be preloaded (a\n): ignored", "/x", ""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char cause[100];
        loader_words_of_preload(cases[i].said, cases[i].library, cause, sizeof cause);
        assert_string_equal(cause, cases[i].cause);
    }
}

static void words_are_one_line_and_fit(void **state)
{
    (void)state;
    static const struct {
        const char *said, *expected;
        size_t capacity;
    } cases[] = {
        {"", "killed", 40},
        {" \n", "killed", 40},
        {"one\ntwo\n", "killed: one two", 40},
        {"cannot open /a/long/way/to/lib.so: gone", "killed: cannot open …/lib.so: gone", 42},
        {"abcdefghijklmnopqrstuvwxyz", "killed: abcdefgh…", 20},
        {"äöüäöüäöüäöü", "killed: äöüä…", 20},
        {"anything", "killed", 8},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char reason[64] = "killed";
        loader_words_append(cases[i].said, reason, cases[i].capacity);
        assert_string_equal(reason, cases[i].expected);
        assert_true(strlen(reason) < cases[i].capacity);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(variables_that_are_missing_or_changed_are_named),
        cmocka_unit_test(any_list_is_accepted),
        cmocka_unit_test(the_cause_is_taken_out_of_the_linkers_words),
        cmocka_unit_test(words_are_one_line_and_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
