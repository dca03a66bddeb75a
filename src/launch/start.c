#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/spawn.h"
#include "private.h"

void descriptors_release(struct descriptors *descriptors)
{
    int *const all[] = {&descriptors->input, &descriptors->output, &descriptors->errors,
                        &descriptors->output_read, &descriptors->errors_read};
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        close_descriptor(all[i]);
        *all[i] = -1;
    }
}

// Our end does not block; both are closed on exec.
static bool make_pipe(int *ret_read, int *ret_write)
{
    int ends[2];
    if (pipe(ends) != 0)
        return false;
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    *ret_read = ends[0];
    *ret_write = ends[1];
    return true;
}

static bool open_output(const struct task *task, struct descriptors *opened)
{
    switch (task->output) {
    case LAUNCH_OUTPUT_NULL:
        opened->output = open("/dev/null", O_WRONLY | O_CLOEXEC);
        break;
    case LAUNCH_OUTPUT_INHERIT:
        opened->output = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, RESULT_DESCRIPTOR + 1);
        break;
    case LAUNCH_OUTPUT_FILE: // a server and its client both append
        opened->output = open(task_text(task, TASK_OUTPUT_FILE),
                              O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);
        break;
    case LAUNCH_OUTPUT_PIPE:
        return make_pipe(&opened->output_read, &opened->output);
    }
    return opened->output >= 0;
}

static bool open_errors(const struct task *task, struct descriptors *opened)
{
    if (!task->is_attended)
        return make_pipe(&opened->errors_read, &opened->errors);
    opened->errors = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, RESULT_DESCRIPTOR + 1);
    return opened->errors >= 0;
}

enum launch_failure descriptors_open(const struct task *task, struct descriptors *ret_descriptors,
                                     int *ret_error_number)
{
    const char *input = task_text(task, TASK_INPUT);
    CLEANUP(descriptors_release) struct descriptors opened = {-1, -1, -1, -1, -1};
    enum launch_failure failure = LAUNCH_FAILURE_NONE;
    opened.input = task->is_attended ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, RESULT_DESCRIPTOR + 1)
                                     : open(*input ? input : "/dev/null", O_RDONLY | O_CLOEXEC);
    if (opened.input < 0)
        failure = LAUNCH_FAILURE_INPUT;
    else if (!open_output(task, &opened))
        failure = LAUNCH_FAILURE_OUTPUT;
    else if (!open_errors(task, &opened))
        failure = LAUNCH_FAILURE_SYSTEM;
    *ret_error_number = failure ? errno : 0;
    if (!failure) {
        *ret_descriptors = opened;
        opened = (struct descriptors){-1, -1, -1, -1, -1};
    }
    return failure;
}

static int add_actions(posix_spawn_file_actions_t *actions, const struct start *start)
{
    const int given[3] = {start->input, start->output, start->errors};
    int error_number = 0;
    for (int i = 0; i < 3 && !error_number; i++)
        error_number = given[i] >= 0 ? posix_spawn_file_actions_adddup2(actions, given[i], i)
                                     : posix_spawn_file_actions_addopen(actions, i, "/dev/null", O_RDWR, 0);
    return error_number;
}

int start_process(const struct start *start, pid_t *ret_pid)
{
    struct spawn_setup setup;
    int error_number = spawn_setup_init(&setup, true);
    if (error_number)
        return error_number;
    error_number = add_actions(&setup.actions, start);
    if (!error_number)
        error_number = posix_spawn(ret_pid, start->program, &setup.actions, &setup.attributes,
                                   start->arguments, start->environment);
    spawn_setup_release(&setup);
    return error_number;
}
