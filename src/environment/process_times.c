// CPU time of every process, from its stat file under /proc.
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "environment/environment.h"
#include "environment/private.h"

const char *stat_word(const char *line, int word)
{
    const char *rest = strrchr(line, ')');
    for (int i = 0; i <= word && rest; i++) {
        rest = strchr(rest, ' ');
        rest = rest ? rest + 1 : NULL;
    }
    return rest;
}

static void copy_name(const char *line, char ret_name[32])
{
    const char *begin = strchr(line, '(');
    const char *end = strrchr(line, ')');
    size_t length = begin && end > begin ? (size_t)(end - begin) - 1 : 0;
    if (length > 31)
        length = 31;
    for (size_t i = 0; i < length; i++)
        ret_name[i] = begin[1 + i] >= ' ' && begin[1 + i] <= '~' ? begin[1 + i] : '?';
    ret_name[length] = '\0';
}

static bool read_process_time(const struct source *source, const char *name, struct process_time *ret_time)
{
    enum { USER_WORD = 11, SYSTEM_WORD = 12 };
    char line[LINE_BYTES];
    const char *end;
    uint64_t user, system;
    if (!read_number(name, &ret_time->process, &end) || *end ||
        !source_line(source, line, "/proc/%s/stat", name))
        return false;
    const char *user_word = stat_word(line, USER_WORD), *system_word = stat_word(line, SYSTEM_WORD);
    if (!user_word || !system_word || !read_number(user_word, &user, NULL) ||
        !read_number(system_word, &system, NULL))
        return false;
    ret_time->ticks = user + system;
    copy_name(line, ret_time->name);
    return true;
}

void read_process_times(const char *root, struct process_times *ret_times)
{
    CLEANUP(facts_release) struct facts ignored = {0};
    CLEANUP(string_list_release) struct string_list names = {0};
    const struct source source = {root, &ignored};
    source_list(&source, "/proc", "", &names);
    struct process_time *items = names.count > 0 ? calloc(names.count, sizeof *items) : NULL;
    size_t count = 0;
    for (size_t i = 0; i < names.count && items; i++)
        count += read_process_time(&source, names.items[i], &items[count]);
    *ret_times = (struct process_times){items, count};
}

void environment_read_processes(struct process_times *ret_times)
{
    read_process_times("", ret_times);
}

void process_times_release(struct process_times *times)
{
    if (!times)
        return;
    free(times->items);
    *times = (struct process_times){0};
}
