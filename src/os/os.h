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
#include <sys/resource.h>
#include <sys/types.h>

#include "base/elf_note.h"

enum { OS_MAX_CPUS = 8192 }; // CPUs with larger numbers are not seen

// Fills `ret_cpus` with the numbers of the CPUs that the calling thread may run on, ascending, at most
// `capacity` of them. Returns how many were filled in; -1 when the system does not report it or there is not
// even one.
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

// The CPU that the caller runs on at this moment; -1 when the system does not report it.
int os_current_cpu(void);

#define OS_ALL_CPUS UINT32_MAX

// Clock ticks since boot of one CPU, or summed over OS_ALL_CPUS: all of them and those in which it had
// nothing to run. Two readings give the share of time it was idle between them. There are as many in a second
// as sysconf(_SC_CLK_TCK) says. False when the system does not report it.
bool os_cpu_idle_ticks(uint32_t cpu, uint64_t *ret_idle, uint64_t *ret_total);

// Clock ticks since boot in which a hypervisor ran something else while a CPU of this machine had work,
// summed over the CPUs; 0 when there is no hypervisor or it does not tell.
uint64_t os_steal_ticks(void);

// The first of the CPUs that are one core, of which `cpu` is one; `cpu` itself when the system does not tell.
uint32_t os_core_of_cpu(uint32_t cpu);

// Nanoseconds that the calling thread has waited for a CPU while it could have run; 0 when unknown.
uint64_t os_run_delay_ns(void);

// What the calling thread has used so far; where the system does not count it for threads, the process.
void os_thread_usage(struct rusage *ret_usage);

// Interrupts that the CPU of that number has taken since boot, of all kinds; -1 when the system does not
// count them by CPU. It takes some tens of microseconds, more on a machine of many CPUs.
int64_t os_interrupts_of_cpu(int cpu);

// Nanoseconds on the clock of the wall since some moment: it goes on while the machine sleeps, and nobody
// sets it (it may be slewed). For differences.
uint64_t os_wall_ns(void);

// Nanoseconds that the calling thread has had a CPU, as the kernel counts them; 0 when it does not tell.
uint64_t os_thread_cpu_ns(void);

// Seconds of CPU time that the calling process has used, in user and system mode, of all its threads; with
// `with_children` also of the children that it has waited for, and theirs. NaN when the system does not
// report it (getrusage(2)).
double own_cpu_seconds(bool with_children);

// Whether the process cannot run until somebody lets it go on: stopped by a signal, or frozen with its
// control group. One that waits for something is not stopped, nor is one that is traced. False when the
// system does not tell.
bool os_process_is_stopped(pid_t pid);

// Has the system kill the calling process (SIGKILL) when the thread that started it ends, where a system can
// do that; nothing elsewhere. A parent that is gone already is not noticed: compare getppid().
void os_die_with_parent(void);

// Has the system write no core file of the calling process and start no program that handles one, where a
// system can do that; nothing elsewhere. Other processes without root's rights then cannot attach to it or
// read its memory; its own /proc/self stays readable. Starting another program ends it.
void os_forbid_core_dump(void);

// Whether the system runs the calling process with more rights than who started it (file capabilities,
// set-user-id, set-group-id, a change of the security domain). The dynamic linker and the C library then
// ignore much of its environment: secure execution in ld.so(8).
bool os_is_secure(void);

// Bytes of the calling process that are in main memory now; 0 when unknown.
uint64_t os_resident_bytes(void);

// What the calling process has in main memory now; 0 where the system does not tell.
struct os_memory {
    uint64_t resident_bytes;
    uint64_t proportional_bytes; // pages that other processes share count by their share (PSS)
};

// Exact, unlike os_resident_bytes, and slower: the system looks at every page.
void os_memory_of_process(struct os_memory *ret_memory);

// The absolute path of the running program, zero-terminated. False, with `buffer` untouched, when it is
// unknown or longer than `capacity` bytes.
bool os_executable_path(char *buffer, size_t capacity);

// The path of the loaded file (program or shared library) that holds `address`, as the dynamic linker knows
// it, zero-terminated: proof of whose malloc ran. False, with `ret_path` untouched, when no loaded file holds
// the address or the path is longer than `capacity` bytes.
bool os_describe_address(const void *address, char *ret_path, size_t capacity);

// Whether the program itself holds `address`, and no library.
bool os_is_of_program(const void *address);

// The build id, in hexadecimal, of the loaded file that holds `address`, read from memory: it is that of what
// really runs, whatever has become of the file since. False, with `ret_build_id` untouched, when the file has
// none.
bool os_build_id(const void *address, char ret_build_id[BUILD_ID_BYTES]);

// The address that a call of the function `name` goes to, as the dynamic linker resolves it now; NULL when no
// loaded file exports it.
void *os_find_function(const char *name);

// Whether the C library is one that reads GLIBC_TUNABLES.
bool os_has_tunables(void);

// The value in force of the C library's tunable of that number, which counts as the dynamic linker at
// `loader` lists them (--list-tunables), from 0. False, with `ret_value` untouched, when the process runs
// under another dynamic linker or the C library does not tell. A number that is not listed must not be asked
// for.
bool os_tunable_value(const char *loader, uint32_t number, uint64_t *ret_value);

// What the C library's own heap says of itself.
struct os_heap_books {
    uint64_t taken_bytes; // from the system, and not given back
    uint64_t used_bytes;  // of these, handed out
};

// Reads them, whoever's malloc the program calls. False where it keeps none. It may call malloc: not for
// between measurements.
bool os_c_library_heap(struct os_heap_books *ret_books);

#endif
