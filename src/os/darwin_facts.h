// What macOS tells about itself, where Linux has files: sysctl(3), and a program of the system for what only
// its frameworks know. For the part of environment/ that is for macOS.
#ifndef OS_DARWIN_FACTS_H
#define OS_DARWIN_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The text or the number that sysctl has under that name. False, with the result untouched, when there is
// none or a text is longer than `capacity` less 1.
bool darwin_text(const char *name, char *ret_text, size_t capacity);
bool darwin_number(const char *name, uint64_t *ret_number);

// Bytes of swap that there are and that are in use. False, with both untouched, when macOS does not tell.
bool darwin_swap_bytes(uint64_t *ret_total, uint64_t *ret_used);

// Whether a machine with a battery runs on it now. False, with `ret_on_battery` untouched, when it has none
// or macOS does not tell. Runs pmset(1), some milliseconds.
bool darwin_runs_on_battery(bool *ret_on_battery);

#endif
