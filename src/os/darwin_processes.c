// macOS gives orphans to launchd and tells no shared memory of other processes: the tree is what still has
// its parents, and its memory is what each process had at most.
#include <libproc.h>
#include <stdio.h>
#include <string.h>
#include <sys/proc.h>
#include <sys/proc_info.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/processes.h"
#include "os/tree_counters.h"

bool os_adopt_orphans(void)
{
    return false;
}

static void add_children(pid_t pid, struct os_process *processes, size_t *count, size_t capacity)
{
    pid_t children[1024];
    int found = proc_listchildpids(pid, children, sizeof children);
    for (int i = 0; i < found && *count < capacity; i++) {
        struct proc_bsdinfo information;
        int length = proc_pidinfo(children[i], PROC_PIDTBSDINFO, 0, &information, sizeof information);
        if (length == (int)sizeof information && information.pbi_status != SZOMB)
            processes[(*count)++] =
                (struct os_process){children[i], (pid_t)information.pbi_ppid, (pid_t)information.pbi_pgid};
    }
}

size_t os_descendants(pid_t ancestor, struct os_process *ret_processes, size_t capacity)
{
    size_t count = 0;
    add_children(ancestor, ret_processes, &count, capacity);
    for (size_t i = 0; i < count; i++)
        add_children(ret_processes[i].pid, ret_processes, &count, capacity);
    return count;
}

bool os_process_pss_bytes(pid_t pid, uint64_t *ret_bytes)
{
    (void)pid, (void)ret_bytes;
    return false;
}

bool os_process_program(pid_t pid, char *ret_path, size_t capacity)
{
    char path[PROC_PIDPATHINFO_MAXSIZE];
    int length = proc_pidpath(pid, path, sizeof path);
    if (length <= 0 || (size_t)length >= capacity)
        return false;
    memcpy(ret_path, path, (size_t)length);
    ret_path[length] = '\0';
    return true;
}

void os_process_name(pid_t pid, char ret_name[16])
{
    char name[2 * MAXCOMLEN + 1] = "";
    if (proc_name(pid, name, sizeof name) <= 0)
        name[0] = '\0';
    snprintf(ret_name, 16, "%.15s", name);
}

bool os_process_maps(pid_t pid, const char *path)
{
    (void)pid, (void)path;
    return false;
}

uint64_t os_memory_kills(void)
{
    return 0;
}

bool os_file_gives_rights(const char *path)
{
    struct stat information;
    return stat(path, &information) == 0 && information.st_mode & (S_ISUID | S_ISGID);
}

void os_tree_counters_open(struct os_tree_counters *ret_counters)
{
    for (int i = 0; i < TREE_COUNTER_COUNT; i++)
        ret_counters->descriptors[i] = -1;
}

bool os_tree_counters_read(const struct os_tree_counters *counters, enum tree_counter which,
                           uint64_t *ret_count)
{
    (void)counters, (void)which, (void)ret_count;
    return false;
}

void os_tree_counters_close(struct os_tree_counters *counters)
{
    (void)counters;
}
