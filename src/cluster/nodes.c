// Slurm itself says on which nodes a job could run: with --test-only it schedules the job and submits
// nothing, and so constraints, partitions, limits of accounts and further options mean what they mean to
// Slurm.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "cluster/private.h"

static enum status add_lines(const struct text *lines, struct string_list *ret_nodes, struct error *error)
{
    CLEANUP(string_list_release) struct string_list split = {0};
    enum status status = string_list_split(&split, text_string(lines), '\n', error);
    for (size_t i = 0; i < split.count && status == STATUS_OK; i++)
        if (*split.items[i] && !string_list_contains(ret_nodes, split.items[i]))
            status = string_list_add(ret_nodes, split.items[i], error);
    return status;
}

enum status cluster_expand_nodes(const char *list, struct string_list *ret_nodes, struct error *error)
{
    const char *const arguments[] = {"scontrol", "show", "hostnames", list, NULL};
    CLEANUP(outside_release) struct outside outside = {0};
    enum status status = outside_must_run(arguments, &outside, error);
    if (status == STATUS_OK)
        status = add_lines(&outside.output, ret_nodes, error);
    if (status == STATUS_OK && ret_nodes->count == 0)
        return error_set(error, STATUS_USAGE, "Write it as Slurm does: n[1-3,7].",
                         "the list of nodes is empty");
    return status;
}

// "… to start at … using 2 processors on nodes n[1-2] in partition main"
static enum status read_test(const struct outside *outside, struct string_list *ret_nodes,
                             struct error *error)
{
    static const char before[] = " on nodes ";
    const char *said = text_string(outside->errors.length ? &outside->errors : &outside->output);
    const char *list = strstr(said, before);
    if (!list)
        return error_set(error, STATUS_ENVIRONMENT, "Name the nodes with --nodelist.",
                         "sbatch --test-only did not name nodes");
    CLEANUP(text_release) struct text names = {0};
    list += strlen(before);
    text_append_bytes(&names, list, strcspn(list, " \n"));
    enum status status = text_check(&names, error);
    return status == STATUS_OK ? cluster_expand_nodes(text_string(&names), ret_nodes, error) : status;
}

static enum status test_job(const struct cluster_job *job, size_t count, struct string_list *ret_nodes,
                            struct error *error)
{
    char nodes[48], minutes[48];
    CLEANUP(text_release) struct text constraint = {0};
    CLEANUP(string_list_release) struct string_list words = {0};
    CLEANUP(free_pointer) const char **arguments = NULL;
    snprintf(nodes, sizeof nodes, "--nodes=%zu", count);
    snprintf(minutes, sizeof minutes, "--time=%" PRIu32, job->minutes);
    text_append_format(&constraint, "--constraint=%s", job->constraint ? job->constraint : "");
    enum status status = list_slurm_words(job, &words, error);
    if (status == STATUS_OK)
        status = text_check(&constraint, error);
    arguments = calloc(words.count + 10, sizeof *arguments);
    if (status == STATUS_OK && !arguments)
        return error_set_no_memory(error);
    if (status != STATUS_OK)
        return status;
    static const char *const first[] = {"sbatch", "--test-only", "--exclusive", "--mem=0"};
    size_t used = 0;
    for (; used < COUNT_OF(first); used++)
        arguments[used] = first[used];
    arguments[used++] = nodes;
    arguments[used++] = minutes;
    if (job->constraint)
        arguments[used++] = text_string(&constraint);
    for (size_t i = 0; i < words.count; i++)
        arguments[used++] = words.items[i];
    arguments[used++] = "--wrap=:";
    CLEANUP(outside_release) struct outside outside = {0};
    status = outside_must_run(arguments, &outside, error);
    return status == STATUS_OK ? read_test(&outside, ret_nodes, error) : status;
}

// Whether `feature` is one of the words between commas.
static bool has_feature(const char *features, const char *feature)
{
    size_t length = strlen(feature);
    for (const char *word = features; word; word = strchr(word, ',')) {
        word += *word == ',';
        if (strcspn(word, ",") == length && memcmp(word, feature, length) == 0)
            return true;
    }
    return false;
}

static enum status list_nodes_with_feature(const struct cluster_job *job, struct string_list *ret_nodes,
                                           struct error *error)
{
    CLEANUP(outside_release) struct outside outside = {0};
    CLEANUP(string_list_release) struct string_list lines = {0};
    const char *const arguments[] = {
        "sinfo",        "--noheader", "--Node", "--format=%N %f", job->partition ? "--partition" : NULL,
        job->partition, NULL};
    if (job->constraint[strcspn(job->constraint, "&|,*[]()")])
        return error_set(error, STATUS_USAGE, "Say how many with --nodes, or which with --nodelist.",
                         "the constraint '%s' is not the name of a single feature", job->constraint);
    enum status status = outside_must_run(arguments, &outside, error);
    if (status == STATUS_OK)
        status = string_list_split(&lines, text_string(&outside.output), '\n', error);
    for (size_t i = 0; i < lines.count && status == STATUS_OK; i++) {
        char *space = strchr(lines.items[i], ' ');
        if (!space || !has_feature(space + 1, job->constraint))
            continue;
        *space = '\0';
        if (!string_list_contains(ret_nodes, lines.items[i]))
            status = string_list_add(ret_nodes, lines.items[i], error);
    }
    if (status == STATUS_OK && ret_nodes->count == 0)
        return error_set(error, STATUS_ENVIRONMENT, "sinfo -N -o '%N %f' lists the nodes' features.",
                         "no node has the feature '%s'", job->constraint);
    return status;
}

enum status cluster_choose_nodes(const struct cluster_job *job, size_t count, struct string_list *ret_nodes,
                                 struct error *error)
{
    return count > 0 ? test_job(job, count, ret_nodes, error)
                     : list_nodes_with_feature(job, ret_nodes, error);
}
