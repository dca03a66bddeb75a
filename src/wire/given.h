// The variables that a worker must find in its environment as they were given. The driver lists them, with a
// checksum of each value, in one more variable; the worker compares. On the way a dynamic linker or a C
// library may have removed some (secure execution), or a wrapper script all of them.
#ifndef WIRE_GIVEN_H
#define WIRE_GIVEN_H

#include "base/text.h"
#include "wire/record.h"

#define GIVEN_LIST_NAME "MEMALLOC_BENCH_GIVEN"

// What the worker's C library must show of its tunables (heap_tunables_expect).
#define TUNABLES_EXPECTED_NAME "MEMALLOC_BENCH_TUNABLES"

// Appends the entry of a variable, "NAME=value", to the list's value. A name with a space is left out.
void given_append(struct text *list, const char *variable);

// Looks at an environment as environ(7) describes it: whether the list is there, and the first variable of it
// that is missing or has another value. Any list is accepted. Allocates nothing.
void given_compare(char *const *environment, struct arrival *arrival);

#endif
