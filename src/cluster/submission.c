// The list of a submission is a text of lines, so that a person can read it, too:
//     analysis 13
//     task 0 n1 12
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "cluster/private.h"

enum { MAX_LIST_BYTES = 16 << 20, NODE_BYTES = 256 };

void submission_release(struct submission *submission)
{
    if (!submission)
        return;
    for (size_t i = 0; i < submission->count; i++)
        free(submission->tasks[i].node);
    free(submission->tasks);
    *submission = (struct submission){0};
}

void append_state_path(struct text *text, const char *folder, size_t task)
{
    text_append_format(text, "%s/task_%zu.state", folder, task);
}

static enum status append_list_path(struct text *text, const char *folder, struct error *error)
{
    text_append_format(text, "%s/tasks", folder);
    return text_check(text, error);
}

bool submission_exists(const char *folder)
{
    CLEANUP(text_release) struct text path = {0};
    struct stat information;
    return append_list_path(&path, folder, NULL) == STATUS_OK && stat(text_string(&path), &information) == 0;
}

static enum status add_task(struct submission *submission, const char *node, uint64_t job,
                            struct error *error)
{
    struct cluster_task *tasks =
        realloc(submission->tasks, (submission->count + 1) * sizeof *submission->tasks);
    if (!tasks)
        return error_set_no_memory(error);
    submission->tasks = tasks;
    char *copy = strdup(node);
    if (!copy)
        return error_set_no_memory(error);
    tasks[submission->count++] = (struct cluster_task){.node = copy, .job = job};
    return STATUS_OK;
}

enum status submission_of_nodes(const struct string_list *nodes, struct submission *ret_submission,
                                struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < nodes->count && status == STATUS_OK; i++)
        status = add_task(ret_submission, nodes->items[i], 0, error);
    return status;
}

static enum status read_line(const char *line, struct submission *submission, bool *ret_good,
                             struct error *error)
{
    uint64_t job;
    size_t index;
    char node[NODE_BYTES];
    if (sscanf(line, "analysis %" SCNu64, &job) == 1) {
        submission->analysis = job;
        return STATUS_OK;
    }
    *ret_good =
        sscanf(line, "task %zu %255s %" SCNu64, &index, node, &job) == 3 && index == submission->count;
    return *ret_good ? add_task(submission, node, job, error) : STATUS_OK;
}

enum status submission_read(const char *folder, struct submission *ret_submission, struct error *error)
{
    CLEANUP(text_release) struct text path = {0}, content = {0};
    CLEANUP(string_list_release) struct string_list lines = {0};
    CLEANUP(submission_release) struct submission submission = {0};
    if (!submission_exists(folder))
        return error_set(error, STATUS_USAGE, "Submit it first, or name its --output-dir.",
                         "nothing was submitted: there is no folder %s", folder);
    enum status status = append_list_path(&path, folder, error);
    if (status == STATUS_OK)
        status = file_read(text_string(&path), MAX_LIST_BYTES, &content, error);
    if (status == STATUS_OK)
        status = string_list_split(&lines, text_string(&content), '\n', error);
    bool good = true;
    for (size_t i = 0; i < lines.count && good && status == STATUS_OK; i++)
        if (*lines.items[i])
            status = read_line(lines.items[i], &submission, &good, error);
    if (status != STATUS_OK)
        return status;
    if (!good || submission.count == 0)
        return error_set(error, STATUS_BAD_DATA, "Submit again with --force after the run's options.",
                         "the list of tasks %s is damaged", text_string(&path));
    *ret_submission = submission;
    submission = (struct submission){0};
    return STATUS_OK;
}

enum status submission_write(const char *folder, const struct submission *submission, struct error *error)
{
    CLEANUP(text_release) struct text path = {0}, content = {0};
    enum status status = append_list_path(&path, folder, error);
    if (status != STATUS_OK)
        return status;
    if (submission->analysis)
        text_append_format(&content, "analysis %" PRIu64 "\n", submission->analysis);
    for (size_t i = 0; i < submission->count; i++)
        text_append_format(&content, "task %zu %s %" PRIu64 "\n", i, submission->tasks[i].node,
                           submission->tasks[i].job);
    status = text_check(&content, error);
    return status == STATUS_OK ? file_write(text_string(&path), text_string(&content), content.length, error)
                               : status;
}
