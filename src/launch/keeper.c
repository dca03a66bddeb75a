// One command from its start to its end: started, watched until its own process has ended, given a moment for
// what it left behind, ended altogether. Time is read when its process is seen to have ended, before anything
// else is done.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "os/os.h"
#include "os/processes.h"
#include "private.h"

enum { LEFT_ALONE_NS = 100000000 }; // how long what outlives the command may go on
#define NS_PER_SECOND 1000000000.0

// ---- SIGCHLD, by the self-pipe trick (D. J. Bernstein); what a handler touches has to be global ----

static int wake_pipe[2] = {-1, -1};

static void wake(int number)
{
    (void)number;
    int saved_errno = errno;
    ssize_t written = write(wake_pipe[1], "", 1);
    (void)written; // a full pipe wakes as well
    errno = saved_errno;
}

static bool watch_children(void)
{
    struct sigaction action = {.sa_handler = wake, .sa_flags = SA_NOCLDSTOP | SA_RESTART};
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigemptyset(&action.sa_mask);
    if (pipe(wake_pipe) != 0)
        return false;
    for (int i = 0; i < 2; i++) {
        fcntl(wake_pipe[i], F_SETFD, FD_CLOEXEC);
        fcntl(wake_pipe[i], F_SETFL, O_NONBLOCK);
    }
    return sigaction(SIGCHLD, &action, NULL) == 0 && sigaction(SIGPIPE, &ignore, NULL) == 0;
}

// A program that crashes leaves no core file and starts no program that takes it apart: 1 rather than 0, see
// runner/spawn.c. It holds for the launcher and what it starts.
static void forbid_core_files(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_CORE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max < 1 ? limit.rlim_max : 1;
    setrlimit(RLIMIT_CORE, &limit);
}

// ---- the start ----

static void fail(struct keeper *keeper, enum launch_failure failure, int error_number)
{
    keeper->record->outcome = LAUNCH_NOT_STARTED;
    keeper->record->failure = failure;
    keeper->record->error_number = error_number;
}

static enum launch_failure failure_of(int error_number)
{
    switch (error_number) {
    case ENOENT:
        return LAUNCH_FAILURE_NO_INTERPRETER; // the program itself was there a moment ago
    case EACCES:
        return LAUNCH_FAILURE_NOT_EXECUTABLE;
    case ENOEXEC:
        return LAUNCH_FAILURE_BAD_FORMAT;
    default:
        return LAUNCH_FAILURE_SYSTEM;
    }
}

// The command's environment with the name of the witness's file.
static char **make_environment(const struct task *task, char *witness_variable)
{
    size_t count = task->environment.count;
    char **variables = calloc(count + 2, sizeof *variables);
    for (size_t i = 0; variables && i < count; i++)
        variables[i] = task->environment.items[i];
    if (variables)
        variables[count] = witness_variable;
    return variables;
}

static bool start_command(struct keeper *keeper, char *witness_variable)
{
    const struct task *task = keeper->task;
    CLEANUP(free_pointer) char **environment = make_environment(task, witness_variable);
    CLEANUP(free_pointer) char **arguments = calloc(task->arguments.count + 1, sizeof *arguments);
    if (!environment || !arguments) {
        fail(keeper, LAUNCH_FAILURE_SYSTEM, ENOMEM);
        return false;
    }
    for (size_t i = 0; i < task->arguments.count; i++)
        arguments[i] = task->arguments.items[i];
    const struct start start = {.program = task_text(task, TASK_PROGRAM),
                                .arguments = arguments,
                                .environment = environment,
                                .input = keeper->descriptors.input,
                                .output = keeper->descriptors.output,
                                .errors = keeper->descriptors.errors};
    const bool is_server = *task_text(task, TASK_CLIENT);
    if (!is_server) // helpers would be counted as well
        os_tree_counters_open(&keeper->counters);
    keeper->command.started_ns = os_wall_ns();
    int error_number = start_process(&start, &keeper->command.pid);
    if (error_number) {
        keeper->command.pid = 0;
        fail(keeper, failure_of(error_number), error_number);
        return false;
    }
    const uint64_t begin_ns = keeper->command.started_ns;
    keeper->next_sample_ns = begin_ns + (uint64_t)LAUNCH_FIRST_SAMPLE_MS * 1000000;
    if (task->timeout_seconds > 0 && task->timeout_seconds < 1e9)
        keeper->deadline_ns = begin_ns + (uint64_t)(task->timeout_seconds * NS_PER_SECOND);
    return true;
}

// ---- the end ----

// What is left when the command has ended may be about to end as well.
static void settle(struct keeper *keeper)
{
    struct os_process left[MAX_PROCESSES];
    const uint64_t until_ns = os_wall_ns() + LEFT_ALONE_NS;
    reap(keeper);
    while (!keeper->no_children && !keeper_must_stop(keeper) && os_wall_ns() < until_ns) {
        keeper_step(keeper, until_ns);
        reap(keeper);
    }
    if (keeper->no_children || keeper_must_stop(keeper) || !keeper->command.has_ended)
        return;
    size_t count = os_descendants(getpid(), left, MAX_PROCESSES);
    for (size_t i = 0; i < count; i++)
        if (!keeper_is_helpers(keeper, left[i].group)) {
            keeper->record->lived_on++;
            os_process_name(left[i].pid, keeper->record->lived_on_name);
        }
}

static void set(struct launch_record *record, enum launch_metric metric, uint64_t value)
{
    record->values[metric] = value;
    record->present[metric] = true;
}

static uint64_t time_ns(const struct timeval *time)
{
    return (uint64_t)time->tv_sec * 1000000000u + (uint64_t)time->tv_usec * 1000u;
}

static void fill_metrics(const struct keeper *keeper, const struct process_end *timed)
{
#ifdef __APPLE__
    enum { MAX_RSS_UNIT = 1 };
#else
    enum { MAX_RSS_UNIT = 1024 };
#endif
    struct launch_record *record = keeper->record;
    const struct rusage *usage = &keeper->usage;
    uint64_t count;
    set(record, LAUNCH_METRIC_WALL, timed->ended_ns - timed->started_ns);
    set(record, LAUNCH_METRIC_USER, time_ns(&usage->ru_utime));
    set(record, LAUNCH_METRIC_SYSTEM, time_ns(&usage->ru_stime));
    set(record, LAUNCH_METRIC_CPU, time_ns(&usage->ru_utime) + time_ns(&usage->ru_stime));
    if (keeper->has_pss && record->samples >= LAUNCH_MIN_SAMPLES)
        set(record, LAUNCH_METRIC_PEAK_PSS, keeper->peak_pss_bytes);
    set(record, LAUNCH_METRIC_MAX_RSS, (uint64_t)usage->ru_maxrss * MAX_RSS_UNIT);
    set(record, LAUNCH_METRIC_MINOR_FAULTS, (uint64_t)usage->ru_minflt);
    set(record, LAUNCH_METRIC_MAJOR_FAULTS, (uint64_t)usage->ru_majflt);
    set(record, LAUNCH_METRIC_VOLUNTARY_SWITCHES, (uint64_t)usage->ru_nvcsw);
    set(record, LAUNCH_METRIC_INVOLUNTARY_SWITCHES, (uint64_t)usage->ru_nivcsw);
    if (os_tree_counters_read(&keeper->counters, TREE_COUNTER_INSTRUCTIONS, &count))
        set(record, LAUNCH_METRIC_INSTRUCTIONS, count);
    if (os_tree_counters_read(&keeper->counters, TREE_COUNTER_CYCLES, &count))
        set(record, LAUNCH_METRIC_CYCLES, count);
}

static void fill_outcome(const struct keeper *keeper, const struct process_end *timed)
{
    struct launch_record *record = keeper->record;
    if (keeper->interrupted) {
        record->outcome = LAUNCH_INTERRUPTED;
    } else if (keeper->timed_out) {
        record->outcome = LAUNCH_TIMED_OUT;
    } else if (record->failure) {
        record->outcome = LAUNCH_NOT_STARTED;
    } else if (WIFSIGNALED(timed->wait_status)) {
        record->outcome = LAUNCH_SIGNALED;
        record->signal_number = WTERMSIG(timed->wait_status);
    } else {
        record->outcome = LAUNCH_EXITED;
        record->exit_code = WEXITSTATUS(timed->wait_status);
    }
}

static void fill_record(struct keeper *keeper, const char *witness_path)
{
    CLEANUP(free_pointer) struct witness_report *reports = NULL;
    size_t count = 0, length = 0;
    struct launch_record *record = keeper->record;
    const struct process_end *timed =
        keeper->helper.pid && *task_text(keeper->task, TASK_CLIENT) ? &keeper->helper : &keeper->command;
    fill_outcome(keeper, timed);
    if (timed->has_ended)
        fill_metrics(keeper, timed);
    record->output_bytes = keeper->hash.length;
    record->output_hash = stream_hash_value(&keeper->hash);
    const char *errors = tail_bytes(&keeper->errors, &length);
    const char *line =
        keeper->errors.was_cut || keeper->errors.length > length ? memchr(errors, '\n', length) : NULL;
    if (line && line + 1 < errors + length) {
        length -= (size_t)(line + 1 - errors);
        errors = line + 1;
    }
    memcpy(record->errors, errors, length);
    if (witness_read(witness_path, &reports, &count, NULL) == STATUS_OK)
        find_served(keeper, reports, count);
}

static void run(struct keeper *keeper, char *witness_variable)
{
    int error_number = 0;
    enum launch_failure failure = descriptors_open(keeper->task, &keeper->descriptors, &error_number);
    if (failure) {
        fail(keeper, failure, error_number);
        return;
    }
    const uint64_t kills = os_memory_kills(), own_ns = (uint64_t)(own_cpu_seconds(false) * NS_PER_SECOND);
    if (!start_command(keeper, witness_variable))
        return;
    if (*task_text(keeper->task, TASK_CLIENT))
        serve(keeper);
    else
        while (!keeper->command.has_ended && !keeper_must_stop(keeper))
            keeper_step(keeper, UINT64_MAX);
    settle(keeper);
    keeper->next_sample_ns = UINT64_MAX;
    if (!keeper->no_children || !keeper->adopts)
        end_tree(keeper);
    read_rest(keeper);
    keeper->record->watching_ns = (uint64_t)(own_cpu_seconds(false) * NS_PER_SECOND) - own_ns;
    keeper->record->out_of_memory = os_memory_kills() > kills;
    fill_record(keeper, strchr(witness_variable, '=') + 1);
}

// Makes the witness's file, in the folder of temporary files or else in /tmp, and the variable that names it.
// -1 with errno.
static int make_witness_file(char *ret_variable, size_t capacity)
{
    const char *const folders[] = {getenv("TMPDIR"), "/tmp"};
    int file = -1;
    for (size_t i = 0; i < COUNT_OF(folders) && file < 0; i++) {
        if (!folders[i] || folders[i][0] != '/')
            continue; // the command may change its folder
        int length = snprintf(ret_variable, capacity, "%s=%s/memalloc-bench-witness-XXXXXX",
                              WITNESS_FILE_NAME, folders[i]);
        if (length > 0 && (size_t)length < capacity)
            file = mkstemp(strchr(ret_variable, '=') + 1);
    }
    if (file >= 0)
        fcntl(file, F_SETFD, FD_CLOEXEC);
    return file;
}

void keeper_run(const struct task *task, struct launch_record *ret_record, struct tail *ret_output)
{
    char variable[1024];
    struct keeper keeper = {.task = task,
                            .record = ret_record,
                            .descriptors = {-1, -1, -1, -1, -1},
                            .counters = {{-1, -1}},
                            .deadline_ns = UINT64_MAX,
                            .next_sample_ns = UINT64_MAX,
                            .output = {.limit = task->keep_output ? LAUNCH_KEPT_BYTES : 0},
                            .errors = {.limit = LAUNCH_ERRORS_BYTES - 1}};
    CLEANUP(free_pointer) struct sighting *sightings = calloc(MAX_PROCESSES, sizeof *sightings);
    forbid_core_files();
    keeper.adopts = os_adopt_orphans();
    keeper.sightings = sightings;
    CLEANUP(close_descriptor)
    int file = sightings && watch_children() ? make_witness_file(variable, sizeof variable) : -1;
    if (file < 0) {
        fail(&keeper, LAUNCH_FAILURE_SYSTEM, sightings ? errno : ENOMEM);
        return;
    }
    keeper.child_events = wake_pipe[0];
    run(&keeper, variable);
    unlink(strchr(variable, '=') + 1);
    descriptors_release(&keeper.descriptors);
    os_tree_counters_close(&keeper.counters);
    tail_release(&keeper.errors);
    *ret_output = keeper.output;
}
