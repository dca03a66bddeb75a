#include "environment/cpu_list.h"

#include <string.h>

#include "environment/private.h"

void cpu_list_add(struct cpu_list *list, uint32_t cpu)
{
    if (cpu < MAX_CPUS)
        list->words[cpu / 64] |= UINT64_C(1) << (cpu % 64);
}

bool cpu_list_contains(const struct cpu_list *list, uint32_t cpu)
{
    return cpu < MAX_CPUS && (list->words[cpu / 64] >> (cpu % 64) & 1);
}

void cpu_list_parse(struct cpu_list *ret_list, const char *string)
{
    memset(ret_list, 0, sizeof *ret_list);
    uint64_t first, last;
    while (read_number(string, &first, &string)) {
        last = first;
        if (*string == '-' && !read_number(string + 1, &last, &string))
            return;
        for (uint64_t cpu = first; cpu <= last && cpu < MAX_CPUS; cpu++)
            cpu_list_add(ret_list, (uint32_t)cpu);
        if (*string != ',')
            return;
        string++;
    }
}

unsigned cpu_list_count(const struct cpu_list *list)
{
    unsigned count = 0;
    for (int cpu = cpu_list_next(list, 0); cpu >= 0; cpu = cpu_list_next(list, cpu + 1))
        count++;
    return count;
}

int cpu_list_next(const struct cpu_list *list, int cpu)
{
    for (; cpu < MAX_CPUS; cpu++)
        if (cpu_list_contains(list, (uint32_t)cpu))
            return cpu;
    return -1;
}

bool cpu_list_is_within(const struct cpu_list *list, const struct cpu_list *other)
{
    for (int cpu = cpu_list_next(list, 0); cpu >= 0; cpu = cpu_list_next(list, cpu + 1))
        if (!cpu_list_contains(other, (uint32_t)cpu))
            return false;
    return true;
}

void cpu_list_append(const struct cpu_list *list, struct text *text)
{
    const char *separator = "";
    for (int first = cpu_list_next(list, 0); first >= 0; first = cpu_list_next(list, first + 1)) {
        int last = first;
        while (last + 1 < MAX_CPUS && cpu_list_contains(list, (uint32_t)(last + 1)))
            last++;
        text_append_format(text, last > first ? "%s%d-%d" : "%s%d", separator, first, last);
        separator = ",";
        first = last;
    }
}
