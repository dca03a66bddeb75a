#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/spawn.h"
#include "worker_environment.h"

// A pipe whose ends are above all the descriptors that the child gets, and closed on exec.
static int make_pipe(int ends[2])
{
    int low[2];
    if (pipe(low) != 0)
        return errno;
    int error_number = 0;
    for (int i = 0; i < 2; i++) {
        ends[i] = fcntl(low[i], F_DUPFD_CLOEXEC, WIRE_DESCRIPTOR + 1);
        if (ends[i] < 0)
            error_number = errno;
    }
    close(low[0]);
    close(low[1]);
    for (int i = 0; i < 2 && error_number; i++)
        close_descriptor(&ends[i]);
    if (error_number)
        ends[0] = ends[1] = -1;
    return error_number;
}

// Which descriptors the worker has. Each action allocates: one that is missing would have the worker read the
// driver's standard input.
static int add_actions(posix_spawn_file_actions_t *actions, const int child_ends[3])
{
    int error_number = posix_spawn_file_actions_adddup2(actions, child_ends[0], STDIN_FILENO);
    if (!error_number)
        error_number = posix_spawn_file_actions_addopen(actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    if (!error_number)
        error_number = posix_spawn_file_actions_adddup2(actions, child_ends[2], STDERR_FILENO);
    if (!error_number)
        error_number = posix_spawn_file_actions_adddup2(actions, child_ends[1], WIRE_DESCRIPTOR);
    return error_number;
}

// A worker that crashes leaves no core file in the user's folder, and no program that takes it apart runs
// beside the next worker. It says so itself when it begins (os_forbid_core_dump); until then, while libraries
// are loaded, the limit has to. Zero would do for the file alone: Linux pipes to a program whatever the limit
// is, but for 1, and writes no file that is smaller than a page (core(5) and fs/coredump.c). Where the hard
// limit is 0 already it stays. The caller's own limit is set back.
static int start_without_core(pid_t *ret_pid, const char *path, posix_spawn_file_actions_t *actions,
                              posix_spawnattr_t *attributes, char *const arguments[], char **environment)
{
    struct rlimit limit, least;
    bool known = getrlimit(RLIMIT_CORE, &limit) == 0;
    least = limit;
    least.rlim_cur = 1;
    if (known && limit.rlim_max < least.rlim_cur)
        least.rlim_cur = limit.rlim_max;
    bool lowered = known && setrlimit(RLIMIT_CORE, &least) == 0;
    int error_number = posix_spawn(ret_pid, path, actions, attributes, arguments, environment);
    if (lowered)
        setrlimit(RLIMIT_CORE, &limit);
    return error_number;
}

static int start(const char *worker_path, char **environment, const int child_ends[3], pid_t *ret_pid)
{
    struct spawn_setup setup;
    int error_number = spawn_setup_init(&setup, true);
    if (error_number)
        return error_number;
    char *arguments[] = {(char *)"memalloc-bench-worker", NULL};
    error_number = add_actions(&setup.actions, child_ends);
    if (!error_number)
        error_number = start_without_core(ret_pid, worker_path, &setup.actions, &setup.attributes, arguments,
                                          environment);
    spawn_setup_release(&setup);
    return error_number;
}

// The request is smaller than any pipe's buffer, so that this never waits.
static int write_request(int descriptor, const struct wire_request *request)
{
    uint8_t bytes[WIRE_REQUEST_BYTES];
    wire_encode_request(request, bytes);
    ssize_t written;
    do
        written = write(descriptor, bytes, sizeof bytes);
    while (written < 0 && errno == EINTR);
    return written == (ssize_t)sizeof bytes ? 0 : written < 0 ? errno : EIO;
}

int spawn_worker(const char *worker_path, const struct wire_request *request,
                 const struct spawn_environment *wanted, struct child *ret_child)
{
    CLEANUP(close_descriptor) int request_read = -1, request_write = -1, messages_read = -1;
    CLEANUP(close_descriptor) int messages_write = -1, errors_read = -1, errors_write = -1;
    int *const pairs[3][2] = {
        {&request_read, &request_write}, {&messages_read, &messages_write}, {&errors_read, &errors_write}};
    for (int i = 0; i < 3; i++) {
        int ends[2] = {-1, -1};
        int error_number = make_pipe(ends);
        if (error_number)
            return error_number;
        *pairs[i][0] = ends[0];
        *pairs[i][1] = ends[1];
    }
    int error_number = write_request(request_write, request);
    if (error_number)
        return error_number;

    CLEANUP(worker_environment_release) struct worker_environment environment = {0};
    if (!worker_environment_make(wanted, &environment))
        return ENOMEM;
    pid_t pid;
    error_number =
        start(worker_path, environment.variables, (int[]){request_read, messages_write, errors_write}, &pid);
    if (error_number)
        return error_number;
    *ret_child =
        (struct child){.pid = pid, .messages = messages_read, .errors = errors_read, .request = request_read};
    messages_read = errors_read = request_read = -1;
    return 0;
}

bool child_took_request(const struct child *child)
{
    struct pollfd unread = {.fd = child->request, .events = POLLIN};
    return poll(&unread, 1, 0) < 0 || !(unread.revents & POLLIN);
}

void child_kill(const struct child *child)
{
    if (kill(-child->pid, SIGKILL) != 0)
        kill(child->pid, SIGKILL);
}

void child_close(struct child *child)
{
    close_descriptor(&child->messages);
    close_descriptor(&child->errors);
    close_descriptor(&child->request);
    child->messages = child->errors = child->request = -1;
}

enum status spawn_failed(const char *worker_path, int error_number, struct process_record *record,
                         struct error *error)
{
    if (error_number == ENOENT || error_number == EACCES || error_number == ENOEXEC ||
        error_number == ENOTDIR)
        return error_set_errno(error, STATUS_ENVIRONMENT, error_number, "Build or install the program again.",
                               "cannot start the worker %s", worker_path);
    record->outcome = OUTCOME_NOT_STARTED;
    snprintf(record->reason, sizeof record->reason, "could not be started: %s", strerror(error_number));
    return STATUS_OK;
}
