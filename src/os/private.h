// What the files for Linux share with each other and with their test.
#ifndef OS_PRIVATE_H
#define OS_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "os/counters.h"
#include "os/tree_counters.h"

// ---- linux_counters.c: the group behind os/counters.h with its events chosen by the caller ----

struct linux_event {
    uint32_t type; // of struct perf_event_attr
    uint64_t config;
};

// As os_counters_open. Events of which the kernel knows nothing are left out; the first one must be there.
bool linux_counters_open(const struct linux_event events[HARDWARE_COUNTER_COUNT],
                         struct os_counters *ret_counters, char *ret_reason, size_t capacity);

// ---- linux_tree_counters.c: as os_tree_counters_open, of events chosen by the caller ----

void linux_tree_counters_open(const struct linux_event events[TREE_COUNTER_COUNT],
                              struct os_tree_counters *ret_counters);

// ---- linux_files.c: text files of numbers, read without malloc; their paths are arguments, so that tests
// can give files of their own ----

// Finds the first line of the file that begins with `name` and a space, and reads up to `capacity` decimal
// numbers that follow it, up to the first thing that is no number. `name` "" reads the file's first line.
// Returns how many numbers were read; 0 when the file, the line or the numbers are missing.
size_t linux_read_numbers(const char *path, const char *name, uint64_t *ret_numbers, size_t capacity);

// The columns of a CPU's line in /proc/stat, see proc_stat(5).
enum {
    CPU_TICKS_IDLE = 3,
    CPU_TICKS_IO_WAIT = 4,
    CPU_TICKS_STEAL = 7,
    CPU_TICKS_COUNT = 8, // guest time, in the two columns after them, is part of user time
};

// As os_cpu_idle_ticks, from a file in the form of /proc/stat.
bool linux_cpu_idle_ticks(const char *path, uint32_t cpu, uint64_t *ret_idle, uint64_t *ret_total);

// As os_interrupts_of_cpu, from a file in the form of /proc/interrupts.
int64_t linux_interrupts_of_cpu(const char *path, uint32_t cpu);

// As os_process_is_stopped, from the files stat and wchan of that folder, which are in the form of those in
// /proc/PID.
bool linux_process_is_stopped(const char *folder);

#endif
