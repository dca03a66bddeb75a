// Reading of Linux's text files of numbers without malloc, with the file's path as an argument, so that tests
// can give files of their own. For linux.c and its test alone.
#ifndef OS_LINUX_FILES_H
#define OS_LINUX_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

#endif
