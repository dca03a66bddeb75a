// What a program sees of the processes that it started and of theirs, beyond POSIX. Where a system cannot
// answer, the function says so. Nothing here stops or slows the process that is looked at, but that it waits
// for its memory map when that is read (smaps_rollup, maps).
#ifndef OS_PROCESSES_H
#define OS_PROCESSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct os_process {
    pid_t pid;
    pid_t parent;
    pid_t group;
};

// Has every process whose parent ended, below the caller, become a child of the caller, so that it can wait
// for it. False where the system cannot.
bool os_adopt_orphans(void);

// Fills in the living descendants of process `ancestor`, without itself, parents before children, at most
// `capacity`. Those that only wait to be reaped are left out. Returns how many were filled in. One that
// starts or ends meanwhile may be missing.
size_t os_descendants(pid_t ancestor, struct os_process *ret_processes, size_t capacity);

// The process's share of main memory: pages that n processes share count as 1/n (PSS). False when the system
// does not tell, not to this user, or the process has ended.
bool os_process_pss_bytes(pid_t pid, uint64_t *ret_bytes);

// The path of the program that the process runs. False, with `ret_path` untouched, when the system does not
// tell or the path is longer than `capacity` bytes.
bool os_process_program(pid_t pid, char *ret_path, size_t capacity);

// The name that the process was started by or gave itself, cut to 15 bytes; it is known until the process is
// reaped. "" when the system does not report it.
void os_process_name(pid_t pid, char ret_name[16]);

// Whether the process has the file of that path mapped, as its map names it.
bool os_process_maps(pid_t pid, const char *path);

// Processes that the system has killed since boot for want of memory; 0 when it does not tell.
uint64_t os_memory_kills(void);

// Whether a program of that file is started with more rights than who starts it has, by the file's mode or
// its capabilities.
bool os_file_gives_rights(const char *path);

#endif
