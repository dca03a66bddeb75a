// Main memory, swap and huge pages, from /proc/meminfo and the folder of transparent huge pages. What one
// line of a file tells alone is a row of environment.def.
#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "environment/private.h"

static void set_kilobytes(const struct source *source, const struct text *meminfo, const char *name,
                          const char *key)
{
    uint64_t kilobytes;
    if (find_number(meminfo, name, &kilobytes) && kilobytes <= UINT64_MAX / 1024)
        facts_set_format(source->facts, key, "%" PRIu64, kilobytes * 1024);
}

// "64kB=madvise, 2048kB=inherit"
static void read_thp_sizes(const struct source *source)
{
    static const char folder[] = "/sys/kernel/mm/transparent_hugepage";
    static const char prefix[] = "hugepages-";
    CLEANUP(string_list_release) struct string_list sizes = {0};
    CLEANUP(text_release) struct text joined = {0};
    source_list(source, folder, prefix, &sizes);
    for (size_t i = 0; i < sizes.count; i++) {
        char line[LINE_BYTES];
        if (!source_line(source, line, "%s/%s/enabled", folder, sizes.items[i]))
            continue;
        const char *choice = chosen_word(line);
        if (choice && strcmp(choice, "never") != 0)
            text_append_format(&joined, "%s%s=%s", joined.length > 0 ? ", " : "",
                               sizes.items[i] + strlen(prefix), choice);
    }
    facts_set(source->facts, "memory.thp_sizes", text_string(&joined));
}

void read_memory(const struct source *source)
{
    CLEANUP(text_release) struct text meminfo = {0};
    uint64_t huge_pages;
    if (source_read(source, &meminfo, FILE_LIMIT_BYTES, "/proc/meminfo")) {
        set_kilobytes(source, &meminfo, "MemTotal", "memory.total_bytes");
        set_kilobytes(source, &meminfo, "SwapTotal", "memory.swap_bytes");
        if (find_number(&meminfo, "HugePages_Total", &huge_pages))
            facts_set_format(source->facts, "memory.huge_pages", "%" PRIu64, huge_pages);
    }
    read_thp_sizes(source);
}
