// A chart of an earlier analysis looks like one of this analysis: of an allocator or a platform whose files
// are gone, or in another format. It is named and not removed: a name that a chart would have is no proof
// that it is one.
#include "cli/earlier_files.h"

#include <dirent.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/printable.h"
#include "charts/charts.h"
#include "cli/wrap.h"

enum { MOST_NAMED = 3 };

static void close_directory(DIR **directory)
{
    if (*directory)
        closedir(*directory);
}

// The names of a chart's files as a pattern for fnmatch: what stands in braces may be anything but the
// metric.
static void append_pattern(struct text *pattern, const char *file, const char *metric)
{
    static const char metric_hole[] = "{metric}";
    while (*file) {
        const char *end = *file == '{' ? strchr(file, '}') : NULL;
        if (!end) {
            text_append_bytes(pattern, file++, 1);
            continue;
        }
        text_append(pattern, strncmp(file, metric_hole, strlen(metric_hole)) == 0 ? metric : "*");
        file = end + 1;
    }
}

static bool is_chart_name(const char *name)
{
    static const char *const metrics[] = {"total", "latency"};
    static const char *const formats[] = {"svg", "png", "pdf"};
    for (size_t chart = 0; chart < CHART_COUNT; chart++)
        for (size_t metric = 0; metric < COUNT_OF(metrics); metric++)
            for (size_t format = 0; format < COUNT_OF(formats); format++) {
                CLEANUP(text_release) struct text pattern = {0};
                append_pattern(&pattern, charts[chart].file, metrics[metric]);
                text_append_format(&pattern, ".%s", formats[format]);
                if (!pattern.failed && fnmatch(text_string(&pattern), name, FNM_PERIOD) == 0)
                    return true;
            }
    return false;
}

static bool was_written(const struct string_list *written, const char *name)
{
    for (size_t i = 0; i < written->count; i++) {
        const char *slash = strrchr(written->items[i], '/');
        if (strcmp(slash ? slash + 1 : written->items[i], name) == 0)
            return true;
    }
    return false;
}

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

static enum status find_earlier(const char *directory, const struct string_list *written,
                                struct string_list *ret_names, struct error *error)
{
    CLEANUP(close_directory) DIR *stream = opendir(directory);
    enum status status = STATUS_OK;
    for (struct dirent *entry; stream && status == STATUS_OK && (entry = readdir(stream));)
        if ((strcmp(entry->d_name, "report.html") == 0 || is_chart_name(entry->d_name)) &&
            !was_written(written, entry->d_name))
            status = string_list_add(ret_names, entry->d_name, error);
    if (ret_names->count)
        qsort(ret_names->items, ret_names->count, sizeof *ret_names->items, compare_names);
    return status;
}

enum status earlier_files_append(const char *directory, const struct string_list *written,
                                 struct text *output, struct error *error)
{
    CLEANUP(string_list_release) struct string_list names = {0};
    CLEANUP(text_release) struct text line = {0};
    enum status status = find_earlier(directory, written, &names, error);
    if (status != STATUS_OK || names.count == 0)
        return status;
    size_t named = names.count <= MOST_NAMED + 1 ? names.count : MOST_NAMED;
    text_append(&line, "Not written anew, maybe of other results:");
    for (size_t i = 0; i < named; i++) {
        text_append(&line, i == 0 ? " " : ", ");
        text_append_printable(&line, names.items[i], "");
    }
    if (named < names.count)
        text_append_format(&line, " and %zu more", names.count - named);
    text_append_format(&line, " in %s", directory);
    status = text_check(&line, error);
    if (status == STATUS_OK)
        wrap_append(output, text_string(&line), 4, 0);
    return status;
}
