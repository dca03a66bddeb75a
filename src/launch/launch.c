// The launcher gets its task as a file, and gives its record as one. Between both programs is a socket: when
// one end closes, the other program has ended; when this one shuts its side down, the command is to be ended.
#include "launch/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/printable.h"
#include "base/spawn.h"
#include "private.h"

extern char **environ;

void launch_record_release(struct launch_record *record)
{
    if (!record)
        return;
    text_release(&record->output);
    *record = (struct launch_record){0};
}

// ---- the task ----

static enum status add_text(struct task *task, const char *text, struct error *error)
{
    return string_list_add(&task->texts, text ? text : "", error);
}

static enum status add_arguments(const struct launch_request *request, struct task *task, struct error *error)
{
    enum status status = STATUS_OK;
    if (request->shell) {
        const char *const words[] = {request->shell, "-c", request->arguments[0]};
        for (size_t i = 0; status == STATUS_OK && i < COUNT_OF(words); i++)
            status = string_list_add(&task->arguments, words[i], error);
        return status;
    }
    for (size_t i = 0; status == STATUS_OK && request->arguments[i]; i++)
        status = string_list_add(&task->arguments, request->arguments[i], error);
    return status;
}

static enum status make_task(const struct launch_request *request, const char *program, struct task *task,
                             struct error *error)
{
    const char *const texts[TASK_TEXT_COUNT] = {[TASK_PROGRAM] = program,
                                                [TASK_LIBRARY] = request->library,
                                                [TASK_WITNESS] = request->tools->witness,
                                                [TASK_INPUT] = request->input,
                                                [TASK_OUTPUT_FILE] = request->output_file,
                                                [TASK_READY] = request->client ? request->ready : NULL,
                                                [TASK_CLIENT] = request->client};
    task->output = request->output;
    task->keep_output = request->keep_output;
    task->is_attended = request->is_attended;
    task->timeout_seconds = request->timeout_seconds;
    task->ready_seconds = request->ready_seconds > 0 ? request->ready_seconds : LAUNCH_READY_SECONDS;
    task->stop_signal = request->stop_signal ? request->stop_signal : SIGTERM;
    enum status status = add_arguments(request, task, error);
    for (size_t i = 0; status == STATUS_OK && i < TASK_TEXT_COUNT; i++)
        status = add_text(task, texts[i], error);
    return status == STATUS_OK ? environment_make(request, &task->environment, error) : status;
}

// ---- the launcher ----

// A descriptor above those that the launcher gets, closed on exec.
static int lift(int descriptor)
{
    int lifted = descriptor < 0 ? -1 : fcntl(descriptor, F_DUPFD_CLOEXEC, RESULT_DESCRIPTOR + 1);
    int error_number = errno;
    close_descriptor(&descriptor);
    errno = error_number;
    return lifted;
}

// A file without a name; -1 with errno.
static int open_nameless(void)
{
    CLEANUP(close_stream) FILE *stream = tmpfile();
    return stream ? lift(dup(fileno(stream))) : -1;
}

static int add_actions(posix_spawn_file_actions_t *actions, bool is_attended, int task, int channel,
                       int result)
{
    int error_number = 0;
    if (!is_attended)
        error_number = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (!error_number)
        error_number = posix_spawn_file_actions_adddup2(actions, task, TASK_DESCRIPTOR);
    if (!error_number)
        error_number = posix_spawn_file_actions_adddup2(actions, channel, CHANNEL_DESCRIPTOR);
    if (!error_number)
        error_number = posix_spawn_file_actions_adddup2(actions, result, RESULT_DESCRIPTOR);
    return error_number;
}

static int start_launcher(const struct launch_request *request, int task, int channel, int result,
                          pid_t *ret_pid)
{
    struct spawn_setup setup;
    int error_number = spawn_setup_init(&setup, false);
    if (error_number)
        return error_number;
    char *arguments[] = {(char *)"memalloc-bench-launcher", NULL};
    error_number = add_actions(&setup.actions, request->is_attended, task, channel, result);
    if (!error_number)
        error_number = posix_spawn(ret_pid, request->tools->launcher, &setup.actions, &setup.attributes,
                                   arguments, environ);
    spawn_setup_release(&setup);
    return error_number;
}

static bool is_readable(int descriptor)
{
    struct pollfd watched = {.fd = descriptor, .events = POLLIN};
    return descriptor >= 0 && poll(&watched, 1, 0) > 0;
}

// Until the launcher has ended. Once the user wants the command to end, it is told.
static void wait_for_launcher(pid_t pid, int channel, int interrupt)
{
    struct pollfd watched[] = {{.fd = channel, .events = POLLIN}, {.fd = interrupt, .events = POLLIN}};
    int wait_status;
    for (;;) {
        if (poll(watched, COUNT_OF(watched), -1) < 0 && errno != EINTR)
            break;
        if (watched[0].revents)
            break;
        if (watched[1].revents) {
            shutdown(channel, SHUT_WR);
            watched[1].fd = -1;
        }
    }
    while (waitpid(pid, &wait_status, 0) < 0 && errno == EINTR)
        continue;
}

// Fit to be shown: whole lines where there are any, no control characters.
static void clean_errors(struct launch_record *record)
{
    CLEANUP(text_release) struct text shown = {0};
    record->errors[LAUNCH_ERRORS_BYTES - 1] = '\0';
    text_append_printable(&shown, record->errors, "\n");
    snprintf(record->errors, sizeof record->errors, "%s", text_string(&shown));
}

// Starts it with the other end of a channel. Returns 0 or an errno number.
static int start_on_channel(const struct launch_request *request, int task, int result, int *ret_channel,
                            pid_t *ret_pid)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
        return errno;
    int own = lift(ends[0]);
    CLEANUP(close_descriptor) int other = lift(ends[1]);
    int error_number = own < 0 || other < 0 ? errno : start_launcher(request, task, other, result, ret_pid);
    if (error_number)
        close_descriptor(&own);
    else
        *ret_channel = own;
    return error_number;
}

static enum status run_task(const struct launch_request *request, const struct task *task,
                            struct launch_record *record, struct error *error)
{
    CLEANUP(close_descriptor) int task_file = open_nameless(), result = open_nameless(), channel = -1;
    pid_t pid = -1;
    if (task_file < 0 || result < 0 || !task_write(task_file, task))
        return error_set_errno(error, STATUS_ENVIRONMENT, errno,
                               "Free some space in the folder of temporary files, and raise the limit on "
                               "open files (ulimit -n).",
                               "cannot pass the request to the launcher");
    int error_number = start_on_channel(request, task_file, result, &channel, &pid);
    if (error_number)
        return error_set_errno(error, STATUS_ENVIRONMENT, error_number, "Build or install the program again.",
                               "cannot start the launcher %s", request->tools->launcher);
    wait_for_launcher(pid, channel, request->interrupt);
    bool has_result = result_read(result, record);
    if (has_result)
        clean_errors(record);
    else if (is_readable(request->interrupt)) // it may have come before the launcher had a session of its own
        record->outcome = LAUNCH_INTERRUPTED;
    else
        return error_set(error, STATUS_ENVIRONMENT,
                         "Check whether something kills processes here or the disk is full, then try again.",
                         "the launcher %s ended without a result", request->tools->launcher);
    explain(request, record);
    return STATUS_OK;
}

enum status launch_run(const struct launch_request *request, struct launch_record *ret_record,
                       struct error *error)
{
    CLEANUP(task_release) struct task task = {0};
    CLEANUP(text_release) struct text program = {0};
    CLEANUP(launch_record_release) struct launch_record record = {0};
    struct error problem = {0};
    enum status status = launch_find_command(request->shell ? request->shell : request->arguments[0],
                                             &program, &record.failure, &problem);
    if (status == STATUS_USAGE) {
        record.outcome = LAUNCH_NOT_STARTED;
        snprintf(record.cause, sizeof record.cause, "%.*s", LAUNCH_CAUSE_BYTES - 1, problem.cause);
        snprintf(record.remedy, sizeof record.remedy, "%.*s", LAUNCH_REMEDY_BYTES - 1, problem.remedy);
    } else if (status != STATUS_OK) {
        return error_set(error, status, problem.remedy, "%s", problem.cause);
    } else {
        status = make_task(request, text_string(&program), &task, error);
        if (status == STATUS_OK)
            status = run_task(request, &task, &record, error);
        if (status != STATUS_OK)
            return status;
    }
    *ret_record = record;
    record = (struct launch_record){0};
    return STATUS_OK;
}
