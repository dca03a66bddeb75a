// The facts that decide whether numbers may be compared, as a table: compared_facts.def.
#ifndef BASE_COMPARED_FACTS_H
#define BASE_COMPARED_FACTS_H

#include <stdbool.h>
#include <stddef.h>

struct compared_fact {
    const char *key;
    bool decides; // else a difference is noted
    const char *label;
};

extern const struct compared_fact compared_facts[];
extern const size_t compared_fact_count;

#endif
