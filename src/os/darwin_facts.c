// The source of power is known to IOKit alone. Its framework would be needed for nothing else, at compile
// time and in every process, so pmset(1), which is part of the system, is asked.
#include "os/darwin_facts.h"

#include <spawn.h>
#include <string.h>
#include <sys/sysctl.h>
#include <sys/wait.h>
#include <unistd.h>

bool darwin_text(const char *name, char *ret_text, size_t capacity)
{
    char text[4096];
    size_t size = sizeof text - 1;
    if (sysctlbyname(name, text, &size, NULL, 0) != 0 || size >= capacity)
        return false;
    memcpy(ret_text, text, size);
    ret_text[size] = '\0';
    return true;
}

// Numbers come as 4 or 8 bytes; both are little-endian.
bool darwin_number(const char *name, uint64_t *ret_number)
{
    uint64_t number = 0;
    size_t size = sizeof number;
    if (sysctlbyname(name, &number, &size, NULL, 0) != 0 || (size != 4 && size != 8))
        return false;
    *ret_number = number;
    return true;
}

bool darwin_swap_bytes(uint64_t *ret_total, uint64_t *ret_used)
{
    struct xsw_usage swap;
    size_t size = sizeof swap;
    if (sysctlbyname("vm.swapusage", &swap, &size, NULL, 0) != 0)
        return false;
    *ret_total = swap.xsu_total;
    *ret_used = swap.xsu_used;
    return true;
}

// Starts `pmset -g batt` with its output going to a pipe. Returns the end to read from, or -1.
static int start_pmset(pid_t *ret_process)
{
    char *const arguments[] = {(char[]){"pmset"}, (char[]){"-g"}, (char[]){"batt"}, NULL};
    char *const environment[] = {NULL};
    posix_spawn_file_actions_t actions;
    int ends[2];
    if (pipe(ends) != 0)
        return -1;
    int failed = posix_spawn_file_actions_init(&actions);
    if (!failed) {
        failed = posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
        if (!failed)
            failed = posix_spawn_file_actions_addclose(&actions, ends[0]);
        if (!failed)
            failed = posix_spawn(ret_process, "/usr/bin/pmset", &actions, NULL, arguments, environment);
        posix_spawn_file_actions_destroy(&actions);
    }
    close(ends[1]);
    if (!failed)
        return ends[0];
    close(ends[0]);
    return -1;
}

bool darwin_runs_on_battery(bool *ret_on_battery)
{
    char output[1024];
    size_t length = 0;
    pid_t process = -1;
    int descriptor = start_pmset(&process);
    if (descriptor < 0)
        return false;
    for (ssize_t got; length < sizeof output - 1; length += (size_t)got) {
        got = read(descriptor, output + length, sizeof output - 1 - length);
        if (got <= 0)
            break;
    }
    output[length] = '\0';
    close(descriptor);
    waitpid(process, NULL, 0);
    if (!strstr(output, "drawing from") || !strstr(output, "InternalBattery"))
        return false;
    *ret_on_battery = strstr(output, "'AC Power'") == NULL;
    return true;
}
