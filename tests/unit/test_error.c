#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"

static const char of_caller[] = "as the caller says";

static void some_errors_have_a_remedy_of_their_own(void **state)
{
    (void)state;
    static const struct {
        int error_number;
        const char *whatever_was_tried, *of_reading; // words of the remedy
    } cases[] = {
        {ENAMETOOLONG, "shorter path", "shorter path"},
        {ELOOP, "symbolic links", "symbolic links"},
        {EMFILE, "ulimit -n", "ulimit -n"},
        {ENFILE, "other programs", "other programs"},
        {ENOMEM, "memory limit", "memory limit"},
        {EACCES, of_caller, "right to read"},
        {EPERM, of_caller, "right to read"},
        {EISDIR, of_caller, "directory"},
        {ENOTDIR, of_caller, "Check the path"},
        {EIO, of_caller, "disk"},
        {ESTALE, of_caller, "Mount"},
        {ENOENT, of_caller, of_caller},
        {ENOSPC, of_caller, of_caller},
        {0, of_caller, of_caller},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error error = {0};
        assert_int_equal(error_set_errno(&error, STATUS_ENVIRONMENT, cases[i].error_number, of_caller, "x"),
                         STATUS_ENVIRONMENT);
        assert_non_null(strstr(error.remedy, cases[i].whatever_was_tried));
        assert_non_null(
            strstr(error_remedy_of_reading(cases[i].error_number, of_caller), cases[i].of_reading));
    }
    assert_null(error_remedy(ENOENT, NULL));
}

static void a_long_cause_leaves_room_for_what_the_system_said(void **state)
{
    (void)state;
    char path[8192];
    memset(path, 'x', sizeof path - 1);
    for (size_t length = 900; length < sizeof path; length += length < 1100 ? 1 : 1000) {
        struct error error;
        (void)error_set_errno(&error, STATUS_ENVIRONMENT, ENAMETOOLONG, NULL, "%.*s", (int)length, path);
        const char *expected = strerror(ENAMETOOLONG);
        assert_true(strlen(error.cause) < sizeof error.cause);
        assert_string_equal(error.cause + strlen(error.cause) - strlen(expected), expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(some_errors_have_a_remedy_of_their_own),
        cmocka_unit_test(a_long_cause_leaves_room_for_what_the_system_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
