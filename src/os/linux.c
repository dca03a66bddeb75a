#define _GNU_SOURCE // sched_getaffinity, sched_getcpu, dladdr, RUSAGE_THREAD
#include "os/os.h"

#include <dlfcn.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "os/private.h"

// glibc's cpu_set_t holds 1024 CPUs; the kernel refuses a set smaller than its own, so this one is larger.
union large_cpu_set {
    cpu_set_t set;
    unsigned char bytes[OS_MAX_CPUS / 8];
};

static bool get_affinity(union large_cpu_set *ret_set)
{
    memset(ret_set, 0, sizeof *ret_set);
    return sched_getaffinity(0, sizeof *ret_set, &ret_set->set) == 0;
}

static bool set_affinity(const union large_cpu_set *set)
{
    return sched_setaffinity(0, sizeof *set, &set->set) == 0;
}

int os_allowed_cpus(uint32_t *ret_cpus, int capacity)
{
    union large_cpu_set allowed;
    if (!get_affinity(&allowed))
        return -1;
    int count = 0;
    for (uint32_t cpu = 0; cpu < OS_MAX_CPUS && count < capacity; cpu++)
        if (CPU_ISSET_S(cpu, sizeof allowed, &allowed.set))
            ret_cpus[count++] = cpu;
    return count > 0 ? count : -1;
}

bool os_allow_cpus(const uint32_t *cpus, int count)
{
    union large_cpu_set allowed = {.bytes = {0}};
    for (int i = 0; i < count; i++) {
        if (cpus[i] >= OS_MAX_CPUS)
            return false;
        CPU_SET_S(cpus[i], sizeof allowed, &allowed.set);
    }
    return set_affinity(&allowed);
}

bool os_pin_to_cpu(uint32_t cpu)
{
    return os_allow_cpus(&cpu, 1);
}

bool os_avoid_cpu(uint32_t cpu)
{
    union large_cpu_set allowed;
    if (!get_affinity(&allowed))
        return false;
    if (cpu < OS_MAX_CPUS)
        CPU_CLR_S(cpu, sizeof allowed, &allowed.set);
    return set_affinity(&allowed); // the kernel refuses an empty set
}

int os_current_cpu(void)
{
    return sched_getcpu();
}

uint32_t os_core_of_cpu(uint32_t cpu)
{
    char path[96];
    uint64_t first;
    snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%u/topology/thread_siblings_list", cpu);
    return linux_read_numbers(path, "", &first, 1) == 1 ? (uint32_t)first : cpu;
}

bool os_cpu_idle_ticks(uint32_t cpu, uint64_t *ret_idle, uint64_t *ret_total)
{
    return linux_cpu_idle_ticks("/proc/stat", cpu, ret_idle, ret_total);
}

uint64_t os_steal_ticks(void)
{
    uint64_t ticks[CPU_TICKS_COUNT];
    size_t count = linux_read_numbers("/proc/stat", "cpu", ticks, CPU_TICKS_COUNT);
    return count > CPU_TICKS_STEAL ? ticks[CPU_TICKS_STEAL] : 0;
}

uint64_t os_run_delay_ns(void)
{
    uint64_t numbers[2]; // time on the CPU, time waiting for one
    return linux_read_numbers("/proc/thread-self/schedstat", "", numbers, 2) == 2 ? numbers[1] : 0;
}

void os_thread_usage(struct rusage *ret_usage)
{
    getrusage(RUSAGE_THREAD, ret_usage);
}

int64_t os_interrupts_of_cpu(int cpu)
{
    return cpu < 0 ? -1 : linux_interrupts_of_cpu("/proc/interrupts", (uint32_t)cpu);
}

static uint64_t read_clock_ns(clockid_t clock)
{
    struct timespec now;
    if (clock_gettime(clock, &now) != 0)
        return 0;
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t os_wall_ns(void)
{
    return read_clock_ns(CLOCK_BOOTTIME);
}

uint64_t os_thread_cpu_ns(void)
{
    return read_clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

bool os_process_is_stopped(pid_t pid)
{
    char folder[32];
    snprintf(folder, sizeof folder, "/proc/%ld", (long)pid);
    return linux_process_is_stopped(folder);
}

void os_die_with_parent(void)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

void os_forbid_core_dump(void)
{
    prctl(PR_SET_DUMPABLE, 0);
}

bool os_is_secure(void)
{
    return getauxval(AT_SECURE) != 0;
}

uint64_t os_resident_bytes(void)
{
    uint64_t pages[2]; // mapped, resident
    if (linux_read_numbers("/proc/self/statm", "", pages, 2) != 2)
        return 0;
    return pages[1] * (uint64_t)sysconf(_SC_PAGESIZE);
}

void os_memory_of_process(struct os_memory *ret_memory)
{
    static const char path[] = "/proc/self/smaps_rollup"; // since Linux 4.14
    uint64_t kibibytes;
    *ret_memory = (struct os_memory){0};
    if (linux_read_numbers(path, "Pss:", &kibibytes, 1) == 1)
        ret_memory->proportional_bytes = kibibytes * 1024;
    if (linux_read_numbers(path, "Rss:", &kibibytes, 1) == 1)
        ret_memory->resident_bytes = kibibytes * 1024;
    else
        ret_memory->resident_bytes = os_resident_bytes();
}

// The path that the program was started by, which the kernel hands it; it leads to the file as long as the
// working directory is the one of then.
static bool started_path(char ret_path[static PATH_MAX])
{
    const char *path = (const char *)getauxval(AT_EXECFN);
    return path && realpath(path, ret_path);
}

bool os_executable_path(char *buffer, size_t capacity)
{
    char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path);
    if (length <= 0 && started_path(path)) // /proc is not mounted
        length = (ssize_t)strlen(path);
    if (length <= 0 || (size_t)length == sizeof path || (size_t)length >= capacity)
        return false;
    memcpy(buffer, path, (size_t)length);
    buffer[length] = '\0';
    return true;
}

bool os_describe_address(const void *address, char *ret_path, size_t capacity)
{
    Dl_info information;
    if (dladdr(address, &information) == 0 || !information.dli_fname || !*information.dli_fname)
        return false;
    size_t length = strlen(information.dli_fname);
    if (length >= capacity)
        return false;
    memcpy(ret_path, information.dli_fname, length + 1);
    return true;
}
