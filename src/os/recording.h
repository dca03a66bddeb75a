// What the recorder asks of the system. It is called from inside malloc, in any thread, in signal handlers
// and in children that were forked: nothing here allocates, locks, prints or uses the C library's streams.
#ifndef OS_RECORDING_H
#define OS_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Has the system hand these whole pages, of anonymous memory, to a forked child as zeros. False when it
// cannot.
bool os_wipe_in_children(void *pages, size_t bytes);

// Makes room for that part of an open file, so that writing to it through a mapping cannot fail for want of
// it. Returns 0 or an errno number. A limit of the process on the size of files is an error too (EFBIG), not
// a signal.
int os_reserve(int descriptor, uint64_t offset, size_t bytes);

// Writes all of it there. Returns 0 or an errno number, likewise.
int os_write_at(int descriptor, const void *bytes, size_t length, uint64_t offset);

// The words of the command that the process runs, each with its zero byte. Returns how many bytes were filled
// in, 0 when the system does not report it.
size_t os_command_line(char *buffer, size_t capacity);

// The value of a variable that the process was started with, zero-terminated. For when the C library does not
// know its environment yet. False when there is none, it is longer than `capacity`, or the system does not
// tell.
bool os_first_variable(const char *name, char *ret_value, size_t capacity);

// A part of the address space that is executable.
struct os_map {
    uint64_t begin, end;
    uint64_t file_offset, inode;
    const char *path; // zero-terminated; "" for memory that is no file's; valid until the call returns
};

// Calls `take` for each executable part, in the order of addresses. False when the system does not report it.
bool os_executable_maps(void (*take)(void *context, const struct os_map *map), void *context);

#endif
