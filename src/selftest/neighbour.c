// It follows the clock, so that afterwards every trial's start tells whether it was at work.
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "os/os.h"
#include "selftest/parts.h"

enum { MEMORY_BYTES = 64 << 20, LINE_BYTES = 64, LINES_AT_ONCE = 1 << 12 };

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

// In the child of a program that may have had threads: no call that takes a lock.
static _Noreturn void disturb(uint64_t start_ns, pid_t parent)
{
    os_die_with_parent();
    uint32_t cpu;
    if (os_allowed_cpus(&cpu, 1) == 1)
        os_pin_to_cpu(cpu);
    unsigned char *memory =
        mmap(NULL, MEMORY_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    size_t line = 0;
    while (memory != MAP_FAILED && getppid() == parent) {
        uint64_t now_ns = unix_time_ns();
        struct phase phase = phase_at(start_ns, now_ns);
        if (!phase.busy) {
            nanosleep(&(struct timespec){.tv_nsec = (long)(phase.end_ns - now_ns)}, NULL);
            continue;
        }
        for (int i = 0; i < LINES_AT_ONCE; i++) {
            line = (line + LINE_BYTES) % MEMORY_BYTES;
            *(volatile unsigned char *)(memory + line) = (unsigned char)(memory[line] * 3 + 1);
        }
    }
    _exit(0);
}

enum status neighbour_start(struct neighbour *ret_neighbour, struct error *error)
{
    uint64_t start_ns = unix_time_ns();
    pid_t parent = getpid();
    pid_t process = fork();
    if (process < 0)
        return error_set_errno(error, STATUS_ENVIRONMENT, errno, "Raise the limit of processes (ulimit -u).",
                               "cannot start the self-test's neighbour");
    if (process == 0)
        disturb(start_ns, parent);
    *ret_neighbour = (struct neighbour){.process = process, .start_ns = start_ns};
    return STATUS_OK;
}

void neighbour_stop(struct neighbour *neighbour)
{
    if (neighbour->process <= 0)
        return;
    kill(neighbour->process, SIGKILL);
    while (waitpid(neighbour->process, NULL, 0) < 0 && errno == EINTR)
        ;
    neighbour->process = 0;
}
