#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/printable.h"
#include "command_line/help.h"
#include "command_line/parse.h"
#include "command_line/private.h"
#include "commands/commands.h"

// A command with an option of every type.
static const char *fruit_name(size_t index)
{
    static const char *const names[] = {"apple", "pear", NULL, "plum", "16", "1024"};
    return names[index];
}

static bool fruit_is_default(size_t index)
{
    return index < 2;
}

static const struct choices fruits = {"fruit", 6, fruit_name, fruit_is_default, NULL};

enum { FLAG, NUMBER, DECIMAL, LIST, CHOICE, NAMES, TEXT, PATH };

static const struct option_row rows[] = {
    [FLAG] = {.name = "flag", .type = OPTION_FLAG, .help = "a flag"},
    [NUMBER] = {.name = "number",
                .type = OPTION_NUMBER,
                .value_name = "N",
                .minimum = 1,
                .maximum = 100,
                .default_text = "7",
                .help = "a number"},
    [DECIMAL] =
        {.name = "decimal", .type = OPTION_DECIMAL, .value_name = "X", .maximum = 10, .help = "a fraction"},
    [LIST] =
        {.name = "list", .type = OPTION_LIST, .value_name = "LIST", .choices = &fruits, .help = "fruits"},
    [CHOICE] = {.name = "choice",
                .type = OPTION_CHOICE,
                .value_name = "FRUIT",
                .choices = &fruits,
                .default_text = "plum",
                .help = "a fruit"},
    [NAMES] = {.name = "names", .type = OPTION_NAMES, .value_name = "LIST", .help = "names"},
    [TEXT] = {.name = "text", .type = OPTION_TEXT, .value_name = "TEXT", .help = "a text"},
    [PATH] =
        {.name = "path", .type = OPTION_PATH, .value_name = "DIR", .default_text = "here", .help = "a place"},
};

static const struct argument_row arguments[] = {{"A", "the first"}, {"B", "the others"}};

static const struct command test_command = {.name = "test",
                                            .summary = "a test",
                                            .description = "Tests.",
                                            .arguments = arguments,
                                            .min_arguments = 1,
                                            .max_arguments = 2,
                                            .last_repeats = true,
                                            .options = rows,
                                            .option_count = COUNT_OF(rows)};

enum { MAX_WORDS = 12 };

static enum status parse(const char *const *words, struct invocation *ret_invocation, struct error *error)
{
    size_t count = 0;
    while (count < MAX_WORDS && words[count])
        count++;
    return command_parse(&all_commands, &test_command, count, words, ret_invocation, error);
}

static void defaults_hold_when_nothing_is_given(void **state)
{
    (void)state;
    CLEANUP(invocation_release) struct invocation invocation = {0};
    assert_int_equal(parse((const char *[]){"a", NULL}, &invocation, NULL), STATUS_OK);
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_false(invocation.values[i].given);
    assert_int_equal(invocation.values[FLAG].number, 0);
    assert_int_equal(invocation.values[NUMBER].number, 7);
    assert_int_equal(invocation.values[LIST].chosen, 3);
    assert_string_equal(invocation.values[CHOICE].text, "plum");
    assert_string_equal(invocation.values[PATH].text, "here");
    assert_null(invocation.values[TEXT].text);
}

static void every_type_is_read_in_both_forms(void **state)
{
    (void)state;
    static const char *const forms[][MAX_WORDS] = {
        {"--flag", "--number", "42", "--decimal", "2.5", "--list", "pear,plum", "--choice", "apple", "a",
         NULL},
        {"a", "--number=42", "--list=plum, pear ,pear", "--choice=apple", "--decimal=2.50", "--flag",
         "--flag", NULL},
    };
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        CLEANUP(invocation_release) struct invocation invocation = {0};
        assert_int_equal(parse(forms[i], &invocation, NULL), STATUS_OK);
        assert_int_equal(invocation.values[FLAG].number, 1);
        assert_int_equal(invocation.values[NUMBER].number, 42);
        assert_true(invocation.values[DECIMAL].decimal == 2.5);
        assert_int_equal(invocation.values[LIST].chosen, 2 + 8);
        assert_string_equal(invocation.values[CHOICE].text, "apple");
        assert_int_equal(invocation.argument_count, 1);
    }
}

static void all_is_every_choice(void **state)
{
    (void)state;
    CLEANUP(invocation_release) struct invocation invocation = {0};
    assert_int_equal(parse((const char *[]){"a", "--list", "all", NULL}, &invocation, NULL), STATUS_OK);
    assert_int_equal(invocation.values[LIST].chosen, 1 + 2 + 8 + 16 + 32);
}

static void two_hyphens_end_the_options(void **state)
{
    (void)state;
    CLEANUP(invocation_release) struct invocation invocation = {0};
    assert_int_equal(parse((const char *[]){"--", "--flag", "--", "-", NULL}, &invocation, NULL), STATUS_OK);
    assert_int_equal(invocation.argument_count, 3);
    assert_string_equal(invocation.arguments[0], "--flag");
    assert_false(invocation.values[FLAG].given);
}

static void names_are_kept_in_order_without_repetition(void **state)
{
    (void)state;
    CLEANUP(invocation_release) struct invocation invocation = {0};
    assert_int_equal(parse((const char *[]){"a", "--names", "x, y,x,z", NULL}, &invocation, NULL), STATUS_OK);
    assert_int_equal(invocation.values[NAMES].names.count, 3);
    assert_string_equal(invocation.values[NAMES].names.items[2], "z");
}

static void options_of_another_command_are_kept_behind_the_arguments(void **state)
{
    (void)state;
    struct command outer = test_command;
    outer.max_arguments = 1;
    outer.last_repeats = false;
    outer.rest_name = "options of inner";
    CLEANUP(invocation_release) struct invocation invocation = {0};
    static const char *const words[] = {"--number", "9", "a", "--inner", "5", "--flag", "--also=x", "-"};
    assert_int_equal(command_parse(&all_commands, &outer, COUNT_OF(words), words, &invocation, NULL),
                     STATUS_OK);
    assert_int_equal(invocation.values[NUMBER].number, 9);
    assert_true(invocation.values[FLAG].given);
    static const char *const rest[] = {"--inner", "5", "--also=x", "-"};
    assert_int_equal(invocation.rest.count, COUNT_OF(rest));
    for (size_t i = 0; i < COUNT_OF(rest); i++)
        assert_string_equal(invocation.rest.items[i], rest[i]);
    static const char *const before[] = {"--inner", "a"};
    CLEANUP(invocation_release) struct invocation refused = {0};
    assert_int_equal(command_parse(&all_commands, &outer, COUNT_OF(before), before, &refused, NULL),
                     STATUS_USAGE);
}

static void mistakes_are_usage_errors_that_say_how_to_mend_them(void **state)
{
    (void)state;
    static const struct {
        const char *words[MAX_WORDS];
        const char *cause, *remedy;
    } cases[] = {
        {{NULL}, "test needs A", "test A, where A is the first."},
        {{"a", "--flga"}, "test has no option '--flga'", "Did you mean --flag?"},
        {{"a", "--fla"}, "test has no option '--fla'", "Did you mean --flag?"},
        {{"a", "-flag"}, "test has no option '-flag'", "Did you mean --flag?"},
        {{"a", "--Number=3"}, "test has no option '--Number'", "Did you mean --number?"},
        {{"a", "--"
               "zebra"},
         "test has no option '--zebra'",
         "--help"},
        {{"a", "--=3"}, "test has no option '--'", "--help"},
        {{"a", "-\x1b[31m"}, "test has no option '-?[31m'", "--help"},
        {{"a", "--flag=1"}, "--flag takes no value", "Leave out"},
        {{"a", "--number"}, "--number needs a value", "Write --number N."},
        {{"a", "--number", "--flag"}, "--number needs a value", "Write --number N."},
        {{"a", "--number", "0"}, "--number cannot be '0'", "a whole number from 1 to 100"},
        {{"a", "--number", "101"}, "--number cannot be '101'", "from 1 to 100"},
        {{"a", "--number", "-5"}, "--number cannot be '-5'", "from 1 to 100"},
        {{"a", "--number", "+5"}, "--number cannot be '+5'", "from 1 to 100"},
        {{"a", "--number", "5x"}, "--number cannot be '5x'", "from 1 to 100"},
        {{"a", "--number", " 5"}, "--number cannot be ' 5'", "from 1 to 100"},
        {{"a", "--number", "5.0"}, "--number cannot be '5.0'", "from 1 to 100"},
        {{"a", "--number", "1e1"}, "--number cannot be '1e1'", "from 1 to 100"},
        {{"a", "--number", "0x10"}, "--number cannot be '0x10'", "from 1 to 100"},
        {{"a", "--number="}, "--number cannot be ''", "from 1 to 100"},
        {{"a", "--number", "18446744073709551617"}, "--number cannot be '18446744073709551617'", "from 1"},
        {{"a", "--number", "1", "--number", "2"}, "--number is given twice", "once"},
        {{"a", "--decimal", "nan"}, "--decimal cannot be 'nan'", "a number from 0 to 10"},
        {{"a", "--decimal", "inf"}, "--decimal cannot be 'inf'", "from 0 to 10"},
        {{"a", "--decimal", "10.1"}, "--decimal cannot be '10.1'", "from 0 to 10"},
        {{"a", "--decimal", "1."}, "--decimal cannot be '1.'", "from 0 to 10"},
        {{"a", "--decimal", "."}, "--decimal cannot be '.'", "from 0 to 10"},
        {{"a", "--decimal", "1.2.3"}, "--decimal cannot be '1.2.3'", "from 0 to 10"},
        {{"a", "--decimal", "-0.5"}, "--decimal cannot be '-0.5'", "from 0 to 10"},
        {{"a", "--list", "aple"},
         "--list: there is no fruit 'aple'",
         "Did you mean apple? Known are apple, pear, plum"},
        {{"a", "--list", "900"}, "--list: there is no fruit '900'", "Did you mean 1024?"},
        {{"a", "--list", "xyzzy"}, "--list: there is no fruit 'xyzzy'", "Known are apple"},
        {{"a", "--list", "Apple"}, "--list: there is no fruit 'Apple'", "Did you mean apple?"},
        {{"a", "--list="}, "--list is empty", "at least one"},
        {{"a", "--list", "apple,,pear"}, "--list 'apple,,pear' has an empty place", "one comma"},
        {{"a", "--list", "apple,"}, "--list 'apple,' has an empty place", "one comma"},
        {{"a", "--list", " "}, "--list ' ' has an empty place", "one comma"},
        {{"a", "--list", "apple", "--list", "pear"}, "--list is given twice", "with commas between"},
        {{"a", "--choice", "pears"}, "--choice: there is no fruit 'pears'", "Did you mean pear?"},
        {{"a", "--choice", "all"}, "--choice: there is no fruit 'all'", "Known are"},
        {{"a", "--names", "x,,y"}, "--names 'x,,y' has an empty place", "one comma"},
        {{"a", "--text", ""}, "--text is empty", "leave the option out"},
        {{"a", "--path="}, "--path is empty", "leave the option out"},
        {{"1", "2", "3", "4", "5", "6", "7", "8", "9"}, "unexpected argument '9'", "--help"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct invocation invocation;
        struct error error = {0};
        enum status status = parse(cases[i].words, &invocation, &error);
        if (status != STATUS_USAGE || !strstr(error.cause, cases[i].cause) ||
            !strstr(error.remedy, cases[i].remedy))
            fail_msg("case %zu: status %d, '%s', '%s'", i, (int)status, error.cause, error.remedy);
    }
}

static void long_and_strange_words_are_shown_short_and_harmless(void **state)
{
    (void)state;
    char word[300];
    memset(word, 'x', sizeof word - 1);
    word[sizeof word - 1] = '\0';
    assert_int_equal(strlen(show_word(word).text), 63);
    assert_string_equal(show_word(word).text + 60, "...");
    assert_string_equal(show_word("a\r\n\x1b\x7f").text, "a????");
    assert_string_equal(show_word("\xc3\xa4").text, "\xc3\xa4");
    for (size_t offset = 0; offset < 4; offset++) { // never cut inside a character of four bytes
        char smileys[200] = "xxx";
        for (size_t i = offset; i + 4 < sizeof smileys; i += 4)
            memcpy(smileys + i, "\xf0\x9f\x98\x80", 4);
        struct shown_word shown = show_word(smileys);
        size_t length = strlen(shown.text) - 3;
        assert_int_equal((length - offset) % 4, 0);
    }
}

static void first_word_picks_the_command(void **state)
{
    (void)state;
    static const struct {
        const char *words[MAX_WORDS];
        const char *command;
        bool named, wants_help;
    } cases[] = {
        {{"memalloc-bench", "local"}, "run", false, false},
        {{"memalloc-bench", "run", "local"}, "run", true, false},
        {{"memalloc-bench", "--quick", "local"}, "run", false, false},
        {{"memalloc-bench", "list"}, "list", true, false},
        {{"memalloc-bench", "--help"}, "help", true, false},
        {{"memalloc-bench", "-h"}, "help", true, false},
        {{"memalloc-bench", "--version"}, "version", true, false},
        {{"memalloc-bench", "run", "--help"}, "run", true, true},
        {{"memalloc-bench", "local", "-h"}, "run", false, true},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int argc = 0;
        while (cases[i].words[argc])
            argc++;
        CLEANUP(invocation_release) struct invocation invocation = {0};
        assert_int_equal(command_line_parse(&all_commands, argc, cases[i].words, &invocation, NULL),
                         STATUS_OK);
        assert_string_equal(invocation.command->name, cases[i].command);
        assert_int_equal(invocation.command_named, cases[i].named);
        assert_int_equal(invocation.wants_help, cases[i].wants_help);
    }
    struct invocation invocation;
    assert_int_equal(
        command_line_parse(&all_commands, 1, (const char *[]){"memalloc-bench"}, &invocation, NULL),
        STATUS_USAGE);
    assert_int_equal(command_line_parse(&all_commands, 0, NULL, &invocation, NULL), STATUS_USAGE);
}

static void help_shows_every_row_within_80_columns(void **state)
{
    (void)state;
    size_t checked = 0;
    for (size_t c = 0; c <= all_commands.count; c++) {
        const struct command *command = c < all_commands.count ? all_commands.rows[c] : &test_command;
        CLEANUP(text_release) struct text text = {0};
        help_append_command(&text, command);
        for (size_t i = 0; i < command->option_count; i++, checked++) {
            char term[64];
            snprintf(term, sizeof term, "  --%s", command->options[i].name);
            assert_non_null(strstr(text_string(&text), term));
        }
        for (const char *line = text_string(&text); *line; line += strcspn(line, "\n") + 1)
            if (strcspn(line, "\n") > 80)
                fail_msg("%s: %s", command->name, line);
    }
    assert_true(checked >= 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_hold_when_nothing_is_given),
        cmocka_unit_test(every_type_is_read_in_both_forms),
        cmocka_unit_test(all_is_every_choice),
        cmocka_unit_test(two_hyphens_end_the_options),
        cmocka_unit_test(names_are_kept_in_order_without_repetition),
        cmocka_unit_test(options_of_another_command_are_kept_behind_the_arguments),
        cmocka_unit_test(mistakes_are_usage_errors_that_say_how_to_mend_them),
        cmocka_unit_test(long_and_strange_words_are_shown_short_and_harmless),
        cmocka_unit_test(first_word_picks_the_command),
        cmocka_unit_test(help_shows_every_row_within_80_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
