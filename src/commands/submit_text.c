#include <string.h>

#include "base/cleanup.h"
#include "command_line/wrap.h"
#include "commands/private.h"

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

void submission_status_append(struct text *text, const char *platform, const struct submission *submission,
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
