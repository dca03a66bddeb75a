// Puts the sections together. Files come first, what only the running system can tell after them.
#include "environment/environment.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "environment/sections.h"

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
    read_caches(&source);
    read_memory(&source);
    read_machine(&source);
    read_power(&source);
    read_simple_rows(&source);
    read_cgroup(&source);
    read_process_files(&source);
}

void environment_read(struct facts *facts)
{
    read_build(facts);
    environment_read_files("", facts);
    read_native(facts);
    read_process(facts);
    read_environment_variables(facts, environ);
}

void environment_read_load(struct facts *facts, const char *prefix)
{
    environment_read_load_files("", facts, prefix);
    read_native_load(facts, prefix);
}
