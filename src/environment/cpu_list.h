// Sets of CPUs as the kernel writes them: "0-3,8,10-11".
#ifndef ENVIRONMENT_CPU_LIST_H
#define ENVIRONMENT_CPU_LIST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

enum { MAX_CPUS = 8192 }; // larger numbers are ignored

struct cpu_list {
    uint64_t words[MAX_CPUS / 64];
};

// Reads up to the first thing that does not belong into a list.
void cpu_list_parse(struct cpu_list *ret_list, const char *string);

void cpu_list_add(struct cpu_list *list, uint32_t cpu);
bool cpu_list_contains(const struct cpu_list *list, uint32_t cpu);
unsigned cpu_list_count(const struct cpu_list *list);

// The first CPU of the list that is `cpu` or larger; -1 when there is none.
// for (int cpu = cpu_list_next(&list, 0); cpu >= 0; cpu = cpu_list_next(&list, cpu + 1))
int cpu_list_next(const struct cpu_list *list, int cpu);

// Whether every CPU of the list is in `other` too.
bool cpu_list_is_within(const struct cpu_list *list, const struct cpu_list *other);

void cpu_list_append(const struct cpu_list *list, struct text *text);

#endif
