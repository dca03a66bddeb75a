// The one that works in bursts follows the clock, so that afterwards every trial's start tells whether it was
// at work. Those on every CPU never pause. Every second one of them writes memory, which takes caches and
// bandwidth away from all, and the others compute, which takes away a processor's time alone.
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "os/os.h"
#include "selftest/private.h"

enum { MEMORY_BYTES = 64 << 20, LINE_BYTES = 64, LINES_AT_ONCE = 1 << 12, STEPS_AT_ONCE = 1 << 16 };

static const size_t crowd_bytes = (size_t)1 << 30; // of all neighbours together

static const uint64_t first_burst_ns = 400000000;

// Pauses and bursts take turns; both are that long for a quarter of a second each, then as long as the next.
// So whether a process takes milliseconds or tenths of a second, many have trials in both.
static const uint64_t phases_ns[] = {128000000, 32000000, 8000000, 2000000};
static const uint64_t turn_ns = 256000000; // of one of these lengths: pauses and bursts in equal number

struct phase {
    bool busy;
    uint64_t end_ns;
};

static struct phase phase_at(uint64_t start_ns, uint64_t time_ns)
{
    if (time_ns < start_ns)
        return (struct phase){false, start_ns};
    uint64_t elapsed_ns = time_ns - start_ns;
    if (elapsed_ns < first_burst_ns)
        return (struct phase){true, start_ns + first_burst_ns};
    elapsed_ns -= first_burst_ns;
    uint64_t phase_ns = phases_ns[elapsed_ns / turn_ns % COUNT_OF(phases_ns)];
    uint64_t number = elapsed_ns % turn_ns / phase_ns;
    uint64_t turn_start_ns = time_ns - elapsed_ns % turn_ns;
    return (struct phase){number % 2 == 1, turn_start_ns + (number + 1) * phase_ns};
}

bool neighbour_is_busy(uint64_t start_ns, uint64_t time_ns)
{
    return phase_at(start_ns, time_ns).busy;
}

bool neighbour_disturbs(uint64_t start_ns, uint64_t trial_start_ns, uint64_t trial_ns)
{
    struct phase phase = phase_at(start_ns, trial_start_ns); // after each pause comes a burst
    return phase.busy || phase.end_ns <= trial_start_ns + trial_ns;
}

static uint64_t unix_time_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

// What a neighbour does, and where.
struct job {
    enum { JOB_BURSTS, JOB_MEMORY, JOB_ARITHMETIC } kind;
    uint32_t cpu;
    size_t memory_bytes;
    uint64_t start_ns; // of its bursts
};

static size_t write_lines(unsigned char *memory, size_t bytes, size_t line)
{
    for (int i = 0; i < LINES_AT_ONCE; i++) {
        line = (line + LINE_BYTES) % bytes;
        *(volatile unsigned char *)(memory + line) = (unsigned char)(memory[line] * 3 + 1);
    }
    return line;
}

// Each step needs the one before it (Knuth's MMIX generator).
static void compute(volatile uint64_t *state)
{
    uint64_t value = *state;
    for (int i = 0; i < STEPS_AT_ONCE; i++)
        value = value * 6364136223846793005u + 1442695040888963407u;
    *state = value;
}

// Sleeps to the end of a pause. False in a burst.
static bool wait_for_burst(uint64_t start_ns)
{
    uint64_t now_ns = unix_time_ns();
    struct phase phase = phase_at(start_ns, now_ns);
    if (!phase.busy)
        nanosleep(&(struct timespec){.tv_nsec = (long)(phase.end_ns - now_ns)}, NULL);
    return !phase.busy;
}

// In the child of a program that may have had threads: no call that takes a lock.
static _Noreturn void disturb(const struct job *job, pid_t parent)
{
    os_die_with_parent();
    os_pin_to_cpu(job->cpu);
    unsigned char *memory =
        mmap(NULL, job->memory_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    size_t line = 0;
    volatile uint64_t state = job->start_ns;
    while (memory != MAP_FAILED && getppid() == parent) {
        if (job->kind == JOB_BURSTS && wait_for_burst(job->start_ns))
            continue;
        if (job->kind == JOB_ARITHMETIC)
            compute(&state);
        else
            line = write_lines(memory, job->memory_bytes, line);
    }
    _exit(0);
}

static enum status start(const struct job *job, int *ret_process, struct error *error)
{
    pid_t parent = getpid();
    pid_t process = fork();
    if (process < 0)
        return error_set_errno(error, STATUS_ENVIRONMENT, errno, "Raise the limit on processes (ulimit -u).",
                               "cannot start the self-test's neighbour");
    if (process == 0)
        disturb(job, parent);
    *ret_process = process;
    return STATUS_OK;
}

static void stop(int process)
{
    if (process <= 0)
        return;
    kill(process, SIGKILL);
    while (waitpid(process, NULL, 0) < 0 && errno == EINTR)
        ;
}

static enum status refuse_unknown_cpus(struct error *error)
{
    return error_set(error, STATUS_ENVIRONMENT, "Leave out the parts noise and loud (--parts).",
                     "cannot determine on which CPUs the self-test's neighbours may run");
}

// ---- one, in bursts ----

enum status neighbour_start(struct neighbour *ret_neighbour, struct error *error)
{
    uint32_t cpu;
    if (os_allowed_cpus(&cpu, 1) != 1)
        return refuse_unknown_cpus(error);
    const struct job job = {JOB_BURSTS, cpu, MEMORY_BYTES, unix_time_ns()};
    int process = 0;
    enum status status = start(&job, &process, error);
    if (status == STATUS_OK)
        *ret_neighbour = (struct neighbour){.process = process, .start_ns = job.start_ns};
    return status;
}

void neighbour_stop(struct neighbour *neighbour)
{
    stop(neighbour->process);
    neighbour->process = 0;
}

// ---- one on every CPU, all the time ----

void crowd_stop(struct crowd *crowd)
{
    for (size_t i = 0; i < crowd->count; i++)
        stop(crowd->processes[i]);
    free(crowd->processes);
    *crowd = (struct crowd){0};
}

enum status crowd_start(struct crowd *ret_crowd, struct error *error)
{
    uint32_t cpus[OS_MAX_CPUS];
    int count = os_allowed_cpus(cpus, OS_MAX_CPUS);
    if (count < 1)
        return refuse_unknown_cpus(error);
    struct crowd crowd = {.processes = calloc((size_t)count, sizeof *crowd.processes)};
    if (!crowd.processes)
        return error_set_no_memory(error);
    size_t share = crowd_bytes / (size_t)count / LINE_BYTES * LINE_BYTES;
    struct job job = {.memory_bytes = share < MEMORY_BYTES ? share : MEMORY_BYTES,
                      .start_ns = unix_time_ns()};
    enum status status = STATUS_OK;
    for (int i = 0; i < count && status == STATUS_OK; i++) {
        job.kind = i % 2 == 0 ? JOB_MEMORY : JOB_ARITHMETIC;
        job.cpu = cpus[i];
        status = start(&job, &crowd.processes[i], error);
        crowd.count += status == STATUS_OK;
    }
    if (status == STATUS_OK)
        *ret_crowd = crowd;
    else
        crowd_stop(&crowd);
    return status;
}

enum status crowd_check(struct crowd *crowd, struct error *error)
{
    for (size_t i = 0; i < crowd->count; i++) {
        if (waitpid(crowd->processes[i], NULL, WNOHANG) == 0)
            continue;
        crowd->processes[i] = 0; // nobody's any more
        return error_set(
            error, STATUS_ENVIRONMENT,
            "Make sure that nothing kills them (too little memory?), then run the self-test again.",
            "a neighbour of the self-test ended before its run was over");
    }
    return STATUS_OK;
}
