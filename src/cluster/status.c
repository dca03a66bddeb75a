// Slurm's controller knows a job for some minutes after its end, its accounting, where there is one, for
// long. Where neither does, the task's own last word has to do.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/printable.h"
#include "cluster/private.h"

enum { NUMBER_BYTES = 48, STATE_BYTES = 4096, LOG_BYTES = 16 << 20 };

const char *task_state_name(enum task_state state)
{
    static const char *const names[TASK_STATE_COUNT] = {
        [TASK_WAITING] = "waiting", [TASK_RUNNING] = "running",     [TASK_FINISHED] = "finished",
        [TASK_FAILED] = "failed",   [TASK_CANCELLED] = "cancelled", [TASK_UNKNOWN] = "unknown",
    };
    return names[state];
}

bool task_state_has_ended(enum task_state state)
{
    return state != TASK_WAITING && state != TASK_RUNNING;
}

void submission_status_release(struct submission_status *status)
{
    if (!status)
        return;
    for (size_t i = 0; i < status->count; i++)
        text_release(&status->tasks[i].reason);
    free(status->tasks);
    text_release(&status->analysis.reason);
    *status = (struct submission_status){0};
}

// A word of Slurm's for a job's state; what follows it ("CANCELLED by 0") does not matter.
static enum task_state state_of(const char *word)
{
    static const struct {
        const char *word;
        enum task_state state;
    } rows[] = {
        {"PENDING", TASK_WAITING},      {"REQUEUED", TASK_WAITING},    {"REQUEUE_HOLD", TASK_WAITING},
        {"SPECIAL_EXIT", TASK_WAITING}, {"RUNNING", TASK_RUNNING},     {"COMPLETING", TASK_RUNNING},
        {"CONFIGURING", TASK_RUNNING},  {"SUSPENDED", TASK_RUNNING},   {"STOPPED", TASK_RUNNING},
        {"SIGNALING", TASK_RUNNING},    {"STAGE_OUT", TASK_RUNNING},   {"RESIZING", TASK_RUNNING},
        {"COMPLETED", TASK_FINISHED},   {"CANCELLED", TASK_CANCELLED}, {"REVOKED", TASK_CANCELLED},
    };
    size_t length = strcspn(word, " +");
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (strlen(rows[i].word) == length && memcmp(word, rows[i].word, length) == 0)
            return rows[i].state;
    return TASK_FAILED;
}

// What Slurm says of one job.
struct said {
    char state[64], reason[160], exit_code[16], task[32];
};

static bool is_plain(const char *reason)
{
    return !*reason || strcmp(reason, "None") == 0 || strcmp(reason, "NonZeroExitCode") == 0 ||
           strcmp(reason, "(null)") == 0;
}

static void take_said(struct task_status *task, const struct said *said)
{
    task->state = state_of(said->state);
    text_clear(&task->reason);
    bool failed = task->state == TASK_FAILED && strcmp(said->state, "FAILED") != 0;
    if (failed)
        text_append_printable(&task->reason, said->state, "");
    if (!is_plain(said->reason) && task->state != TASK_FINISHED) {
        text_append(&task->reason, failed ? ", " : "");
        text_append_printable(&task->reason, said->reason, "");
    }
    unsigned code = 0;
    if (task->state == TASK_FAILED && sscanf(said->exit_code, "%u:", &code) == 1 && code > 0)
        text_append_format(&task->reason, "%sexit code %u", task->reason.length ? ", " : "", code);
}

// The value of "key=" among the words of a line, up to the next space.
static void find_value(const char *line, const char *key, char *ret_value, size_t capacity)
{
    size_t length = strlen(key);
    *ret_value = '\0';
    for (const char *word = line; *word; word += strcspn(word, " "), word += strspn(word, " "))
        if (strncmp(word, key, length) == 0 && word[length] == '=') {
            snprintf(ret_value, capacity, "%.*s", (int)strcspn(word + length + 1, " "), word + length + 1);
            return;
        }
}

// The task of that array that the words describe, or NULL.
static struct task_status *find_task(const struct submission *submission, uint64_t job, const char *index,
                                     struct submission_status *status)
{
    char *end;
    unsigned long long number = strtoull(index, &end, 10);
    if (end == index || *end || number >= submission->count || submission->tasks[number].job != job)
        return NULL;
    return &status->tasks[number];
}

static enum status ask_controller(const struct submission *submission, uint64_t job,
                                  struct submission_status *status, struct error *error)
{
    char number[NUMBER_BYTES];
    CLEANUP(outside_release) struct outside outside = {0};
    CLEANUP(string_list_release) struct string_list lines = {0};
    snprintf(number, sizeof number, "%" PRIu64, job);
    const char *const arguments[] = {"scontrol", "--oneliner", "show", "job", number, NULL};
    enum status ended = outside_run(arguments, &outside, error);
    if (ended != STATUS_OK)
        return ended;
    if (outside.exit_code != 0) {
        bool forgotten = strstr(text_string(&outside.errors), "Invalid job id") != NULL;
        return forgotten ? STATUS_OK : outside_failed(arguments, &outside, error);
    }
    ended = string_list_split(&lines, text_string(&outside.output), '\n', error);
    for (size_t i = 0; i < lines.count && ended == STATUS_OK; i++) {
        struct said said;
        find_value(lines.items[i], "JobState", said.state, sizeof said.state);
        find_value(lines.items[i], "Reason", said.reason, sizeof said.reason);
        find_value(lines.items[i], "ExitCode", said.exit_code, sizeof said.exit_code);
        find_value(lines.items[i], "ArrayTaskId", said.task, sizeof said.task);
        struct task_status *task =
            job == submission->analysis ? &status->analysis : find_task(submission, job, said.task, status);
        if (task && *said.state)
            take_said(task, &said);
    }
    return ended;
}

// Lines "12_3|FAILED|3:0|None". A cluster without accounting has an error instead, which does not matter.
static enum status ask_accounting(const struct submission *submission, uint64_t job,
                                  struct submission_status *status, struct error *error)
{
    char number[NUMBER_BYTES];
    CLEANUP(outside_release) struct outside outside = {0};
    CLEANUP(string_list_release) struct string_list lines = {0};
    snprintf(number, sizeof number, "%" PRIu64, job);
    const char *const arguments[] = {
        "sacct", "-n", "-P", "-X", "-j", number, "-o", "JobID,State,ExitCode,Reason", NULL};
    if (outside_run(arguments, &outside, NULL) != STATUS_OK || outside.exit_code != 0)
        return STATUS_OK;
    enum status ended = string_list_split(&lines, text_string(&outside.output), '\n', error);
    for (size_t i = 0; i < lines.count && ended == STATUS_OK; i++) {
        struct said said = {0};
        int fields = sscanf(lines.items[i], "%31[^|]|%63[^|]|%15[^|]|%159[^|]", said.task, said.state,
                            said.exit_code, said.reason);
        const char *index = strchr(said.task, '_');
        struct task_status *task = job == submission->analysis
                                       ? &status->analysis
                                       : find_task(submission, job, index ? index + 1 : "", status);
        if (fields >= 2 && task && task->state == TASK_UNKNOWN)
            take_said(task, &said);
    }
    return ended;
}

// "finished", "failed exit code 3": a state, and what there is to say.
static void take_last_word(const char *path, struct task_status *task)
{
    CLEANUP(text_release) struct text content = {0};
    if (file_read(path, STATE_BYTES, &content, NULL) != STATUS_OK || content.length == 0)
        return;
    content.bytes[strcspn(content.bytes, "\n")] = '\0';
    char *why = content.bytes + strcspn(content.bytes, " ");
    why += *why == ' ' ? 1 : 0;
    bool finished = strncmp(content.bytes, "finished", 8) == 0;
    if (task->state == TASK_UNKNOWN)
        task->state = finished ? TASK_FINISHED : TASK_FAILED;
    if (!*why || (task->state != TASK_FAILED && !(finished && task->state == TASK_FINISHED)))
        return;
    text_clear(&task->reason);
    text_append_printable(&task->reason, why, "");
}

// The last error in the task's output: what `memalloc-bench` said.
static void append_complaint(const char *folder, size_t index, struct task_status *task)
{
    static const char who[] = "memalloc-bench: ";
    CLEANUP(text_release) struct text path = {0}, log = {0};
    text_append_format(&path, "%s/task_%zu.log", folder, index);
    if (text_check(&path, NULL) != STATUS_OK ||
        file_read(text_string(&path), LOG_BYTES, &log, NULL) != STATUS_OK)
        return;
    const char *last = NULL;
    for (const char *next = text_string(&log); (next = strstr(next, who)); next += strlen(who))
        last = next + strlen(who);
    if (!last)
        return;
    CLEANUP(text_release) struct text line = {0};
    text_append_bytes(&line, last, strcspn(last, "\n"));
    text_append(&task->reason, task->reason.length ? ": " : "");
    text_append_printable(&task->reason, text_string(&line), "");
}

// "down*, Not responding": for a task that its node may keep from running.
static void append_node(const char *node, struct task_status *task)
{
    const char *const arguments[] = {"sinfo",   "--noheader", "--Node", "--format=%T, %E",
                                     "--nodes", node,         NULL};
    CLEANUP(outside_release) struct outside outside = {0};
    CLEANUP(text_release) struct text line = {0};
    if (outside_run(arguments, &outside, NULL) != STATUS_OK || outside.exit_code != 0)
        return;
    const char *said = text_string(&outside.output);
    static const char *const fit[] = {"idle", "mixed", "allocated", "completing"};
    for (size_t i = 0; i < COUNT_OF(fit); i++)
        if (strncmp(said, fit[i], strlen(fit[i])) == 0 && said[strlen(fit[i])] == ',')
            return;
    text_append_bytes(&line, said, strcspn(said, "\n"));
    if (line.length == 0)
        return;
    text_append_format(&task->reason, "%sthe node is ", task->reason.length ? "; " : "");
    text_append_printable(&task->reason, text_string(&line), "");
}

static enum status ask(const struct submission *submission, uint64_t job, struct submission_status *status,
                       struct error *error)
{
    if (job == 0)
        return STATUS_OK;
    enum status ended = ask_controller(submission, job, status, error);
    return ended == STATUS_OK ? ask_accounting(submission, job, status, error) : ended;
}

// Each array once: tasks that were submitted again are of other arrays.
static enum status ask_all(const struct submission *submission, struct submission_status *status,
                           struct error *error)
{
    enum status ended = STATUS_OK;
    for (size_t i = 0; i < submission->count && ended == STATUS_OK; i++) {
        bool asked = false;
        for (size_t j = 0; j < i && !asked; j++)
            asked = submission->tasks[j].job == submission->tasks[i].job;
        if (!asked)
            ended = ask(submission, submission->tasks[i].job, status, error);
    }
    return ended == STATUS_OK ? ask(submission, submission->analysis, status, error) : ended;
}

static void explain_task(const char *folder, const struct submission *submission, size_t index,
                         struct task_status *task)
{
    CLEANUP(text_release) struct text path = {0};
    append_state_path(&path, folder, index);
    if (text_check(&path, NULL) == STATUS_OK)
        take_last_word(text_string(&path), task);
    if (task->state == TASK_FAILED)
        append_complaint(folder, index, task);
    if (task->state == TASK_FAILED ||
        (task->state == TASK_WAITING && strstr(text_string(&task->reason), "Node")))
        append_node(submission->tasks[index].node, task);
}

enum status cluster_read_status(const char *folder, const struct submission *submission,
                                struct submission_status *ret_status, struct error *error)
{
    CLEANUP(submission_status_release) struct submission_status status = {.analysis.state = TASK_UNKNOWN};
    CLEANUP(text_release) struct text path = {0};
    status.tasks = calloc(submission->count, sizeof *status.tasks);
    if (!status.tasks)
        return error_set_no_memory(error);
    status.count = submission->count;
    for (size_t i = 0; i < status.count; i++)
        status.tasks[i].state = TASK_UNKNOWN;
    enum status ended = ask_all(submission, &status, error);
    if (ended != STATUS_OK)
        return ended;
    for (size_t i = 0; i < status.count; i++) {
        explain_task(folder, submission, i, &status.tasks[i]);
        status.counts[status.tasks[i].state]++;
    }
    text_append_format(&path, "%s/analysis.state", folder);
    if (text_check(&path, NULL) == STATUS_OK)
        take_last_word(text_string(&path), &status.analysis);
    *ret_status = status;
    status = (struct submission_status){0};
    return STATUS_OK;
}
