// An ordered list of named facts: what is stored beside the results as key-value metadata. A fact that is not
// known is absent, never empty.
#ifndef BASE_FACTS_H
#define BASE_FACTS_H

#include <stddef.h>

#include "base/error.h"

struct fact {
    char *key;   // lower_case_with_underscores, dots between levels: "cpu.model", "memory.thp"
    char *value; // UTF-8 text, no control characters but newline
};

// Start with {0}. Facts keep the order they were first set in. Strings are owned by the list.
struct facts {
    struct fact *items;
    size_t count;
    size_t capacity;
    int failed; // memory ran out while a fact was set; see facts_check()
};

void facts_release(struct facts *facts);

// Sets a fact, replacing an older value of the same key. A NULL or empty value sets nothing. Invalid
// UTF-8 and control characters are replaced by '?'.
void facts_set(struct facts *facts, const char *key, const char *value);
void facts_set_format(struct facts *facts, const char *key, const char *format, ...) PRINTF_LIKE(3, 4);

// The value, owned by the list, or NULL.
const char *facts_get(const struct facts *facts, const char *key);

// Removes every fact whose key begins with `start`.
void facts_remove(struct facts *facts, const char *start);

// STATUS_NO_MEMORY if any fact could not be stored.
MUST_CHECK enum status facts_check(const struct facts *facts, struct error *error);

#endif
