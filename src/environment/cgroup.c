// Limits of the process's control group. A group is also bound by the groups above it, so each limit is
// looked up from the process's own group to the top of what is mounted, and the strictest counts. Version 1
// has a hierarchy per controller, version 2 has one for all; a machine may have both, with some controllers
// in each.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "environment/private.h"

// Where one controller's files are: in `mount` + `path` and the folders above it down to `mount`.
struct hierarchy {
    int version; // 0 when there is none
    char mount[LINE_BYTES];
    char path[LINE_BYTES]; // "" or "/group/subgroup"
};

// Whether the comma-separated `list` holds `word`.
static bool list_holds(const char *list, const char *word)
{
    size_t length = strlen(word);
    for (;;) {
        size_t part = strcspn(list, ",");
        if (part == length && strncmp(list, word, length) == 0)
            return true;
        if (list[part] == '\0')
            return false;
        list += part + 1;
    }
}

// Cuts the next line out of the text at *rest; NULL at its end.
static char *next_line(char **rest)
{
    char *line;
    do
        line = strsep(rest, "\n");
    while (line && !*line);
    return line;
}

struct mount {
    const char *root;  // the part of the file system that is mounted
    const char *point; // where
    int version;
    const char *options; // of the file system: for version 1 the controllers
};

// A line of /proc/self/mountinfo, see proc_pid_mountinfo(5); taken apart in place.
static bool parse_mount(char *line, struct mount *ret_mount)
{
    enum { ROOT = 3, POINT = 4 };
    char *behind = strstr(line, " - ");
    if (!behind)
        return false;
    *behind = '\0';
    behind += strlen(" - ");
    for (int field = 0; field <= POINT; field++) {
        const char *word = strsep(&line, " ");
        if (!word)
            return false;
        if (field == ROOT)
            ret_mount->root = word;
        if (field == POINT)
            ret_mount->point = word;
    }
    const char *type = strsep(&behind, " ");
    strsep(&behind, " "); // the device
    ret_mount->version = strcmp(type, "cgroup2") == 0 ? 2 : strcmp(type, "cgroup") == 0 ? 1 : 0;
    ret_mount->options = behind;
    return ret_mount->version != 0 && behind;
}

// The mounted hierarchy that has the controller: version 1 where it is there, else version 2.
static bool find_mount(const struct source *source, const char *controller, struct hierarchy *hierarchy,
                       char ret_root[LINE_BYTES])
{
    CLEANUP(text_release) struct text mounts = {0};
    if (!source_read(source, &mounts, FILE_LIMIT_BYTES, "/proc/self/mountinfo"))
        return false;
    char *rest = mounts.bytes;
    for (char *line = next_line(&rest); line; line = next_line(&rest)) {
        struct mount mount = {0};
        if (!parse_mount(line, &mount) || (mount.version == 1 && !list_holds(mount.options, controller)) ||
            (mount.version == 2 && hierarchy->version != 0))
            continue;
        hierarchy->version = mount.version;
        snprintf(hierarchy->mount, LINE_BYTES, "%s", mount.point);
        snprintf(ret_root, LINE_BYTES, "%s", mount.root);
        if (mount.version == 1)
            break;
    }
    return hierarchy->version != 0;
}

// The group's path in the hierarchy, from lines "number:controllers:path"; version 2 has number 0 and no
// names.
static void find_path(const struct source *source, const char *controller, struct hierarchy *hierarchy)
{
    CLEANUP(text_release) struct text groups = {0};
    if (!source_read(source, &groups, FILE_LIMIT_BYTES, "/proc/self/cgroup"))
        return;
    char *rest = groups.bytes;
    for (char *line = next_line(&rest); line; line = next_line(&rest)) {
        const char *number = strsep(&line, ":");
        const char *controllers = strsep(&line, ":");
        if (!controllers || !line)
            continue;
        bool unified = strcmp(number, "0") == 0 && !*controllers;
        if (hierarchy->version == 2 ? unified : list_holds(controllers, controller))
            snprintf(hierarchy->path, LINE_BYTES, "%s", line);
    }
}

// A container may see a part of the hierarchy mounted, and its path as counted from outside or from inside.
static void make_path_relative(struct hierarchy *hierarchy, const char *root)
{
    size_t length = strlen(root);
    if (strcmp(root, "/") != 0 && strncmp(hierarchy->path, root, length) == 0 &&
        (hierarchy->path[length] == '/' || hierarchy->path[length] == '\0'))
        memmove(hierarchy->path, hierarchy->path + length, strlen(hierarchy->path + length) + 1);
    if (strcmp(hierarchy->path, "/") == 0 || strstr(hierarchy->path, "/.."))
        hierarchy->path[0] = '\0';
}

static bool find_hierarchy(const struct source *source, const char *controller,
                           struct hierarchy *ret_hierarchy)
{
    char root[LINE_BYTES];
    *ret_hierarchy = (struct hierarchy){0};
    if (!find_mount(source, controller, ret_hierarchy, root))
        return false;
    find_path(source, controller, ret_hierarchy);
    make_path_relative(ret_hierarchy, root);
    return true;
}

// From a group to the one above it; false when it was the topmost.
static bool go_up(struct hierarchy *hierarchy)
{
    char *slash = strrchr(hierarchy->path, '/');
    if (!slash)
        return false;
    *slash = '\0';
    return true;
}

// The smallest number in the files of that name; "max" and version 1's huge numbers mean no limit.
static void set_limit(const struct source *source, struct hierarchy hierarchy, const char *key,
                      const char *file)
{
    static const uint64_t no_limit = UINT64_C(1) << 60;
    uint64_t smallest = no_limit, number;
    do
        if (source_number(source, &number, "%s%s/%s", hierarchy.mount, hierarchy.path, file) &&
            number < smallest)
            smallest = number;
    while (go_up(&hierarchy));
    if (smallest < no_limit)
        facts_set_format(source->facts, key, "%" PRIu64, smallest);
}

static bool read_quota(const struct source *source, const struct hierarchy *group, uint64_t *ret_quota_us,
                       uint64_t *ret_period_us)
{
    if (group->version == 1)
        return source_number(source, ret_quota_us, "%s%s/cpu.cfs_quota_us", group->mount, group->path) &&
               source_number(source, ret_period_us, "%s%s/cpu.cfs_period_us", group->mount, group->path) &&
               *ret_period_us > 0;
    char line[LINE_BYTES];
    const char *rest;
    return source_line(source, line, "%s%s/cpu.max", group->mount, group->path) &&
           read_number(line, ret_quota_us, &rest) && *rest == ' ' &&
           read_number(rest + 1, ret_period_us, NULL) && *ret_period_us > 0;
}

static void set_quota(const struct source *source, struct hierarchy hierarchy)
{
    double smallest_cpus = 0;
    uint64_t quota_us, period_us, smallest_period_us = 0;
    do {
        if (!read_quota(source, &hierarchy, &quota_us, &period_us))
            continue;
        double cpus = (double)quota_us / (double)period_us;
        if (smallest_period_us == 0 || cpus < smallest_cpus) {
            smallest_cpus = cpus;
            smallest_period_us = period_us;
        }
    } while (go_up(&hierarchy));
    if (smallest_period_us == 0)
        return;
    facts_set_format(source->facts, "cgroup.cpu_quota_cpus", "%.4g", smallest_cpus);
    facts_set_format(source->facts, "cgroup.cpu_period_us", "%" PRIu64, smallest_period_us);
}

// The file itself accounts for the groups above; the nearest group that has it answers.
static void set_cpus(const struct source *source, struct hierarchy hierarchy)
{
    const char *file = hierarchy.version == 1 ? "cpuset.effective_cpus" : "cpuset.cpus.effective";
    char line[LINE_BYTES];
    do
        if (source_line(source, line, "%s%s/%s", hierarchy.mount, hierarchy.path, file)) {
            facts_set(source->facts, "cgroup.cpus", line);
            return;
        }
    while (go_up(&hierarchy));
}

void read_cgroup(const struct source *source)
{
    struct hierarchy hierarchy;
    if (find_hierarchy(source, "cpu", &hierarchy)) {
        facts_set_format(source->facts, "cgroup.version", "%d", hierarchy.version);
        set_quota(source, hierarchy);
    }
    if (find_hierarchy(source, "cpuset", &hierarchy))
        set_cpus(source, hierarchy);
    if (find_hierarchy(source, "memory", &hierarchy)) {
        bool old = hierarchy.version == 1;
        set_limit(source, hierarchy, "cgroup.memory_limit_bytes",
                  old ? "memory.limit_in_bytes" : "memory.max");
        set_limit(source, hierarchy, "cgroup.memory_high_bytes", "memory.high");
        set_limit(source, hierarchy, "cgroup.swap_limit_bytes", "memory.swap.max");
    }
    if (find_hierarchy(source, "pids", &hierarchy))
        set_limit(source, hierarchy, "cgroup.processes_limit", "pids.max");
}

void read_cgroup_throttling(const struct source *source, const char *prefix)
{
    struct hierarchy hierarchy;
    bool found = false;
    uint64_t periods = 0, stopped_us = 0, number;
    if (!find_hierarchy(source, "cpu", &hierarchy))
        return;
    do {
        CLEANUP(text_release) struct text content = {0};
        if (!source_read(source, &content, LINE_BYTES, "%s%s/cpu.stat", hierarchy.mount, hierarchy.path))
            continue;
        if (find_counter(&content, "nr_throttled", &number)) {
            found = true;
            periods += number;
        }
        if (find_counter(&content, "throttled_usec", &number))
            stopped_us += number;
        else if (find_counter(&content, "throttled_time", &number))
            stopped_us += number / 1000;
    } while (go_up(&hierarchy));
    if (!found)
        return;
    set_prefixed(source->facts, prefix, "throttled.cgroup_periods", "%" PRIu64, periods);
    set_prefixed(source->facts, prefix, "throttled.cgroup_us", "%" PRIu64, stopped_us);
}
