#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
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

#ifdef __APPLE__
static const char preload_name[] = "DYLD_INSERT_LIBRARIES=";
#else
static const char preload_name[] = "LD_PRELOAD=";
#endif
static const char tunables_name[] = "GLIBC_TUNABLES=";

enum { OWN_CHANGES = 3 }; // padding, library, tunables

// The driver's environment with some variables replaced or added.
struct environment {
    char **variables; // owned; the strings are not, but for those of `changes`
    char **changes;   // owned, and so are their strings
    size_t change_count;
};

static void environment_release(struct environment *environment)
{
    for (size_t i = 0; i < environment->change_count; i++)
        free(environment->changes[i]);
    free(environment->changes);
    free(environment->variables);
}

// Sets `name` (with its '=') to value, separator and rest. False when memory ran out.
static bool environment_set(struct environment *environment, const char *name, const char *value,
                            const char *separator, const char *rest)
{
    size_t length = strlen(name) + strlen(value) + strlen(separator) + strlen(rest) + 1;
    char *change = malloc(length);
    if (!change)
        return false;
    snprintf(change, length, "%s%s%s%s", name, value, separator, rest);
    environment->changes[environment->change_count++] = change;
    return true;
}

static bool is_changed(const struct environment *environment, const char *variable)
{
    size_t length = strcspn(variable, "=");
    for (size_t i = 0; i < environment->change_count; i++)
        if (strncmp(environment->changes[i], variable, length) == 0 && environment->changes[i][length] == '=')
            return true;
    return false;
}

static const char *current_preload(void)
{
    for (size_t i = 0; environ[i]; i++)
        if (strncmp(environ[i], preload_name, sizeof preload_name - 1) == 0)
            return environ[i] + sizeof preload_name - 1;
    return "";
}

// A heap's library goes first: the first malloc that the dynamic linker finds is the one that is called. What
// the user preloads besides stays.
static bool make_environment(const struct spawn_environment *wanted, struct environment *ret_environment)
{
    char padding[ENVIRONMENT_PADDING_BYTES + 1];
    memset(padding, 'x', wanted->padding);
    padding[wanted->padding] = '\0';
    const char *others = current_preload();
    size_t variable_count = wanted->variables ? wanted->variables->count : 0;
    ret_environment->changes = calloc(OWN_CHANGES + variable_count, sizeof *ret_environment->changes);
    if (!ret_environment->changes)
        return false;
    bool complete = environment_set(ret_environment, padding_name, padding, "", "");
    if (wanted->library && *wanted->library)
        complete = complete && environment_set(ret_environment, preload_name, wanted->library,
                                               *others ? ":" : "", others);
    if (wanted->tunables && *wanted->tunables)
        complete = complete && environment_set(ret_environment, tunables_name, wanted->tunables, "", "");
    for (size_t i = 0; i < variable_count; i++)
        complete = complete && environment_set(ret_environment, wanted->variables->items[i], "", "", "");
    size_t count = 0;
    while (environ[count])
        count++;
    ret_environment->variables =
        calloc(count + OWN_CHANGES + variable_count + 1, sizeof *ret_environment->variables);
    if (!complete || !ret_environment->variables)
        return false;
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (!is_changed(ret_environment, environ[i]))
            ret_environment->variables[kept++] = environ[i];
    for (size_t i = 0; i < ret_environment->change_count; i++)
        ret_environment->variables[kept++] = ret_environment->changes[i];
    return true;
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
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    char *arguments[] = {(char *)"memalloc-bench-worker", NULL};
    error_number = add_actions(&actions, child_ends);
    if (!error_number)
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

    CLEANUP(environment_release) struct environment environment = {0};
    if (!make_environment(wanted, &environment))
        return ENOMEM;
    pid_t pid;
    error_number =
        start(worker_path, environment.variables, (int[]){request_read, messages_write, errors_write}, &pid);
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
