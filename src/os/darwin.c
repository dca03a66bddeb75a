// macOS does not let a program choose its CPU; threads are hinted at performance or efficiency cores by their
// quality-of-service class. So the functions about affinity say that they can't.
#include "os/os.h"

#include <dlfcn.h>
#include <libproc.h>
#include <mach/mach.h>
#include <pthread.h>
#include <string.h>
#include <sys/proc.h>
#include <sys/sysctl.h>
#include <time.h>
#include <unistd.h>

int os_allowed_cpus(uint32_t *ret_cpus, int capacity)
{
    int online = 0;
    size_t size = sizeof online;
    if (sysctlbyname("hw.activecpu", &online, &size, NULL, 0) != 0 || online < 1)
        return -1;
    int count = online < capacity ? online : capacity;
    for (int i = 0; i < count; i++)
        ret_cpus[i] = (uint32_t)i;
    return count > 0 ? count : -1;
}

bool os_allow_cpus(const uint32_t *cpus, int count)
{
    (void)cpus;
    (void)count;
    return false;
}

bool os_pin_to_cpu(uint32_t cpu)
{
    (void)cpu;
    return false;
}

bool os_avoid_cpu(uint32_t cpu)
{
    (void)cpu;
    return false;
}

int os_current_cpu(void)
{
    size_t cpu = 0;
    return pthread_cpu_number_np(&cpu) == 0 ? (int)cpu : -1;
}

uint32_t os_core_of_cpu(uint32_t cpu)
{
    return cpu;
}

bool os_cpu_idle_ticks(uint32_t cpu, uint64_t *ret_idle, uint64_t *ret_total)
{
    natural_t count = 0;
    mach_msg_type_number_t length = 0;
    processor_info_array_t information = NULL;
    mach_port_t host = mach_host_self();
    kern_return_t result = host_processor_info(host, PROCESSOR_CPU_LOAD_INFO, &count, &information, &length);
    mach_port_deallocate(mach_task_self(), host);
    if (result != KERN_SUCCESS)
        return false;
    const struct processor_cpu_load_info *loads = (struct processor_cpu_load_info *)information;
    bool found = false;
    uint64_t idle = 0, total = 0;
    for (natural_t k = 0; k < count; k++) {
        if (cpu != OS_ALL_CPUS && cpu != k)
            continue;
        found = true;
        idle += loads[k].cpu_ticks[CPU_STATE_IDLE];
        for (int i = 0; i < CPU_STATE_MAX; i++)
            total += loads[k].cpu_ticks[i];
    }
    if (found) {
        *ret_idle = idle;
        *ret_total = total;
    }
    vm_deallocate(mach_task_self(), (vm_address_t)information, length * sizeof *information);
    return found;
}

uint64_t os_steal_ticks(void)
{
    return 0;
}

uint64_t os_run_delay_ns(void)
{
    return 0;
}

void os_thread_usage(struct rusage *ret_usage)
{
    getrusage(RUSAGE_SELF, ret_usage);
}

int64_t os_interrupts_of_cpu(int cpu)
{
    (void)cpu;
    return -1;
}

static uint64_t read_clock_ns(clockid_t clock)
{
    struct timespec now;
    if (clock_gettime(clock, &now) != 0)
        return 0;
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t os_wall_ns(void) // macOS's monotonic clocks go on while it sleeps
{
    return read_clock_ns(CLOCK_MONOTONIC_RAW);
}

uint64_t os_thread_cpu_ns(void)
{
    return read_clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

bool os_process_is_stopped(pid_t pid)
{
    struct proc_bsdinfo information;
    int length = proc_pidinfo(pid, PROC_PIDTBSDINFO, 0, &information, sizeof information);
    return length == (int)sizeof information && information.pbi_status == SSTOP;
}

void os_die_with_parent(void)
{
}

void os_forbid_core_dump(void)
{
}

bool os_is_secure(void)
{
    return issetugid() != 0;
}

uint64_t os_resident_bytes(void)
{
    struct mach_task_basic_info information;
    mach_msg_type_number_t count = MACH_TASK_BASIC_INFO_COUNT;
    if (task_info(mach_task_self(), MACH_TASK_BASIC_INFO, (task_info_t)&information, &count) != KERN_SUCCESS)
        return 0;
    return information.resident_size;
}

// The system keeps no count of shares; what is the process's own is its physical footprint.
void os_memory_of_process(struct os_memory *ret_memory)
{
    *ret_memory = (struct os_memory){.resident_bytes = os_resident_bytes()};
}

static bool copy_path(const char *path, char *ret_path, size_t capacity)
{
    size_t length = strlen(path);
    if (length == 0 || length >= capacity)
        return false;
    memcpy(ret_path, path, length + 1);
    return true;
}

bool os_executable_path(char *buffer, size_t capacity)
{
    char path[PROC_PIDPATHINFO_MAXSIZE];
    int length = proc_pidpath(getpid(), path, sizeof path);
    return length > 0 && copy_path(path, buffer, capacity);
}

bool os_describe_address(const void *address, char *ret_path, size_t capacity)
{
    Dl_info information;
    return dladdr(address, &information) != 0 && information.dli_fname &&
           copy_path(information.dli_fname, ret_path, capacity);
}

bool os_is_of_program(const void *address)
{
    char program[PROC_PIDPATHINFO_MAXSIZE], file[PROC_PIDPATHINFO_MAXSIZE];
    return os_executable_path(program, sizeof program) && os_describe_address(address, file, sizeof file) &&
           strcmp(program, file) == 0;
}

bool os_build_id(const void *address, char ret_build_id[BUILD_ID_BYTES])
{
    (void)address, (void)ret_build_id;
    return false;
}

void *os_find_function(const char *name)
{
    return dlsym(RTLD_DEFAULT, name);
}

bool os_has_tunables(void)
{
    return false;
}

bool os_tunable_value(const char *loader, uint32_t number, uint64_t *ret_value)
{
    (void)loader;
    (void)number;
    (void)ret_value;
    return false;
}

bool os_c_library_heap(struct os_heap_books *ret_books)
{
    (void)ret_books;
    return false;
}
