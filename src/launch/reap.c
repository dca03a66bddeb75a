// A child is looked at while it waits to be reaped: its group and its name are known until then.
#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/os.h"
#include "os/processes.h"
#include "private.h"

bool keeper_is_helpers(const struct keeper *keeper, pid_t group)
{
    for (size_t i = 0; i < keeper->helper_count && i < MAX_HELPERS; i++)
        if (keeper->helpers[i] == group)
            return true;
    return false;
}

static void add_time(struct timeval *sum, const struct timeval *more)
{
    sum->tv_sec += more->tv_sec;
    sum->tv_usec += more->tv_usec;
    if (sum->tv_usec >= 1000000) {
        sum->tv_sec++;
        sum->tv_usec -= 1000000;
    }
}

static void add_usage(struct rusage *sum, const struct rusage *more)
{
    add_time(&sum->ru_utime, &more->ru_utime);
    add_time(&sum->ru_stime, &more->ru_stime);
    if (more->ru_maxrss > sum->ru_maxrss)
        sum->ru_maxrss = more->ru_maxrss;
    sum->ru_minflt += more->ru_minflt;
    sum->ru_majflt += more->ru_majflt;
    sum->ru_nvcsw += more->ru_nvcsw;
    sum->ru_nivcsw += more->ru_nivcsw;
}

static void end_if(struct process_end *process, pid_t pid, int wait_status, uint64_t now_ns)
{
    if (process->pid != pid || process->has_ended)
        return;
    process->has_ended = true;
    process->wait_status = wait_status;
    process->ended_ns = now_ns;
}

static void take(struct keeper *keeper, pid_t pid, uint64_t now_ns)
{
    struct ended_process ended = {.pid = pid};
    struct rusage usage = {0};
    pid_t group = getpgid(pid);
    os_process_name(pid, ended.name);
    pid_t taken;
    do
        taken = wait4(pid, &ended.wait_status, 0, &usage);
    while (taken < 0 && errno == EINTR);
    if (taken != pid)
        return;
    end_if(&keeper->command, pid, ended.wait_status, now_ns);
    end_if(&keeper->helper, pid, ended.wait_status, now_ns);
    if (keeper_is_helpers(keeper, group))
        return;
    add_usage(&keeper->usage, &usage);
    if (keeper->ended_count < MAX_ENDED)
        keeper->ended[keeper->ended_count++] = ended;
}

void reap(struct keeper *keeper)
{
    for (;;) {
        siginfo_t ended = {0};
        if (waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) != 0) {
            keeper->no_children = errno == ECHILD;
            return;
        }
        if (ended.si_pid == 0) {
            keeper->no_children = false;
            return;
        }
        take(keeper, ended.si_pid, os_wall_ns());
    }
}
