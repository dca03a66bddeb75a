// What a stored self-test says reaches the findings; a file that is none is a warning and no more.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/analysis.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "sample_run.h"

static void path_of(const char *name, char path[128])
{
    snprintf(path, 128, "%s/%s", sample_directory, name);
}

static enum status write_run(const char *touch)
{
    CLEANUP(sample_run_release) struct sample_run run;
    sample_run_build(&(struct sample_run_options){.platform = "sample",
                                                  .iterations = 16,
                                                  .processes = 8,
                                                  .size_count = 1,
                                                  .seed = 3,
                                                  .slowdown = 1.0,
                                                  .touch = touch},
                     &run);
    return results_write(sample_directory, &run.results, NULL);
}

static int make_directory(void **state)
{
    return make_sample_directory(state) == 0 && write_run("word") == STATUS_OK ? 0 : -1;
}

static void analyse(struct analysis *ret_analysis)
{
    struct error error = {0};
    struct analysis_options options;
    analysis_options_init(&options);
    options.directory = sample_directory;
    if (analysis_run(&options, ret_analysis, &error) != STATUS_OK)
        fail_msg("%s", error.cause);
}

static bool finds(const struct analysis *analysis, const char *words)
{
    for (size_t i = 0; i < analysis->finding_count; i++)
        if (strstr(analysis->findings[i].text, words))
            return true;
    return false;
}

static bool warns(const struct analysis *analysis, const char *words)
{
    const struct string_list *warnings = &analysis->platforms[0].warnings;
    for (size_t i = 0; i < warnings->count; i++)
        if (strstr(warnings->items[i], words))
            return true;
    return false;
}

static void the_sentence_of_a_self_test_is_a_finding(void **state)
{
    (void)state;
    static const char quick[] = "self-test stored beside these results was a quick one";
    static const char problem[] = "self-test stored beside these results cannot be read";
    static const struct {
        const char *content; // NULL: no file
        const char *found;   // NULL: nothing
        const char *warned;  // NULL: of nothing
    } cases[] = {
        {NULL, NULL, NULL},
        {"{\"format\":1,\"summary\":\"This machine can see a slowdown of 3 % or more.\"}",
         "can see a slowdown of 3 %", NULL},
        {"{\"summary\":\"This machine\\u001b[31m can see it.\"}", "This machine?[31m can see it.", NULL},
        {"{\"quick\":false,\"summary\":\"This machine can see it.\"}", "This machine can see it.", NULL},
        {"{\"quick\":true,\"summary\":\"This machine can see it.\"}", NULL, quick},
        {"{\"format\":1}", NULL, problem},
        {"[1, 2", NULL, problem},
        {"", NULL, problem},
        {"{\"summary\":null}", NULL, problem},
    };
    char path[128];
    path_of("selftest_sample.json", path);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        unlink(path);
        if (cases[i].content)
            assert_int_equal(file_write(path, cases[i].content, strlen(cases[i].content), NULL), STATUS_OK);
        CLEANUP(analysis_release) struct analysis analysis = {0};
        analyse(&analysis);
        assert_int_equal(analysis.platform_count, 1);
        assert_true(analysis.finding_count > 0);
        if (finds(&analysis, "This machine") != (cases[i].found != NULL) ||
            (cases[i].found && !finds(&analysis, cases[i].found)) ||
            warns(&analysis, problem) != (cases[i].warned == problem) ||
            warns(&analysis, quick) != (cases[i].warned == quick))
            fail_msg("case %zu", i);
    }
}

static void a_touch_hides_no_self_test(void **state)
{
    (void)state;
    static const char content[] = "{\"summary\":\"This machine can see a slowdown of 3 % or more.\"}";
    char path[128];
    path_of("selftest_sample.json", path);
    assert_int_equal(file_write(path, content, strlen(content), NULL), STATUS_OK);
    assert_int_equal(write_run("full"), STATUS_OK);
    CLEANUP(analysis_release) struct analysis analysis = {0};
    analyse(&analysis);
    assert_string_equal(analysis.platforms[0].label, "sample (touch full)");
    assert_true(finds(&analysis, "can see a slowdown of 3 %"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_sentence_of_a_self_test_is_a_finding),
                                       cmocka_unit_test(a_touch_hides_no_self_test)};
    return cmocka_run_group_tests(tests, make_directory, remove_sample_directory);
}
