// One side of a live comparison, as a person writes it: words that say how its worker is started.
//
//   NAME=value    an environment variable (LD_PRELOAD and GLIBC_TUNABLES among them)
//   heap=NAME     a malloc of heaps.def
//   worker=PATH   another worker executable
//
// Words are separated by spaces; a backslash takes the next character as it is. "" and "-" are the plain one.
#ifndef LIVE_VARIANT_H
#define LIVE_VARIANT_H

#include "base/error.h"
#include "base/text.h"
#include "plan/plan.h"

// Start with {0}.
struct variant {
    struct string_list variables; // NAME=value, but for the two below
    char *preload;                // value of LD_PRELOAD; NULL: none
    char *tunables;               // value of GLIBC_TUNABLES; NULL: none
    char *worker;                 // NULL: the program's own
    const char *heap;             // name of a row of heaps.def; NULL: none
};

// Takes the words apart, without looking at any file. STATUS_USAGE when a word is none of these, is given
// twice, or two contradict each other. `letter` is the variant's name in messages: 'A' or 'B'.
MUST_CHECK enum status variant_parse(const char *words, char letter, struct variant *ret_variant,
                                     struct error *error);
void variant_release(struct variant *variant);

// Looks at the files that the variant names and fills in what a plan needs; `ret_heap` refers to `variant`.
// A preloaded library that is a malloc becomes the plan's heap, so that its workers must prove it; another
// one becomes one of the variant's variables. To be called once. STATUS_USAGE when a file is missing or is
// not what it should be, STATUS_ENVIRONMENT when this machine lacks the heap.
MUST_CHECK enum status variant_resolve(struct variant *variant, char letter, struct plan_heap *ret_heap,
                                       struct error *error);

#endif
