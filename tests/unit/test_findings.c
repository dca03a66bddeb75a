// What is said of several platforms together: files of runs that never happened.
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
#include "sample_run.h"

static const char *const names[] = {"a", "b", "c"};

struct platform {
    const char *touch;
    double twin_slowdown;
    uint32_t size_count;
};

static void write_platform(const char *name, const struct platform *platform)
{
    CLEANUP(sample_run_release) struct sample_run run;
    struct error error = {0};
    sample_run_build(&(struct sample_run_options){.platform = name,
                                                  .iterations = 16,
                                                  .processes = 16,
                                                  .size_count = platform->size_count,
                                                  .seed = 5,
                                                  .slowdown = 1.0,
                                                  .twin_slowdown = platform->twin_slowdown,
                                                  .touch = platform->touch},
                     &run);
    if (results_write(sample_directory, &run.results, &error) != STATUS_OK)
        fail_msg("%s", error.cause);
}

// The sentences about all platforms and slab_warm, one after the other.
static void find_overall(struct text *ret_sentences)
{
    struct error error = {0};
    struct analysis_options options;
    CLEANUP(analysis_release) struct analysis analysis = {0};
    analysis_options_init(&options);
    options.directory = sample_directory;
    if (analysis_run(&options, &analysis, &error) != STATUS_OK)
        fail_msg("%s", error.cause);
    for (size_t i = 0; i < analysis.finding_count; i++)
        if (!analysis.findings[i].platform && strstr(analysis.findings[i].text, " slab_warm is "))
            text_append(ret_sentences, analysis.findings[i].text);
}

static void platforms_are_compared_over_common_cells_of_one_touch(void **state)
{
    (void)state;
    static const struct {
        struct platform platforms[COUNT_OF(names)];
        const char *beginning; // of the only sentence; NULL: none
        const char *words;
    } cases[] = {
        {{{NULL, 1, 1}, {"word", 1, 3}, {"word", 1, 2}},
         "Over 3 platforms slab_warm is ",
         "(geometric means of 4 common cells)"},
        {{{"full", 1, 1}, {"word", 1, 3}, {"word", 1, 2}}, "Over 2 platforms", "of 8 common cells"},
        {{{"full", 1, 1}, {"full", 1, 3}, {"word", 1, 2}}, "Over 2 platforms", "on b (touch full)"},
        {{{"full", 1, 1}, {"read", 1, 3}, {"word", 1, 2}}, NULL, NULL},
        {{{"word", 1.3, 1}, {"word", 1, 3}, {"word", 1.3, 2}}, NULL, NULL}, // their twins differ
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        for (size_t p = 0; p < COUNT_OF(names); p++)
            write_platform(names[p], &cases[i].platforms[p]);
        CLEANUP(text_release) struct text found = {0};
        find_overall(&found);
        const char *sentence = text_string(&found);
        bool as_expected = cases[i].beginning
                               ? strstr(sentence, cases[i].beginning) == sentence &&
                                     strstr(sentence, cases[i].words) && !strstr(sentence + 1, "Over ")
                               : found.length == 0;
        if (!as_expected)
            fail_msg("case %zu: %s", i, sentence);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(platforms_are_compared_over_common_cells_of_one_touch),
    };
    return cmocka_run_group_tests(tests, make_sample_directory, remove_sample_directory);
}
