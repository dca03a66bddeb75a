// Runs any row of bytes as a row of operations on a slab and on a model of arrays so simple that it is right
// by inspection, and compares everything that can be seen. Shared by the model test and the fuzzer.
#ifndef SLAB_EXERCISE_H
#define SLAB_EXERCISE_H

#include <stddef.h>
#include <stdint.h>

enum { SLAB_EXERCISE_OPERATIONS = 12 };

// What was examined, so that a test can assert that it was not nothing.
struct slab_exercise_report {
    size_t operations[SLAB_EXERCISE_OPERATIONS]; // run, by kind
    size_t elements_compared;                    // with their whole content
    size_t refusals;                             // keys that belonged to no element, each refused
    size_t reused_keys;                          // insertions that got the key of a removed element
    size_t largest_length;
};

// The first byte chooses the element size and the initial capacity. Aborts, after a line on standard error,
// at the first difference. Adds to `report`.
void slab_exercise(const uint8_t *bytes, size_t length, struct slab_exercise_report *report);

#endif
