// Which heap a test runs on: named on its command line, preloaded into a process of its own.
#ifndef HEAP_UNDER_TEST_H
#define HEAP_UNDER_TEST_H

#include <stdbool.h>

#include "heaps/heaps.h"

enum { EXIT_SKIPPED = 77 }; // CTest shows such a test as skipped

struct heap_under_test {
    const char *name;
    char library[HEAP_FILE_BYTES]; // to preload; empty on the C library's own
    const char *tunables;          // of GLIBC_TUNABLES; "" for none
};

// Finds a heap of the table, or system:pinned. False, after saying what is missing, where it is not here.
bool heap_under_test_find(const char *name, struct heap_under_test *ret_heap);

// Whether both name one file.
bool same_file(const char *one, const char *other);

#endif
