// What has become of a submission: --status, --wait and --retry.
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "command_line/wrap.h"
#include "commands/private.h"

static const struct timespec first_pause = {.tv_nsec = 500000000};
static const time_t longest_pause_seconds = 20;

enum { MAX_LISTED_WHEN_WELL = 20, MAX_LISTED = 200, MIN_COLUMN = 8 };

static size_t widest_node(const struct submission *submission)
{
    size_t widest = MIN_COLUMN;
    for (size_t i = 0; i < submission->count; i++) {
        size_t width = strlen(submission->tasks[i].node);
        widest = width > widest ? width : widest;
    }
    return widest;
}

static void append_line(struct text *text, const char *name, size_t width, const struct task_status *status)
{
    CLEANUP(text_release) struct text line = {0};
    enum { STATE_WIDTH = 9 };
    const char *reason = text_string(&status->reason);
    text_append_format(&line, "%-*s  %s", (int)width, name, task_state_name(status->state));
    if (*reason)
        text_append_format(&line, "%*s  %s", (int)(STATE_WIDTH - strlen(task_state_name(status->state))), "",
                           reason);
    text_append_format(text, "%s\n", text_string(&line));
}

// How many nodes are in which state, then each that did not finish with its reason (of a few nodes all), then
// the analysis.
static void append_status(struct text *text, const char *platform, const struct submission *submission,
                          const struct submission_status *status)
{
    text_append_format(text, "%s: %zu node%s", platform, status->count, status->count == 1 ? "" : "s");
    for (int state = 0; state < TASK_STATE_COUNT; state++)
        if (status->counts[state] > 0)
            text_append_format(text, ", %zu %s", status->counts[state],
                               task_state_name((enum task_state)state));
    text_append(text, "\n");
    size_t width = widest_node(submission), listed = 0, left_out = 0;
    for (size_t i = 0; i < status->count; i++) {
        bool well = status->tasks[i].state == TASK_FINISHED && status->tasks[i].reason.length == 0;
        if (well && status->count > MAX_LISTED_WHEN_WELL)
            continue;
        if (listed == MAX_LISTED)
            left_out++;
        else
            append_line(text, submission->tasks[i].node, width, &status->tasks[i]);
        listed += listed < MAX_LISTED;
    }
    if (left_out > 0)
        text_append_format(text, "and %zu more\n", left_out);
    if (submission->analysis)
        append_line(text, "analysis", width, &status->analysis);
}

static bool is_to_be_retried(enum task_state state)
{
    return task_state_has_ended(state) && state != TASK_FINISHED;
}

static enum status read_both(const char *folder, struct submission *ret_submission,
                             struct submission_status *ret_status, struct error *error)
{
    enum status ended = submission_read(folder, ret_submission, error);
    return ended == STATUS_OK ? cluster_read_status(folder, ret_submission, ret_status, error) : ended;
}

enum status submitted_retry(struct invocation *invocation, const char *platform, const char *folder,
                            struct error *error)
{
    CLEANUP(submission_release) struct submission submission = {0};
    CLEANUP(submission_status_release) struct submission_status status = {0};
    enum status ended = read_both(folder, &submission, &status, error);
    CLEANUP(free_pointer) bool *chosen = calloc(submission.count + 1, sizeof *chosen);
    if (ended == STATUS_OK && !chosen)
        return error_set_no_memory(error);
    if (ended != STATUS_OK)
        return ended;
    size_t count = 0;
    for (size_t i = 0; i < submission.count; i++)
        count += chosen[i] = is_to_be_retried(status.tasks[i].state);
    if (count == 0)
        return error_set(error, STATUS_USAGE, "See --status.", "no node of %s has failed", platform);
    ended = cluster_submit(folder, &submission, chosen, error);
    if (ended == STATUS_OK)
        text_append_format(&invocation->output, "Submitted again: %zu node%s; analysis in job %" PRIu64 ".\n",
                           count, count == 1 ? "" : "s", submission.analysis);
    return ended;
}

// A job that ended says so; an analysis that never was is not waited for.
static bool has_ended(const struct submission_status *status)
{
    for (size_t i = 0; i < status->count; i++)
        if (!task_state_has_ended(status->tasks[i].state))
            return false;
    return task_state_has_ended(status->analysis.state);
}

enum status submitted_tell(struct invocation *invocation, const char *platform, const char *folder, bool wait,
                           struct error *error)
{
    CLEANUP(submission_release) struct submission submission = {0};
    CLEANUP(submission_status_release) struct submission_status status = {0};
    enum status ended = read_both(folder, &submission, &status, error);
    for (struct timespec pause = first_pause; ended == STATUS_OK && wait && !has_ended(&status);) {
        nanosleep(&pause, NULL);
        if (pause.tv_sec < longest_pause_seconds)
            pause = (struct timespec){.tv_sec = pause.tv_sec + 1};
        submission_status_release(&status);
        ended = cluster_read_status(folder, &submission, &status, error);
    }
    if (ended != STATUS_OK)
        return ended;
    append_status(&invocation->output, platform, &submission, &status);
    for (size_t i = 0; i < status.count; i++)
        if (is_to_be_retried(status.tasks[i].state))
            invocation->exit_code = 1;
    return STATUS_OK;
}
