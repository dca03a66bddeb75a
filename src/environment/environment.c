// Puts the sections together. Files come first, what only the running system can tell after them.
#include "environment/environment.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/cleanup.h"
#include "environment/private.h"

extern char **environ;

// A line like NAME="Debian GNU/Linux 12"
static void read_distribution(const struct source *source)
{
    static const char name[] = "PRETTY_NAME=";
    CLEANUP(text_release) struct text content = {0};
    if (!source_read(source, &content, LINE_BYTES, "/etc/os-release") &&
        !source_read(source, &content, LINE_BYTES, "/usr/lib/os-release"))
        return;
    const char *line = text_string(&content);
    while (*line && strncmp(line, name, strlen(name)) != 0) {
        line += strcspn(line, "\n");
        line += *line == '\n';
    }
    if (!*line)
        return;
    line += strlen(name);
    line += strspn(line, "\"'");
    facts_set_format(source->facts, "system.distribution", "%.*s", (int)strcspn(line, "\"'\n"), line);
}

void environment_read_files(const char *root, struct facts *facts)
{
    const struct source source = {root, facts};
    read_distribution(&source);
    read_cpu(&source);
    read_frequency(&source);
    read_topology(&source);
    read_caches(&source, first_allowed_cpu(&source));
    read_memory(&source);
    read_machine(&source);
    read_power(&source);
    read_simple_rows(&source);
    read_cgroup(&source);
    read_process_files(&source);
}

void environment_describe_worker_files(const char *root, struct facts *facts)
{
    const char *word = facts_get(facts, "worker.cpu");
    uint64_t cpu;
    if (!word || !facts_get(facts, CORE_KINDS_KEY) || !read_number(word, &cpu, NULL) || cpu > INT_MAX)
        return;
    set_worker_kind(facts, (uint32_t)cpu);
    CLEANUP(facts_release) struct facts of_cpu = {0};
    const struct source source = {root, &of_cpu};
    read_cpu_model(&source, (int)cpu);
    read_frequency_of(&source, (int)cpu);
    read_siblings(&source, (int)cpu);
    read_caches(&source, (int)cpu);
    facts->failed |= of_cpu.failed;
    static const char cache[] = "cache.";
    for (size_t i = 0; i < of_cpu.count; i++)
        if (strncmp(of_cpu.items[i].key, cache, strlen(cache)) == 0) {
            facts_remove(facts, cache); // it may have fewer
            break;
        }
    for (size_t i = 0; i < of_cpu.count; i++)
        facts_set(facts, of_cpu.items[i].key, of_cpu.items[i].value);
}

void environment_describe_worker(struct facts *facts)
{
    environment_describe_worker_files("", facts);
}

void environment_read(struct facts *facts)
{
    read_build(facts);
    environment_read_files("", facts);
    read_native(facts);
    read_process(facts);
    read_environment_variables(facts, environ);
    read_variable_rows(facts);
}

void environment_read_load(struct facts *facts, const char *prefix)
{
    environment_read_load_files("", facts, prefix);
    read_native_load(facts, prefix);
}

uint64_t environment_memory_limit_bytes(void)
{
    static const char *const keys[] = {"memory.total_bytes", "cgroup.memory_limit_bytes",
                                       "cgroup.memory_high_bytes"};
    CLEANUP(facts_release) struct facts facts = {0};
    const struct source source = {"", &facts};
    struct rlimit limit;
    uint64_t least = UINT64_MAX;
    read_memory(&source);
    read_cgroup(&source);
    read_native(&facts);
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        const char *value = facts_get(&facts, keys[i]);
        uint64_t bytes = value ? strtoull(value, NULL, 10) : 0;
        if (bytes > 0 && bytes < least)
            least = bytes;
    }
    if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur < least)
        least = limit.rlim_cur;
    return least == UINT64_MAX ? 0 : least;
}
