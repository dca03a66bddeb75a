// The caches of one CPU, as its folder in /sys describes them.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "environment/private.h"

// "l1d", "l1i", "l2": level and, for a cache of one kind, its kind's first letter.
static bool read_name(const struct source *source, const char *folder, char ret_name[8])
{
    uint64_t level;
    char type[LINE_BYTES];
    if (!source_number(source, &level, "%s/level", folder) || level == 0 || level > 9 ||
        !source_line(source, type, "%s/type", folder))
        return false;
    const char *kind = strcmp(type, "Data") == 0 ? "d" : strcmp(type, "Instruction") == 0 ? "i" : "";
    snprintf(ret_name, 8, "l%u%s", (unsigned)level, kind);
    return true;
}

// "32K", "16M", "49152"
static bool read_size(const struct source *source, const char *folder, uint64_t *ret_bytes)
{
    char line[LINE_BYTES];
    uint64_t number;
    const char *unit;
    if (!source_line(source, line, "%s/size", folder) || !read_number(line, &number, &unit) ||
        number > UINT64_MAX >> 30)
        return false;
    *ret_bytes = number << (*unit == 'K' ? 10 : *unit == 'M' ? 20 : *unit == 'G' ? 30 : 0);
    return number > 0;
}

static void set_number(const struct source *source, const char *cache, const char *property, uint64_t number)
{
    char key[64];
    snprintf(key, sizeof key, "cache.%s.%s", cache, property);
    facts_set_format(source->facts, key, "%" PRIu64, number);
}

static void read_cache(const struct source *source, const char *folder)
{
    char name[8], key[64];
    uint64_t number;
    if (!read_name(source, folder, name))
        return;
    if (read_size(source, folder, &number))
        set_number(source, name, "size_bytes", number);
    if (source_number(source, &number, "%s/coherency_line_size", folder) && number > 0)
        set_number(source, name, "line_bytes", number);
    if (source_number(source, &number, "%s/ways_of_associativity", folder) && number > 0)
        set_number(source, name, "ways", number);
    snprintf(key, sizeof key, "cache.%s.shared_cpus", name);
    source_fact(source, key, "%s/shared_cpu_list", folder);
}

void read_caches(const struct source *source, int cpu)
{
    CLEANUP(text_release) struct text folder = {0};
    CLEANUP(text_release) struct text cache = {0};
    CLEANUP(string_list_release) struct string_list names = {0};
    text_append_format(&folder, "/sys/devices/system/cpu/cpu%d/cache", cpu);
    source_list(source, text_string(&folder), "index", &names);
    for (size_t i = 0; i < names.count; i++) {
        text_clear(&cache);
        text_append_format(&cache, "%s/%s", text_string(&folder), names.items[i]);
        read_cache(source, text_string(&cache));
    }
}
