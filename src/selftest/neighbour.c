// It follows the clock, so that afterwards every trial's start tells whether it was at work.
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "os/os.h"
#include "selftest/parts.h"

enum { MEMORY_BYTES = 64 << 20, LINE_BYTES = 64, LINES_AT_ONCE = 1 << 14, PAUSE_NS = 2000000 };

static const uint64_t first_burst_ns = 400000000;
static const uint64_t phase_ns = 250000000;

bool neighbour_is_busy(uint64_t start_ns, uint64_t time_ns)
{
    if (time_ns < start_ns)
        return false;
    uint64_t elapsed_ns = time_ns - start_ns;
    return elapsed_ns < first_burst_ns || (elapsed_ns - first_burst_ns) / phase_ns % 2 == 1;
}

bool neighbour_disturbs(uint64_t start_ns, uint64_t trial_start_ns, uint64_t trial_ns)
{
    return neighbour_is_busy(start_ns, trial_start_ns) ||
           neighbour_is_busy(start_ns, trial_start_ns + trial_ns) ||
           (trial_ns >= phase_ns && trial_start_ns + trial_ns > start_ns);
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
        if (!neighbour_is_busy(start_ns, unix_time_ns())) {
            nanosleep(&(struct timespec){.tv_nsec = PAUSE_NS}, NULL);
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
