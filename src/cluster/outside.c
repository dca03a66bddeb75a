// Both outputs are read as they come: a command that has filled one pipe would otherwise wait for ever.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/printable.h"
#include "cluster/private.h"

extern char **environ;

void outside_release(struct outside *outside)
{
    text_release(&outside->output);
    text_release(&outside->errors);
}

// Pipes whose ends this process closes on exec.
static int open_pipes(int output[2], int errors[2])
{
    if (pipe(output) != 0)
        return errno;
    if (pipe(errors) != 0) {
        int error_number = errno;
        close(output[0]);
        close(output[1]);
        return error_number;
    }
    for (int i = 0; i < 2; i++) {
        fcntl(output[i], F_SETFD, FD_CLOEXEC);
        fcntl(errors[i], F_SETFD, FD_CLOEXEC);
    }
    return 0;
}

static int spawn(const char *const *arguments, int output, int errors, pid_t *ret_process)
{
    posix_spawn_file_actions_t actions;
    int error_number = posix_spawn_file_actions_init(&actions);
    if (error_number != 0)
        return error_number;
    error_number = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (error_number == 0)
        error_number = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    if (error_number == 0)
        error_number = posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
    if (error_number == 0)
        error_number =
            posix_spawnp(ret_process, arguments[0], &actions, NULL, (char **)(uintptr_t)arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    return error_number;
}

// Appends what can be read; closes the descriptor at its end.
static void read_some(struct pollfd *from, struct text *text)
{
    char buffer[4096];
    if (!from->revents)
        return;
    ssize_t length = read(from->fd, buffer, sizeof buffer);
    if (length > 0) {
        text_append_bytes(text, buffer, (size_t)length);
    } else if (length == 0 || errno != EINTR) {
        close(from->fd);
        from->fd = -1; // poll() passes over it
    }
}

static void read_both(int output, int errors, struct outside *ret_outside)
{
    struct pollfd from[2] = {{.fd = output, .events = POLLIN}, {.fd = errors, .events = POLLIN}};
    while (from[0].fd >= 0 || from[1].fd >= 0) {
        if (poll(from, 2, -1) < 0)
            continue;
        read_some(&from[0], &ret_outside->output);
        read_some(&from[1], &ret_outside->errors);
    }
}

enum status outside_run(const char *const *arguments, struct outside *ret_outside, struct error *error)
{
    int output[2] = {-1, -1}, errors[2] = {-1, -1}, wait_status = 0;
    pid_t process = -1;
    text_clear(&ret_outside->output);
    text_clear(&ret_outside->errors);
    int error_number = open_pipes(output, errors);
    if (error_number != 0)
        return error_set_errno(error, STATUS_ENVIRONMENT, error_number, NULL, "cannot run %s", arguments[0]);
    error_number = spawn(arguments, output[1], errors[1], &process);
    close(output[1]);
    close(errors[1]);
    if (error_number != 0) {
        close(output[0]);
        close(errors[0]);
        return error_set_errno(error, STATUS_ENVIRONMENT, error_number,
                               "Run this on a node that has Slurm's commands, such as a login node.",
                               "cannot run Slurm's command %s", arguments[0]);
    }
    read_both(output[0], errors[0], ret_outside);
    while (waitpid(process, &wait_status, 0) < 0 && errno == EINTR)
        ;
    ret_outside->exit_code =
        WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
    enum status status = text_check(&ret_outside->output, error);
    return status == STATUS_OK ? text_check(&ret_outside->errors, error) : status;
}

enum status outside_failed(const char *const *arguments, const struct outside *outside, struct error *error)
{
    CLEANUP(text_release) struct text said = {0}, shown = {0};
    const char *words = text_string(outside->errors.length ? &outside->errors : &outside->output);
    text_append(&said, words);
    while (said.length > 0 && strchr("\n ", said.bytes[said.length - 1]))
        said.bytes[--said.length] = '\0';
    text_append_printable(&shown, text_string(&said), "");
    return error_set(error, STATUS_ENVIRONMENT,
                     "The message is Slurm's; sinfo shows its nodes and partitions.",
                     "%s ended with exit code %d%s%s", arguments[0], outside->exit_code,
                     shown.length ? ": " : "", text_string(&shown));
}

enum status outside_must_run(const char *const *arguments, struct outside *ret_outside, struct error *error)
{
    enum status status = outside_run(arguments, ret_outside, error);
    if (status != STATUS_OK || ret_outside->exit_code == 0)
        return status;
    return outside_failed(arguments, ret_outside, error);
}
