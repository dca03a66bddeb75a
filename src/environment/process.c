// What this process was given by whoever started it: limits, priority, and the variables that decide which
// malloc runs and how.
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "environment/private.h"
#include "os/os.h"

static const char *const variable_names[] = {
    "GLIBC_TUNABLES",        "LD_PRELOAD",        "LD_AUDIT", "LD_BIND_NOW", "LD_LIBRARY_PATH",
    "DYLD_INSERT_LIBRARIES", "DYLD_LIBRARY_PATH",
};

static const char *const variable_prefixes[] = {
    "MALLOC_", "JEMALLOC_", "MIMALLOC_", "TCMALLOC_", "SCUDO_", "SNMALLOC_", "RPMALLOC_", "TBB_MALLOC_",
};

static bool is_wanted(const char *variable, size_t name_length)
{
    for (size_t i = 0; i < name_length; i++)
        if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz0123456789", variable[i]))
            return false;
    for (size_t i = 0; i < COUNT_OF(variable_names); i++)
        if (strlen(variable_names[i]) == name_length &&
            strncmp(variable, variable_names[i], name_length) == 0)
            return true;
    for (size_t i = 0; i < COUNT_OF(variable_prefixes); i++)
        if (strncmp(variable, variable_prefixes[i], strlen(variable_prefixes[i])) == 0)
            return true;
    return false;
}

void read_environment_variables(struct facts *facts, char *const *variables)
{
    enum { LONGEST_NAME = 128, LONGEST_VALUE = LINE_BYTES };
    for (; *variables; variables++) {
        const char *variable = *variables;
        size_t name_length = strcspn(variable, "=");
        if (variable[name_length] != '=' || name_length > LONGEST_NAME || !is_wanted(variable, name_length))
            continue;
        CLEANUP(text_release) struct text key = {0};
        text_append(&key, "environment.");
        text_append_bytes(&key, variable, name_length);
        if (key.failed)
            facts->failed = 1;
        else
            facts_set_format(facts, text_string(&key), "%.*s", LONGEST_VALUE, variable + name_length + 1);
    }
}

static void read_limits(struct facts *facts)
{
    static const struct {
        int resource;
        const char *key;
    } rows[] = {
        {RLIMIT_STACK, "limit.stack_bytes"},      {RLIMIT_DATA, "limit.data_bytes"},
        {RLIMIT_AS, "limit.address_space_bytes"}, {RLIMIT_MEMLOCK, "limit.locked_bytes"},
        {RLIMIT_NOFILE, "limit.open_files"},      {RLIMIT_NPROC, "limit.processes"},
        {RLIMIT_CPU, "limit.cpu_seconds"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct rlimit limit;
        if (getrlimit(rows[i].resource, &limit) != 0)
            continue;
        if (limit.rlim_cur == RLIM_INFINITY)
            facts_set(facts, rows[i].key, "unlimited");
        else
            facts_set_format(facts, rows[i].key, "%" PRIu64, (uint64_t)limit.rlim_cur);
    }
}

void read_process(struct facts *facts)
{
    facts_set_format(facts, "memory.page_bytes", "%ld", sysconf(_SC_PAGESIZE));
    facts_set_format(facts, "process.nice", "%d", getpriority(PRIO_PROCESS, 0));
    char path[LINE_BYTES];
    void *(*const function)(size_t) = malloc;
    if (os_describe_address((const void *)(uintptr_t)function, path, sizeof path))
        facts_set(facts, "process.allocator", path);
    read_limits(facts);
}

static void read_scheduler(const struct source *source)
{
    static const char *const names[] = {"other", "fifo", "round_robin", "batch",
                                        NULL,    "idle", "deadline",    "extension"};
    enum { POLICY_WORD = 38 };
    char line[LINE_BYTES];
    uint64_t policy;
    if (!source_line(source, line, "/proc/self/stat"))
        return;
    const char *word = stat_word(line, POLICY_WORD);
    if (word && read_number(word, &policy, NULL) && policy < COUNT_OF(names))
        facts_set(source->facts, "process.scheduler", names[policy]);
}

void read_process_files(const struct source *source)
{
    static const char *const filters[] = {"off", "strict", "filter"};
    static const unsigned long no_randomisation = 0x0040000; // ADDR_NO_RANDOMIZE of personality(2)
    char line[LINE_BYTES];
    uint64_t number;
    if (source_line(source, line, "/proc/self/personality"))
        facts_set(source->facts, "process.aslr", strtoul(line, NULL, 16) & no_randomisation ? "off" : "on");
    CLEANUP(text_release) struct text status = {0};
    if (source_read(source, &status, FILE_LIMIT_BYTES, "/proc/self/status")) {
        if (find_number(&status, "THP_enabled", &number))
            facts_set(source->facts, "process.thp", number ? "on" : "off");
        if (find_number(&status, "Seccomp", &number) && number < COUNT_OF(filters))
            facts_set(source->facts, "process.seccomp", filters[number]);
    }
    read_scheduler(source);
}
