// A kernel with CONFIG_PROC_CHILDREN lists the children of each thread, so that a tree is read at the price
// of the tree. Without it the parents of all processes are read.
#define _GNU_SOURCE
#include "os/processes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "os/private.h"

enum { STAT_BYTES = 512 };

bool os_adopt_orphans(void)
{
    return prctl(PR_SET_CHILD_SUBREAPER, 1) == 0;
}

static ssize_t read_whole(const char *path, char *ret_text, size_t capacity)
{
    CLEANUP(close_descriptor) int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    size_t length = 0;
    while (descriptor >= 0 && length < capacity - 1) {
        ssize_t got = read(descriptor, ret_text + length, capacity - 1 - length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        length += (size_t)got;
    }
    ret_text[length] = '\0';
    return descriptor < 0 ? -1 : (ssize_t)length;
}

// "PID (NAME) STATE PPID PGRP …"; the name may hold anything. False when the process has ended.
static bool read_process(pid_t pid, struct os_process *ret_process)
{
    char path[48], text[STAT_BYTES];
    snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
    if (read_whole(path, text, sizeof text) <= 0)
        return false;
    char *end = strrchr(text, ')');
    if (!end || strlen(end) < 4 || strchr("ZX", end[2]))
        return false;
    *ret_process = (struct os_process){.pid = pid};
    ret_process->parent = (pid_t)strtol(end + 3, &end, 10);
    ret_process->group = (pid_t)strtol(end, NULL, 10);
    return true;
}

static pid_t number_of(const char *name)
{
    char *end;
    long number = *name >= '1' && *name <= '9' ? strtol(name, &end, 10) : 0;
    return number > 0 && !*end ? (pid_t)number : 0;
}

static void add(pid_t pid, struct os_process *processes, size_t *count, size_t capacity)
{
    if (*count < capacity && read_process(pid, &processes[*count]))
        ++*count;
}

// Appends the children of all threads of the process. False when the kernel keeps no such lists.
static bool add_children(pid_t pid, struct os_process *processes, size_t *count, size_t capacity)
{
    char path[96], text[4096];
    snprintf(path, sizeof path, "/proc/%ld/task", (long)pid);
    DIR *threads = opendir(path);
    if (!threads)
        return true; // it has ended
    bool listed = true;
    for (struct dirent *entry = readdir(threads); entry && listed; entry = readdir(threads)) {
        pid_t thread = number_of(entry->d_name);
        if (!thread)
            continue;
        snprintf(path, sizeof path, "/proc/%ld/task/%ld/children", (long)pid, (long)thread);
        listed = read_whole(path, text, sizeof text) >= 0 || errno != ENOENT;
        char *at = text;
        for (long child = strtol(at, &at, 10); listed && child > 0; child = strtol(at, &at, 10))
            add((pid_t)child, processes, count, capacity);
    }
    closedir(threads);
    return listed;
}

// Everything that has a parent at all, then the descendants moved to the front, generation by generation.
static size_t scan(pid_t ancestor, struct os_process *ret_processes, size_t capacity)
{
    DIR *folder = opendir("/proc");
    size_t known = 0, room = 256, count = 0;
    struct os_process *all = malloc(room * sizeof *all);
    for (struct dirent *entry = folder ? readdir(folder) : NULL; all && entry; entry = readdir(folder)) {
        pid_t pid = number_of(entry->d_name);
        if (pid && known == room) {
            struct os_process *larger = realloc(all, 2 * room * sizeof *all);
            if (!larger)
                break;
            all = larger;
            room *= 2;
        }
        if (pid)
            add(pid, all, &known, room);
    }
    if (folder)
        closedir(folder);
    for (size_t parent = 0; all && parent <= count && count < capacity; parent++) {
        pid_t pid = parent == 0 ? ancestor : ret_processes[parent - 1].pid;
        for (size_t i = 0; i < known && count < capacity; i++)
            if (all[i].parent == pid)
                ret_processes[count++] = all[i];
    }
    free(all);
    return count;
}

size_t os_descendants(pid_t ancestor, struct os_process *ret_processes, size_t capacity)
{
    size_t count = 0;
    if (!add_children(ancestor, ret_processes, &count, capacity))
        return scan(ancestor, ret_processes, capacity);
    for (size_t i = 0; i < count; i++)
        if (!add_children(ret_processes[i].pid, ret_processes, &count, capacity))
            break; // it has ended
    return count;
}

bool os_process_pss_bytes(pid_t pid, uint64_t *ret_bytes)
{
    char path[48], text[2048];
    snprintf(path, sizeof path, "/proc/%ld/smaps_rollup", (long)pid);
    if (read_whole(path, text, sizeof text) <= 0)
        return false;
    const char *line = strstr(text, "\nPss:");
    if (!line)
        return false;
    *ret_bytes = strtoull(line + strlen("\nPss:"), NULL, 10) * 1024;
    return true;
}

bool os_process_program(pid_t pid, char *ret_path, size_t capacity)
{
    static const char deleted[] = " (deleted)";
    char link[48], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/%ld/exe", (long)pid);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0)
        return false;
    path[length] = '\0';
    if ((size_t)length > strlen(deleted) && strcmp(path + length - strlen(deleted), deleted) == 0)
        path[(size_t)length - strlen(deleted)] = '\0';
    if (strlen(path) >= capacity)
        return false;
    memcpy(ret_path, path, strlen(path) + 1);
    return true;
}

void os_process_name(pid_t pid, char ret_name[16])
{
    char path[48], text[STAT_BYTES];
    ret_name[0] = '\0';
    snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
    if (read_whole(path, text, sizeof text) <= 0)
        return;
    const char *begin = strchr(text, '('), *end = strrchr(text, ')');
    if (begin && end && end > begin)
        snprintf(ret_name, 16, "%.*s", (int)(end - begin - 1), begin + 1);
}

// A line ends with the path; the file is read in parts, each of which begins with the last line's rest.
bool os_process_maps(pid_t pid, const char *path)
{
    char text[8192];
    size_t kept = 0, wanted = strlen(path);
    snprintf(text, sizeof text, "/proc/%ld/maps", (long)pid);
    CLEANUP(close_descriptor) int descriptor = open(text, O_RDONLY | O_CLOEXEC);
    bool found = false;
    while (descriptor >= 0 && !found) {
        ssize_t got = read(descriptor, text + kept, sizeof text - 1 - kept);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        size_t length = kept + (size_t)got;
        text[length] = '\0';
        char *line = text;
        for (char *end = strchr(line, '\n'); end; line = end + 1, end = strchr(line, '\n'))
            found = found || ((size_t)(end - line) > wanted && end[-(ptrdiff_t)wanted - 1] == ' ' &&
                              memcmp(end - wanted, path, wanted) == 0);
        kept = strlen(line);
        if (kept == sizeof text - 1)
            kept = 0; // longer than any line is
        memmove(text, line, kept);
    }
    return found;
}

uint64_t os_memory_kills(void)
{
    uint64_t kills;
    return linux_read_numbers("/proc/vmstat", "oom_kill", &kills, 1) == 1 ? kills : 0;
}

bool os_file_gives_rights(const char *path)
{
    struct stat information;
    if (stat(path, &information) != 0)
        return false;
    if ((information.st_mode & S_ISUID && information.st_uid != getuid()) ||
        (information.st_mode & S_ISGID && information.st_mode & S_IXGRP && information.st_gid != getgid()))
        return true;
    return getuid() != 0 && getxattr(path, "security.capability", NULL, 0) > 0;
}
