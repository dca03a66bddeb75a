// The scripts of a job, its time limit, and the list that is kept of it. What needs Slurm is in
// tests/process/slurm.bats.
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
#include "base/file.h"
#include "cluster/cluster.h"

static struct cluster_job plain_job(void)
{
    return (struct cluster_job){.platform = "p",
                                .directory = "/shared/it's here",
                                .folder = "/shared/100%/submit_p",
                                .program = "/opt/memalloc-bench",
                                .minutes = 90,
                                .task_count = 3};
}

static void the_script_asks_slurm_for_what_was_asked(void **state)
{
    (void)state;
    struct cluster_job job = plain_job();
    job.partition = "long";
    job.account = "me";
    job.constraint = "a&b";
    job.requeue = true;
    assert_int_equal(string_list_add(&job.slurm_words, "qos=low", NULL), STATUS_OK);
    assert_int_equal(string_list_add(&job.slurm_words, "--comment=two words", NULL), STATUS_OK);
    assert_int_equal(string_list_add(&job.modules, "gcc/12", NULL), STATUS_OK);
    assert_int_equal(string_list_add(&job.run_words, "--heap=a=it's", NULL), STATUS_OK);
    CLEANUP(text_release) struct text script = {0}, analysis = {0};
    cluster_append_job_script(&script, &job);
    cluster_append_analysis_script(&analysis, &job);
    static const char *const lines[] = {
        "\n#SBATCH --array=0-2\n",
        "\n#SBATCH --exclusive\n",
        "\n#SBATCH --time=90\n",
        "\n#SBATCH --signal=B:USR1@60\n",
        "\n#SBATCH --requeue\n",
        "\n#SBATCH --output=/shared/100%%/submit_p/task_%a.log\n",
        "\n#SBATCH --partition=long\n",
        "\n#SBATCH --account=me\n",
        "\n#SBATCH --constraint=a&b\n",
        "\n#SBATCH --qos=low\n",
        "\n#SBATCH \"--comment=two words\"\n",
        "\ndirectory='/shared/it'\\''s here'\n",
        "\nmodule load 'gcc/12' ",
        "'--heap=a=it'\\''s'",
    };
    for (size_t i = 0; i < COUNT_OF(lines); i++)
        if (!strstr(text_string(&script), lines[i]))
            fail_msg("no %s in:\n%s", lines[i], text_string(&script));
    assert_non_null(strstr(text_string(&analysis), "\n#SBATCH --partition=long\n"));
    assert_null(strstr(text_string(&analysis), "--exclusive"));
    assert_null(strstr(text_string(&analysis), "--constraint"));
    string_list_release(&job.slurm_words);
    string_list_release(&job.modules);
    string_list_release(&job.run_words);
}

static void results_are_replaced_only_when_that_was_asked(void **state)
{
    (void)state;
    for (int replace = 0; replace < 2; replace++) {
        struct cluster_job job = plain_job();
        CLEANUP(text_release) struct text script = {0};
        job.replace = replace;
        cluster_append_job_script(&script, &job);
        assert_int_equal(strstr(text_string(&script), " --force") != NULL, replace);
        assert_int_equal(strstr(text_string(&script), "SLURM_RESTART_COUNT") == NULL, replace);
    }
}

static void a_line_break_is_refused(void **state)
{
    (void)state;
    struct cluster_job job = plain_job();
    assert_int_equal(cluster_job_check(&job, NULL), STATUS_OK);
    job.partition = "a\n#SBATCH --uid=0";
    assert_int_equal(cluster_job_check(&job, NULL), STATUS_USAGE);
    job.partition = NULL;
    assert_int_equal(string_list_add(&job.slurm_words, "x\ny", NULL), STATUS_OK);
    assert_int_equal(cluster_job_check(&job, NULL), STATUS_USAGE);
    string_list_release(&job.slurm_words);
}

static void the_time_limit_has_a_margin(void **state)
{
    (void)state;
    assert_int_equal(cluster_minutes(0), 4);
    assert_int_equal(cluster_minutes(600), 24);
    assert_int_equal(cluster_minutes(601), 25);
}

static void the_list_of_tasks_is_read_as_it_was_written(void **state)
{
    (void)state;
    char folder[] = "/tmp/test_cluster.XXXXXX";
    assert_non_null(mkdtemp(folder));
    CLEANUP(text_release) struct text path = {0};
    text_append_format(&path, "%s/tasks", folder);
    struct submission empty = {0};
    assert_int_equal(submission_read(folder, &empty, NULL), STATUS_USAGE);
    CLEANUP(string_list_release) struct string_list nodes = {0};
    assert_int_equal(string_list_add(&nodes, "n1", NULL), STATUS_OK);
    assert_int_equal(string_list_add(&nodes, "rack2-n17.site", NULL), STATUS_OK);
    CLEANUP(submission_release) struct submission written = {0}, read = {0};
    assert_int_equal(submission_of_nodes(&nodes, &written, NULL), STATUS_OK);
    written.tasks[0].job = 12;
    written.tasks[1].job = 4000000000;
    written.analysis = 14;
    assert_int_equal(submission_write(folder, &written, NULL), STATUS_OK);
    assert_int_equal(submission_read(folder, &read, NULL), STATUS_OK);
    assert_int_equal(read.count, 2);
    assert_int_equal(read.analysis, 14);
    assert_string_equal(read.tasks[1].node, "rack2-n17.site");
    assert_int_equal(read.tasks[1].job, 4000000000);
    static const char *const damaged[] = {"", "task 0 n1", "task 1 n1 12\n", "task 0 n1 12\nrubbish\n"};
    for (size_t i = 0; i < COUNT_OF(damaged); i++) {
        assert_int_equal(file_write(text_string(&path), damaged[i], strlen(damaged[i]), NULL), STATUS_OK);
        assert_int_equal(submission_read(folder, &empty, NULL), STATUS_BAD_DATA);
    }
    unlink(text_string(&path));
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_script_asks_slurm_for_what_was_asked),
        cmocka_unit_test(results_are_replaced_only_when_that_was_asked),
        cmocka_unit_test(a_line_break_is_refused),
        cmocka_unit_test(the_time_limit_has_a_margin),
        cmocka_unit_test(the_list_of_tasks_is_read_as_it_was_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
