#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "plan/plan.h"

extern char **environ;

static const char padding_name[] = "MEMALLOC_BENCH_PADDING=";

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

// The driver's environment with the padding variable added. The array is owned by the caller, its strings are
// not.
static char **padded_environment(char *padding)
{
    size_t count = 0;
    while (environ[count])
        count++;
    char **environment = calloc(count + 2, sizeof *environment);
    if (!environment)
        return NULL;
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (strncmp(environ[i], padding_name, sizeof padding_name - 1) != 0)
            environment[kept++] = environ[i];
    environment[kept] = padding;
    return environment;
}

static int start(const char *worker_path, char **environment, const int child_ends[3], pid_t *ret_pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int error_number = posix_spawn_file_actions_init(&actions);
    if (error_number)
        return error_number;
    error_number = posix_spawnattr_init(&attributes);
    if (error_number) {
        posix_spawn_file_actions_destroy(&actions);
        return error_number;
    }
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_adddup2(&actions, child_ends[0], STDIN_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, child_ends[2], STDERR_FILENO);
    posix_spawn_file_actions_adddup2(&actions, child_ends[1], WIRE_DESCRIPTOR);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    char *arguments[] = {(char *)"memalloc-bench-worker", NULL};
    error_number = posix_spawn(ret_pid, worker_path, &actions, &attributes, arguments, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
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

int spawn_worker(const char *worker_path, const struct wire_request *request, uint32_t environment_padding,
                 struct child *ret_child)
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

    char padding[sizeof padding_name + ENVIRONMENT_PADDING_BYTES];
    memcpy(padding, padding_name, sizeof padding_name);
    memset(padding + sizeof padding_name - 1, 'x', environment_padding);
    padding[sizeof padding_name - 1 + environment_padding] = '\0';
    CLEANUP(free_pointer) char **environment = padded_environment(padding);
    if (!environment)
        return ENOMEM;
    pid_t pid;
    error_number = start(worker_path, environment, (int[]){request_read, messages_write, errors_write}, &pid);
    if (error_number)
        return error_number;
    *ret_child = (struct child){.pid = pid, .messages = messages_read, .errors = errors_read};
    messages_read = errors_read = -1;
    return 0;
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
    child->messages = child->errors = -1;
}
