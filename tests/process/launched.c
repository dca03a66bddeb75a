// A program with bad habits, for the tests of launching: the first argument says which.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"

static void wait_for(pid_t pid)
{
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        continue;
}

static int burn(char **arguments)
{
    long milliseconds = strtol(arguments[0], NULL, 10);
    clock_t end = clock() + milliseconds * (CLOCKS_PER_SEC / 1000);
    while (clock() < end)
        free(malloc(100));
    return 0;
}

static int crash(char **arguments)
{
    (void)arguments;
    signal(SIGSEGV, SIG_DFL);
    raise(SIGSEGV);
    return 0;
}

// A child that is nobody's by the time the program ends, and says its number.
static int leave_child(char **arguments)
{
    pid_t pid = fork();
    if (pid == 0) {
        setsid(); // away from the group
        if (fork() == 0) {
            FILE *file = fopen(arguments[0], "w");
            if (file) {
                fprintf(file, "%ld\n", (long)getpid());
                fclose(file);
            }
            for (;;)
                pause();
        }
        _exit(0);
    }
    wait_for(pid);
    for (int i = 0; i < 1000 && access(arguments[0], F_OK) != 0; i++)
        usleep(1000);
    return 0;
}

// Burns in a child whose parent ends at once, and ends after it.
static int burn_as_orphan(char **arguments)
{
    pid_t pid = fork();
    if (pid == 0) {
        if (fork() == 0) {
            int status = burn(arguments + 1);
            close(open(arguments[0], O_WRONLY | O_CREAT, 0600));
            _exit(status);
        }
        _exit(0);
    }
    wait_for(pid);
    while (access(arguments[0], F_OK) != 0)
        usleep(1000);
    return 0;
}

static _Noreturn int hang(char **arguments)
{
    signal(SIGTERM, SIG_IGN);
    leave_child(arguments);
    for (;;)
        pause();
}

static int write_gigabytes(char **arguments)
{
    static char part[1 << 20];
    memset(part, 'x', sizeof part);
    for (long i = strtol(arguments[0], NULL, 10) * 1024; i > 0; i--)
        if (write(STDOUT_FILENO, part, sizeof part) != (ssize_t)sizeof part)
            return 1;
    return 0;
}

static int read_terminal(char **arguments)
{
    (void)arguments;
    int descriptor = open("/dev/tty", O_RDWR);
    if (descriptor < 0)
        return isatty(STDIN_FILENO) ? 3 : 7;
    char byte;
    return read(descriptor, &byte, 1) == 1 ? 4 : 5;
}

// Runs the rest of the arguments without what is preloaded, in the same process or in a child.
static int drop(char **arguments)
{
    unsetenv("LD_PRELOAD");
    execvp(arguments[0], arguments);
    return 127;
}

static int drop_in_child(char **arguments)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(drop(arguments));
    wait_for(pid);
    return 0;
}

// The same by a function whose caller nobody sees.
static int drop_unseen(char **arguments)
{
    unsetenv("LD_PRELOAD");
    pid_t pid = fork();
    if (pid == 0) {
        execlp(arguments[0], arguments[0], arguments[1], (char *)NULL);
        _exit(127);
    }
    wait_for(pid);
    return 0;
}

static int drop_by_spawn(char **arguments)
{
    char *none[] = {NULL};
    pid_t pid;
    if (posix_spawnp(&pid, arguments[0], NULL, NULL, arguments, none) != 0)
        return 127;
    wait_for(pid);
    return 0;
}

static int run_by_vfork(char **arguments)
{
    pid_t pid = vfork();
    if (pid == 0) {
        execvp(arguments[0], arguments);
        _exit(127);
    }
    wait_for(pid);
    return 0;
}

// The same in user mode alone.
static int spin(char **arguments)
{
    const clock_t end = clock() + strtol(arguments[0], NULL, 10) * (CLOCKS_PER_SEC / 1000);
    volatile unsigned long turns = 0;
    while (clock() < end)
        for (int i = 0; i < 1000000; i++)
            turns = turns + 1;
    return 0;
}

// As much memory as that, in MiB, for as many milliseconds.
static int hold(char **arguments)
{
    size_t length = (size_t)strtol(arguments[0], NULL, 10) << 20;
    char *bytes = malloc(length);
    if (!bytes)
        return 1;
    memset(bytes, 1, length);
    usleep((useconds_t)strtol(arguments[1], NULL, 10) * 1000);
    int sum = bytes[length / 2];
    free(bytes);
    return sum == 1 ? 0 : 1;
}

// Touches as many MiB, as often as that, without malloc: every page of every turn is a page fault. Memory
// that could be shared has small pages.
static int touch(char **arguments)
{
    const size_t length = (size_t)strtol(arguments[0], NULL, 10) << 20, page = (size_t)sysconf(_SC_PAGESIZE);
    for (long turns = strtol(arguments[1], NULL, 10); turns > 0; turns--) {
        char *bytes = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (bytes == MAP_FAILED)
            return 1;
        for (size_t i = 0; i < length; i += page)
            bytes[i] = 1;
        munmap(bytes, length);
    }
    return 0;
}

// As many children as that, at once, each of which burns.
static int fork_and_burn(char **arguments)
{
    for (long i = strtol(arguments[0], NULL, 10); i > 0; i--)
        if (fork() == 0)
            _exit(burn(arguments + 1));
    while (wait(NULL) > 0 || errno == EINTR)
        continue;
    return 0;
}

static int say_limits(char **arguments)
{
    (void)arguments;
    sigset_t blocked;
    sigprocmask(SIG_SETMASK, NULL, &blocked);
    printf("%d %d %d\n", getpgrp() == getpid(), isatty(STDIN_FILENO), sigismember(&blocked, SIGTERM));
    return 0;
}

// Answers nobody; ready when the file is there.
static int serve(char **arguments)
{
    FILE *file = fopen(arguments[0], "w");
    if (!file)
        return 1;
    fclose(file);
    printf("serving\n");
    fflush(stdout);
    sigset_t stopping;
    int number;
    sigemptyset(&stopping);
    sigaddset(&stopping, SIGUSR1);
    sigprocmask(SIG_BLOCK, &stopping, NULL);
    return sigwait(&stopping, &number);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(char **arguments);
    } habits[] = {
        {"crash", crash},
        {"leave-child", leave_child},
        {"orphan", burn_as_orphan},
        {"hang", hang},
        {"write", write_gigabytes},
        {"terminal", read_terminal},
        {"drop", drop},
        {"drop-in-child", drop_in_child},
        {"drop-unseen", drop_unseen},
        {"drop-by-spawn", drop_by_spawn},
        {"vfork", run_by_vfork},
        {"burn", burn},
        {"spin", spin},
        {"hold", hold},
        {"touch", touch},
        {"fork", fork_and_burn},
        {"limits", say_limits},
        {"serve", serve},
    };
    for (size_t i = 0; argc > 1 && i < COUNT_OF(habits); i++)
        if (strcmp(argv[1], habits[i].name) == 0)
            return habits[i].run(argv + 2);
    return 2;
}
