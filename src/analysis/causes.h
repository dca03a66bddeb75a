// Why one cell takes a multiple of another one's time, from what the census counted in both. Pure: numbers
// in, a row of causes.def out. The rules and their constants are explained in docs/causes.md.
#ifndef ANALYSIS_CAUSES_H
#define ANALYSIS_CAUSES_H

#include <stdbool.h>

enum cause {
    CAUSE_NONE, // nothing was counted, or there is no large gap
#define CAUSE(name, label, text, predicate, toggle) CAUSE_##name,
#include "analysis/causes.def"
#undef CAUSE
    CAUSE_COUNT
};

// What is known of a cell; counts are per object and NaN where they are unknown.
struct cause_counts {
    double ns; // time
    double page_faults;
    double heap_calls; // brk
    double map_calls;  // mmap, munmap, mremap, madvise
    double l1d_misses;
    double dtlb_misses;
    double live_bytes; // of all objects that live at once
    bool grows;        // starts from nothing and grows inside the timed region
    bool other_heap;   // its heap is not the C library's
};

// The smallest factor that is given a cause.
#define CAUSE_MIN_RATIO 2.0

// The cause of the gap between two cells of one pattern and size, in either order. `l1d_bytes` is the size of
// the first-level data cache, NaN when unknown.
enum cause cause_of(const struct cause_counts *one, const struct cause_counts *other, double l1d_bytes);

// The words of a row. NULL for CAUSE_NONE.
const char *cause_label(enum cause cause);
const char *cause_text(enum cause cause);
const char *cause_predicate(enum cause cause); // "gives its memory back to the system after every batch"
const char *cause_toggle(enum cause cause);

// Whether page faults and system calls make the gap.
bool cause_is_of_system(enum cause cause);

#endif
