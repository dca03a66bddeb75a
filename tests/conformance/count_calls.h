// What the preloaded counter leaves in its file.
#ifndef COUNT_CALLS_H
#define COUNT_CALLS_H

#include <stdint.h>

enum { LARGE_COPY_BYTES = 320 };

struct call_counts {
    uint64_t mallocs;
    uint64_t reallocs;
    uint64_t frees; // of anything but NULL
    uint64_t others;
    uint64_t large_copies; // calls of memcpy for at least LARGE_COPY_BYTES
    char passed_to[256];   // the file whose malloc was called
};

#endif
