// A server is asked until it answers, then used by the client, whose time counts, then told to stop.
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "os/os.h"
#include "private.h"

extern char **environ;

enum { MIN_PAUSE_NS = 5000000, MAX_PAUSE_NS = 100000000 };
#define NS_PER_SECOND 1000000000.0

// The helper has the caller's environment: its malloc is not what is measured.
static int start_helper(struct keeper *keeper, const char *command, int output, int errors)
{
    char *arguments[] = {(char *)"/bin/sh", (char *)"-c", (char *)command, NULL};
    const struct start start = {.program = arguments[0],
                                .arguments = arguments,
                                .environment = environ,
                                .input = -1,
                                .output = output,
                                .errors = errors};
    keeper->helper = (struct process_end){.started_ns = os_wall_ns()};
    int error_number = start_process(&start, &keeper->helper.pid);
    if (!error_number)
        keeper->helpers[keeper->helper_count++ % MAX_HELPERS] = keeper->helper.pid;
    return error_number;
}

// Until the helper or the server has ended, or that moment.
static void wait_for_helper(struct keeper *keeper, uint64_t until_ns)
{
    while (!keeper->helper.has_ended && !keeper->command.has_ended && !keeper_must_stop(keeper) &&
           os_wall_ns() < until_ns)
        keeper_step(keeper, until_ns);
}

static void pause_for(struct keeper *keeper, uint64_t pause_ns)
{
    const uint64_t until_ns = os_wall_ns() + pause_ns;
    while (!keeper->command.has_ended && !keeper_must_stop(keeper) && os_wall_ns() < until_ns)
        keeper_step(keeper, until_ns);
}

static bool end_helper(struct keeper *keeper)
{
    if (!keeper->helper.has_ended)
        kill(-keeper->helper.pid, SIGKILL);
    while (!keeper->helper.has_ended)
        keeper_step(keeper, os_wall_ns() + MAX_PAUSE_NS);
    return WIFEXITED(keeper->helper.wait_status) && WEXITSTATUS(keeper->helper.wait_status) == 0;
}

static enum launch_failure system_failure(struct keeper *keeper, int error_number)
{
    keeper->record->error_number = error_number;
    return LAUNCH_FAILURE_SYSTEM;
}

static enum launch_failure wait_until_ready(struct keeper *keeper)
{
    const char *ready = task_text(keeper->task, TASK_READY);
    const uint64_t until_ns = os_wall_ns() + (uint64_t)(keeper->task->ready_seconds * NS_PER_SECOND);
    uint64_t pause_ns = MIN_PAUSE_NS;
    while (*ready && !keeper->command.has_ended && !keeper_must_stop(keeper) && os_wall_ns() < until_ns) {
        int error_number = start_helper(keeper, ready, -1, -1);
        if (error_number)
            return system_failure(keeper, error_number);
        wait_for_helper(keeper, until_ns);
        if (end_helper(keeper))
            return LAUNCH_FAILURE_NONE;
        pause_for(keeper, pause_ns);
        pause_ns = 2 * pause_ns < MAX_PAUSE_NS ? 2 * pause_ns : MAX_PAUSE_NS;
    }
    return *ready ? LAUNCH_FAILURE_NOT_READY : LAUNCH_FAILURE_NONE;
}

static enum launch_failure run_client(struct keeper *keeper)
{
    int error_number = start_helper(keeper, task_text(keeper->task, TASK_CLIENT), keeper->descriptors.output,
                                    keeper->descriptors.errors);
    if (error_number)
        return system_failure(keeper, error_number);
    wait_for_helper(keeper, UINT64_MAX);
    if (keeper->helper.has_ended)
        return LAUNCH_FAILURE_NONE;
    end_helper(keeper);
    return keeper_must_stop(keeper) ? LAUNCH_FAILURE_NONE : LAUNCH_FAILURE_SERVER_ENDED;
}

static void stop_server(struct keeper *keeper)
{
    const uint64_t until_ns = os_wall_ns() + (uint64_t)(LAUNCH_STOP_SECONDS * NS_PER_SECOND);
    if (!keeper->command.has_ended)
        kill(keeper->command.pid, keeper->task->stop_signal);
    while (!keeper->command.has_ended && !keeper_must_stop(keeper) && os_wall_ns() < until_ns)
        keeper_step(keeper, until_ns);
}

void serve(struct keeper *keeper)
{
    enum launch_failure failure = wait_until_ready(keeper);
    if (!failure && !keeper_must_stop(keeper))
        failure = run_client(keeper);
    if (!keeper_must_stop(keeper)) {
        keeper->record->failure = failure;
        stop_server(keeper);
    }
}
