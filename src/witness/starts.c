// The functions by which programs start others, passed on to the C library after a report. Those with their
// arguments in the call (execl and the like), and what the C library starts by itself (system, popen), are
// not seen here; the latter have the environment of their caller.
#define _GNU_SOURCE // RTLD_NEXT, execvpe
#include <dlfcn.h>
#include <spawn.h>
#include <string.h>
#include <unistd.h>

#include "private.h"

typedef int exec_function(const char *path, char *const arguments[], char *const environment[]);
typedef int plain_exec_function(const char *path, char *const arguments[]);
typedef int spawn_function(pid_t *ret_pid, const char *path, const posix_spawn_file_actions_t *actions,
                           const posix_spawnattr_t *attributes, char *const arguments[],
                           char *const environment[]);

// The functions that are passed on to, looked for when the witness is loaded.
static struct {
    exec_function *execve, *execvpe;
    plain_exec_function *execv, *execvp;
    spawn_function *posix_spawn, *posix_spawnp;
} next;

static void find_next(const char *name, void *ret_function)
{
    void *address = dlsym(RTLD_NEXT, name);
    memcpy(ret_function, &address, sizeof address);
}

__attribute__((constructor)) static void find_functions(void)
{
    if (next.execve)
        return;
    find_next("posix_spawn", &next.posix_spawn);
    find_next("posix_spawnp", &next.posix_spawnp);
    find_next("execv", &next.execv);
    find_next("execvp", &next.execvp);
#ifndef __APPLE__
    find_next("execvpe", &next.execvpe);
#endif
    find_next("execve", &next.execve);
}

#define SEEN_BY_PROGRAMS __attribute__((visibility("default")))

SEEN_BY_PROGRAMS int execve(const char *path, char *const arguments[], char *const environment[])
{
    find_functions();
    report_start(WITNESS_EXEC, getpid(), path);
    return next.execve(path, arguments, environment);
}

SEEN_BY_PROGRAMS int execv(const char *path, char *const arguments[])
{
    find_functions();
    report_start(WITNESS_EXEC, getpid(), path);
    return next.execv(path, arguments);
}

SEEN_BY_PROGRAMS int execvp(const char *file, char *const arguments[])
{
    find_functions();
    report_start(WITNESS_EXEC, getpid(), file);
    return next.execvp(file, arguments);
}

#ifndef __APPLE__
SEEN_BY_PROGRAMS int execvpe(const char *file, char *const arguments[], char *const environment[])
{
    find_functions();
    report_start(WITNESS_EXEC, getpid(), file);
    return next.execvpe(file, arguments, environment);
}
#endif

static int spawn(spawn_function *function, pid_t *ret_pid, const char *path,
                 const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attributes,
                 char *const arguments[], char *const environment[])
{
    pid_t pid = 0;
    int error_number = function(&pid, path, actions, attributes, arguments, environment);
    if (error_number)
        return error_number;
    if (ret_pid)
        *ret_pid = pid;
    report_start(WITNESS_SPAWN, pid, path);
    return 0;
}

SEEN_BY_PROGRAMS int posix_spawn(pid_t *ret_pid, const char *path, const posix_spawn_file_actions_t *actions,
                                 const posix_spawnattr_t *attributes, char *const arguments[],
                                 char *const environment[])
{
    find_functions();
    return spawn(next.posix_spawn, ret_pid, path, actions, attributes, arguments, environment);
}

SEEN_BY_PROGRAMS int posix_spawnp(pid_t *ret_pid, const char *file, const posix_spawn_file_actions_t *actions,
                                  const posix_spawnattr_t *attributes, char *const arguments[],
                                  char *const environment[])
{
    find_functions();
    return spawn(next.posix_spawnp, ret_pid, file, actions, attributes, arguments, environment);
}
