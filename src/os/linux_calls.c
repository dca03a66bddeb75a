// By ptrace(2). The process makes a call that does nothing, getppid, at both ends of the stretch: its entry
// is seen between two others, so that both ends are exact. PTRACE_GET_SYSCALL_INFO (Linux 5.3) tells the
// number of a call without a look at registers, alike on every processor.
#define _GNU_SOURCE // __WALL
#include "os/calls.h"

#include <errno.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// The beginning of the kernel's struct ptrace_syscall_info, which not every libc's headers have.
struct syscall_stop {
    uint8_t operation;
    uint8_t padding[3];
    uint32_t architecture;
    uint64_t instruction_pointer, stack_pointer;
    uint64_t number; // of the call, when it is entered
};

enum { SYSCALL_IS_ENTERED = 1, SYSCALL_STOP = SIGTRAP | 0x80 };

static const long call_numbers[MEMORY_CALL_COUNT] = {
    [MEMORY_CALL_BRK] = SYS_brk,       [MEMORY_CALL_MMAP] = SYS_mmap,       [MEMORY_CALL_MUNMAP] = SYS_munmap,
    [MEMORY_CALL_MREMAP] = SYS_mremap, [MEMORY_CALL_MADVISE] = SYS_madvise,
};

int os_calls_begin(void)
{
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
        return errno;
    raise(SIGSTOP);
    syscall(SYS_getppid);
    return 0;
}

void os_calls_end(void)
{
    syscall(SYS_getppid);
}

static void detach(const struct os_calls *calls, int signal_number)
{
    ptrace(PTRACE_DETACH, calls->pid, NULL, (void *)(intptr_t)signal_number);
}

static void fail(struct os_calls *calls, int error_number)
{
    calls->state = OS_CALLS_FAILED;
    calls->error_number = error_number;
    detach(calls, 0);
}

static void count_call(struct os_calls *calls, uint64_t number)
{
    if (number == SYS_getppid)
        calls->state = calls->state == OS_CALLS_BEFORE ? OS_CALLS_COUNTING : OS_CALLS_COUNTED;
    for (int i = 0; i < MEMORY_CALL_COUNT && calls->state == OS_CALLS_COUNTING; i++)
        calls->counts[i] += number == (uint64_t)call_numbers[i];
}

static void go_on(struct os_calls *calls, int signal_number)
{
    if (calls->state == OS_CALLS_COUNTED)
        detach(calls, signal_number);
    else
        ptrace(PTRACE_SYSCALL, calls->pid, NULL, (void *)(intptr_t)signal_number);
}

void os_calls_take_stop(struct os_calls *calls, int wait_status)
{
    int signal_number = WSTOPSIG(wait_status);
    struct syscall_stop stop = {0};
    if (calls->state == OS_CALLS_NOT_TRACED) {
        void *options = (void *)(intptr_t)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
        calls->state = OS_CALLS_BEFORE;
        if (ptrace(PTRACE_SETOPTIONS, calls->pid, NULL, options) != 0)
            fail(calls, errno);
        else
            go_on(calls, signal_number == SIGSTOP ? 0 : signal_number);
    } else if (signal_number != SYSCALL_STOP) {
        go_on(calls, signal_number);
    } else if (ptrace(PTRACE_GET_SYSCALL_INFO, calls->pid, (void *)sizeof stop, &stop) <= 0) {
        fail(calls, errno);
    } else {
        if (stop.operation == SYSCALL_IS_ENTERED)
            count_call(calls, stop.number);
        go_on(calls, 0);
    }
}
