// Reading good files under bad conditions.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "analysis/analysis.h"
#include "base/cleanup.h"
#include "sample_run.h"

static enum status analyse(uint32_t memory_limit_mebibytes, struct analysis *ret_analysis)
{
    struct error error = {0};
    struct analysis_options options;
    analysis_options_init(&options);
    options.directory = sample_directory;
    options.dataset.skip_bad = true;
    options.dataset.memory_limit_mebibytes = memory_limit_mebibytes;
    enum status status = analysis_run(&options, ret_analysis, &error);
    if (status != STATUS_OK)
        print_message("%s\n", error.cause);
    return status;
}

static void a_good_file_is_not_left_out_for_want_of_memory(void **state)
{
    (void)state;
    CLEANUP(sample_run_release) struct sample_run run;
    sample_run_build(&(struct sample_run_options){.platform = "sample",
                                                  .iterations = 40,
                                                  .processes = 20,
                                                  .size_count = SIZE_COUNT,
                                                  .seed = 3,
                                                  .slowdown = 1.0},
                     &run);
    assert_int_equal(results_write(sample_directory, &run.results, NULL), STATUS_OK);
    CLEANUP(analysis_release) struct analysis little = {0}, enough = {0};
    assert_int_equal(analyse(4, &little), STATUS_NO_MEMORY);
    assert_int_equal(little.datasets.left_out_count, 0);
    assert_int_equal(analyse(1024, &enough), STATUS_OK);
    assert_int_equal(enough.datasets.left_out_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_good_file_is_not_left_out_for_want_of_memory)};
    return cmocka_run_group_tests(tests, make_sample_directory, remove_sample_directory);
}
