// A chart of an earlier analysis looks like one of this analysis: of an allocator or a platform whose files
// are gone. It is named and not removed: a name that a chart would have is no proof that it is one.
#include "commands/private.h"

#include <fnmatch.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/printable.h"
#include "charts/charts.h"
#include "command_line/wrap.h"

enum { MAX_NAMED = 3 };

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

bool is_of_analysis(const char *name)
{
    return strcmp(name, "report.html") == 0 || is_chart_name(name);
}

enum status earlier_files_append(const char *directory, const struct string_list *current,
                                 struct text *output, struct error *error)
{
    CLEANUP(string_list_release) struct string_list all = {0}, names = {0};
    CLEANUP(text_release) struct text line = {0};
    enum status status = file_list_names(directory, &all, error);
    for (size_t i = 0; i < all.count && status == STATUS_OK; i++)
        if (is_of_analysis(all.items[i]) && !string_list_contains(current, all.items[i]))
            status = string_list_add(&names, all.items[i], error);
    if (status != STATUS_OK || names.count == 0)
        return status;
    size_t named = names.count <= MAX_NAMED + 1 ? names.count : MAX_NAMED;
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
