// What the program asks of the operating system beyond POSIX. One file per system: linux.c, darwin.c.
//
// Workers call these before and between measurements, so none of them calls malloc, keeps a lock or leaves a
// descriptor open. A question that the system cannot answer has an answer of its own (false, -1, 0), said per
// function.
#ifndef OS_OS_H
#define OS_OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/elf_note.h"

enum { OS_MOST_CPUS = 8192 }; // CPUs with larger numbers are not seen

// Fills `ret_cpus` with the numbers of the CPUs that the calling thread may run on, ascending, at most
// `capacity` of them. Returns how many were filled in; -1 when the system does not tell or there is not even
// one.
int os_allowed_cpus(uint32_t *ret_cpus, int capacity);

// Restricts the calling thread, and the processes it starts from now on, to these CPUs (`count` ≥ 1). To undo
// a restriction, give what os_allowed_cpus told before it. False when the system can't or won't; then nothing
// has changed.
bool os_allow_cpus(const uint32_t *cpus, int count);

// As os_allow_cpus with that CPU alone.
bool os_pin_to_cpu(uint32_t cpu);

// Restricts the calling thread to the CPUs it may run on now, without that one. False when none would remain,
// or the system can't; then nothing has changed. A process started later may still pin itself to `cpu`.
bool os_avoid_cpu(uint32_t cpu);

// The CPU that the caller runs on at this moment; -1 when the system does not tell.
int os_current_cpu(void);

#define OS_ALL_CPUS UINT32_MAX

// Clock ticks since boot of one CPU, or summed over OS_ALL_CPUS: all of them and those in which it had
// nothing to run. Two readings give the share of time it was idle between them. There are as many in a second
// as sysconf(_SC_CLK_TCK) says. False when the system does not tell.
bool os_cpu_idle_ticks(uint32_t cpu, uint64_t *ret_idle, uint64_t *ret_total);

// Clock ticks since boot in which a hypervisor ran something else while a CPU of this machine had work,
// summed over the CPUs; 0 when there is no hypervisor or it does not tell.
uint64_t os_steal_ticks(void);

// Nanoseconds that the calling process's main thread has waited for a CPU while it could have run; 0 when
// unknown.
uint64_t os_run_delay_ns(void);

// Has the system kill the calling process (SIGKILL) when the thread that started it ends, where a system can
// do that; nothing elsewhere. A parent that is gone already is not noticed: compare getppid().
void os_die_with_parent(void);

// Bytes of the calling process that are in main memory now; 0 when unknown.
uint64_t os_resident_bytes(void);

// The absolute path of the running program, zero-terminated. False, with `buffer` untouched, when it is
// unknown or longer than `capacity` bytes.
bool os_executable_path(char *buffer, size_t capacity);

// The path of the loaded file (program or shared library) that holds `address`, as the dynamic linker knows
// it, zero-terminated: proof of whose malloc ran. False, with `ret_path` untouched, when no loaded file holds
// the address or the path is longer than `capacity` bytes.
bool os_describe_address(const void *address, char *ret_path, size_t capacity);

// The build id, in hexadecimal, of the loaded file that holds `address`, read from memory: it is that of what
// really runs, whatever has become of the file since. False, with `ret_build_id` untouched, when the file has
// none.
bool os_build_id(const void *address, char ret_build_id[BUILD_ID_BYTES]);

// The address that a call of the function `name` goes to, as the dynamic linker resolves it now; NULL when no
// loaded file exports it.
void *os_find_function(const char *name);

// The bytes that the C library's own heap has handed out, by its own books, whoever's malloc the program
// calls. False where it keeps none. It may call malloc: not for between measurements.
bool os_c_library_heap_bytes(uint64_t *ret_bytes);

#endif
