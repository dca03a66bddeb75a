// Counts the system calls by which a process takes memory from the system and gives it back, over a stretch
// that the process itself marks. The process asks its parent to trace it; the parent counts.
#ifndef OS_CALLS_H
#define OS_CALLS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum memory_call {
    MEMORY_CALL_BRK,
    MEMORY_CALL_MMAP,
    MEMORY_CALL_MUNMAP,
    MEMORY_CALL_MREMAP,
    MEMORY_CALL_MADVISE,
    MEMORY_CALL_COUNT
};

// ---- in the process ----

// Asks the parent to trace the caller, stops until the parent goes on, and marks the beginning of the
// stretch. The parent must expect that: nobody else lets the caller go on. Returns 0 or an errno number, then
// without having stopped.
int os_calls_begin(void);

// Marks the end. From there on nothing is traced.
void os_calls_end(void);

// ---- in its parent ----

enum os_calls_state {
    OS_CALLS_NOT_TRACED, // the process has not asked yet
    OS_CALLS_BEFORE,     // traced, before the stretch
    OS_CALLS_COUNTING,
    OS_CALLS_COUNTED, // the whole stretch
    OS_CALLS_FAILED   // the system lets nobody trace; see error_number
};

// Start with {.pid = …}.
struct os_calls {
    pid_t pid;
    enum os_calls_state state;
    int error_number;
    uint64_t counts[MEMORY_CALL_COUNT];
};

// Takes a status that waitpid(…, __WALL) gave for the process, when WIFSTOPPED, and lets the process go on.
// To be called by the thread that started it.
void os_calls_take_stop(struct os_calls *calls, int wait_status);

#endif
