// A build without reference/rust: compiled once for each reason, with the table of strategies as such a build
// has it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/cleanup.h"
#include "command_line/parse.h"
#include "commands/commands.h"
#include "commands/private.h"
#include "commands/run_options.h"
#include "strategies/strategies.h"

static const struct strategy_absence *absence_of(const char *name)
{
    return strategy_absence(strategy_find(name));
}

static void the_strategies_in_rust_are_absent_for_one_reason_and_no_others(void **state)
{
    (void)state;
    unsigned absent = 0;
    for (size_t i = 0; i < STRATEGY_COUNT; i++) {
        const struct strategy_absence *absence = strategy_absence(&strategies[i]);
        assert_int_equal(absence != NULL, strategies[i].code == STRATEGY_CODE_RUST);
        absent += absence != NULL;
        if (absence)
            assert_ptr_equal(absence, absence_of("rust_box"));
    }
    assert_int_equal(absent, 5);
}

static void asking_for_one_by_name_says_why_it_is_not_there_and_what_to_do(void **state)
{
    (void)state;
    static const char *const lists[] = {"rust_box", "box,rust_slab_warm", "all,rust_slab_cold"};
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        CLEANUP(invocation_release) struct invocation invocation = {0};
        struct error error = {0};
        const char *words[] = {"x", "--allocators", lists[i]};
        assert_int_equal(command_parse(&all_commands, command_find(&all_commands, "run"), COUNT_OF(words),
                                       words, &invocation, &error),
                         STATUS_USAGE);
        assert_non_null(strstr(error.cause, "is not in this build: "));
        assert_non_null(strstr(error.cause, absence_of("rust_box")->reason));
        assert_string_equal(error.remedy, absence_of("rust_box")->remedy);
    }
}

static void all_is_all_that_are_there(void **state)
{
    (void)state;
    CLEANUP(invocation_release) struct invocation invocation = {0};
    struct run_options options;
    const char *words[] = {"x", "--allocators", "all"};
    assert_int_equal(command_parse(&all_commands, command_find(&all_commands, "run"), COUNT_OF(words), words,
                                   &invocation, NULL),
                     STATUS_OK);
    assert_int_equal(run_options_from(&invocation, &options, NULL), STATUS_OK);
    assert_true(axis_values_has(&options.request.axes[AXIS_strategy], STRATEGY_arena));
    assert_false(axis_values_has(&options.request.axes[AXIS_strategy], STRATEGY_rust_box));
}

static void list_says_so_in_one_line(void **state)
{
    (void)state;
    CLEANUP(invocation_release) struct invocation invocation = {0};
    const struct command *list = command_find(&all_commands, "list");
    assert_int_equal(command_parse(&all_commands, list, 0, NULL, &invocation, NULL), STATUS_OK);
    assert_int_equal(list->execute(&invocation, NULL), STATUS_OK);
    const char *output = text_string(&invocation.output);
    const char *line = strstr(output, "rust_box, rust_slab_cold, ");
    assert_non_null(line);
    const char *what = strstr(line, "rust_slab_byvalue_warm: not in this build; ");
    const char *reason = strstr(line, absence_of("rust_box")->reason), *end = strchr(line, '\n');
    assert_true(what && end && reason && what < reason && reason < end);
    assert_ptr_equal(strstr(output, "rust_"), line); // in no other place
    assert_null(strstr(end, "rust_"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_strategies_in_rust_are_absent_for_one_reason_and_no_others),
        cmocka_unit_test(asking_for_one_by_name_says_why_it_is_not_there_and_what_to_do),
        cmocka_unit_test(all_is_all_that_are_there),
        cmocka_unit_test(list_says_so_in_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
