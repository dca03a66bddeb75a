// The array is submitted on hold, each task is bound to its node, what is known is written down, and only
// then it may start. Whatever fails on the way, what was submitted is cancelled again.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "cluster/private.h"

enum { NUMBER_BYTES = 48 };

static enum status write_script(const char *folder, const char *name, const struct text *script,
                                struct error *error)
{
    CLEANUP(text_release) struct text path = {0};
    text_append_format(&path, "%s/%s", folder, name);
    enum status status = text_check(&path, error);
    if (status == STATUS_OK)
        status = text_check(script, error);
    return status == STATUS_OK ? file_write(text_string(&path), text_string(script), script->length, error)
                               : status;
}

enum status cluster_write_scripts(const struct cluster_job *job, struct error *error)
{
    CLEANUP(text_release) struct text tasks = {0}, analysis = {0};
    cluster_append_job_script(&tasks, job);
    cluster_append_analysis_script(&analysis, job);
    enum status status = file_make_directory(job->folder, error);
    if (status == STATUS_OK)
        status = write_script(job->folder, "job.sh", &tasks, error);
    return status == STATUS_OK ? write_script(job->folder, "analysis.sh", &analysis, error) : status;
}

// "12" or "12;cluster", as sbatch --parsable prints it.
static enum status read_job(const struct outside *outside, uint64_t *ret_job, struct error *error)
{
    char *end;
    const char *printed = text_string(&outside->output);
    uint64_t job = strtoull(printed, &end, 10);
    if (job == 0 || end == printed)
        return error_set(error, STATUS_ENVIRONMENT, "squeue shows what was submitted.",
                         "sbatch did not print the number of the job");
    *ret_job = job;
    return STATUS_OK;
}

static enum status submit_script(const char *folder, const char *script, const char *first,
                                 const char *second, uint64_t *ret_job, struct error *error)
{
    CLEANUP(text_release) struct text path = {0};
    CLEANUP(outside_release) struct outside outside = {0};
    text_append_format(&path, "%s/%s", folder, script);
    enum status status = text_check(&path, error);
    if (status != STATUS_OK)
        return status;
    const char *const arguments[] = {"sbatch", "--parsable", first, second, text_string(&path), NULL};
    status = outside_must_run(arguments, &outside, error);
    return status == STATUS_OK ? read_job(&outside, ret_job, error) : status;
}

static void cancel(uint64_t job)
{
    char number[NUMBER_BYTES];
    const char *const arguments[] = {"scancel", number, NULL};
    CLEANUP(outside_release) struct outside outside = {0};
    snprintf(number, sizeof number, "%" PRIu64, job);
    if (job && outside_run(arguments, &outside, NULL) != STATUS_OK)
        return; // it is on hold, and its owner is told by the error that led here
}

// "--array=0-3,7"
static void append_array(struct text *text, const bool *chosen, size_t count)
{
    text_append(text, "--array=");
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        if (!chosen[i])
            continue;
        size_t last = i;
        while (last + 1 < count && chosen[last + 1])
            last++;
        text_append_format(text, last > i ? "%s%zu-%zu" : "%s%zu", any ? "," : "", i, last);
        any = true;
        i = last;
    }
}

static enum status bind_task(const struct submission *submission, size_t task, struct error *error)
{
    char job[NUMBER_BYTES];
    CLEANUP(text_release) struct text node = {0};
    CLEANUP(outside_release) struct outside outside = {0};
    snprintf(job, sizeof job, "JobId=%" PRIu64 "_%zu", submission->tasks[task].job, task);
    text_append_format(&node, "ReqNodeList=%s", submission->tasks[task].node);
    enum status status = text_check(&node, error);
    const char *const arguments[] = {"scontrol", "update", job, text_string(&node), NULL};
    return status == STATUS_OK ? outside_must_run(arguments, &outside, error) : status;
}

static enum status release_array(uint64_t job, struct error *error)
{
    char number[NUMBER_BYTES];
    CLEANUP(outside_release) struct outside outside = {0};
    snprintf(number, sizeof number, "%" PRIu64, job);
    const char *const arguments[] = {"scontrol", "release", number, NULL};
    return outside_must_run(arguments, &outside, error);
}

// What an earlier try of these tasks left.
static enum status forget_states(const char *folder, const struct submission *submission, const bool *chosen,
                                 struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < submission->count && status == STATUS_OK; i++) {
        CLEANUP(text_release) struct text path = {0};
        append_state_path(&path, folder, i);
        status = text_check(&path, error);
        if (status == STATUS_OK && chosen[i])
            unlink(text_string(&path));
    }
    return status;
}

static enum status submit_held(const char *folder, struct submission *submission, const bool *chosen,
                               uint64_t *ret_array, struct error *error)
{
    CLEANUP(text_release) struct text array = {0};
    char dependency[NUMBER_BYTES];
    append_array(&array, chosen, submission->count);
    enum status status = text_check(&array, error);
    if (status == STATUS_OK)
        status = submit_script(folder, "job.sh", text_string(&array), "--hold", ret_array, error);
    for (size_t i = 0; i < submission->count && status == STATUS_OK; i++) {
        if (!chosen[i])
            continue;
        submission->tasks[i].job = *ret_array;
        status = bind_task(submission, i, error);
    }
    if (status != STATUS_OK)
        return status;
    snprintf(dependency, sizeof dependency, "--dependency=afterany:%" PRIu64, *ret_array);
    return submit_script(folder, "analysis.sh", dependency, "--kill-on-invalid-dep=no", &submission->analysis,
                         error);
}

enum status cluster_submit(const char *folder, struct submission *submission, const bool *chosen,
                           struct error *error)
{
    uint64_t array = 0, earlier = submission->analysis;
    submission->analysis = 0;
    enum status status = forget_states(folder, submission, chosen, error);
    if (status == STATUS_OK)
        status = submit_held(folder, submission, chosen, &array, error);
    if (status == STATUS_OK)
        status = submission_write(folder, submission, error);
    if (status == STATUS_OK)
        status = release_array(array, error);
    if (status == STATUS_OK) {
        cancel(earlier); // one analysis is enough
        return STATUS_OK;
    }
    cancel(submission->analysis);
    cancel(array);
    return status;
}
