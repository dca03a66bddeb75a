// What the preloaded counter leaves in its file.
#ifndef COUNT_CALLS_H
#define COUNT_CALLS_H

#include <stdint.h>

struct call_counts {
    uint64_t mallocs;
    uint64_t reallocs;
    uint64_t frees; // of anything but NULL
    uint64_t others;
    char passed_to[256]; // the file whose malloc was called
};

#endif
