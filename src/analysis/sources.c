#include "analysis/sources.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/printable.h"

static const char skip_remedy[] = "Replace it by a good copy, remove it, or go on without it by --skip-bad.";

static void release_source(struct source *source)
{
    free(source->benchmark_name);
    free(source->benchmark_path);
    free(source->details_name);
    free(source->details_path);
}

void source_list_release(struct source_list *list)
{
    if (!list)
        return;
    for (size_t i = 0; i < list->count; i++)
        release_source(&list->items[i]);
    free(list->items);
    *list = (struct source_list){0};
}

enum status analysis_leave_out(struct analysis *analysis, const char *name, const char *reason,
                               struct error *error)
{
    size_t count = analysis->left_out_count;
    struct left_out_file *files = realloc(analysis->left_out, (count + 1) * sizeof *files);
    if (!files)
        return error_set_no_memory(error);
    analysis->left_out = files;
    CLEANUP(text_release) struct text clean_name = {0}, clean_reason = {0};
    text_append_printable(&clean_name, name, "");
    text_append_printable(&clean_reason, reason, "");
    files[count] = (struct left_out_file){.name = text_take(&clean_name), .reason = text_take(&clean_reason)};
    analysis->left_out_count++;
    return files[count].name && files[count].reason ? STATUS_OK : error_set_no_memory(error);
}

static void close_directory(DIR **directory)
{
    if (*directory)
        closedir(*directory);
}

static bool has_form(const char *name, const char *prefix)
{
    static const char suffix[] = ".parquet";
    size_t length = strlen(name);
    return strncmp(name, prefix, strlen(prefix)) == 0 && length > strlen(prefix) + strlen(suffix) &&
           strcmp(name + length - strlen(suffix), suffix) == 0;
}

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

static enum status list_names(const char *directory, struct string_list *ret_names, struct error *error)
{
    CLEANUP(close_directory) DIR *stream = opendir(directory);
    if (!stream)
        return error_set_errno(error, STATUS_USAGE, errno,
                               "Name the directory that holds the benchmark_*.parquet files.",
                               "cannot read the directory %s", directory);
    enum status status = STATUS_OK;
    for (struct dirent *entry; status == STATUS_OK && (entry = readdir(stream));)
        if (has_form(entry->d_name, "benchmark_"))
            status = string_list_add(ret_names, entry->d_name, error);
    if (status == STATUS_OK && ret_names->count == 0)
        return error_set(
            error, STATUS_USAGE,
            "Measure first (memalloc-bench run NAME), or name the directory that holds the files.",
            "there is no benchmark_*.parquet in %s", directory);
    if (ret_names->count)
        qsort(ret_names->items, ret_names->count, sizeof *ret_names->items, compare_names);
    return status;
}

// Says why a path is no file to read; NULL when it is one. A FIFO is never opened: that could wait forever.
static const char *why_unreadable(const char *path)
{
    struct stat information;
    if (stat(path, &information) != 0)
        return errno == ELOOP ? "it is a symbolic link that leads back to itself" : strerror(errno);
    if (S_ISDIR(information.st_mode))
        return "it is a directory";
    if (!S_ISREG(information.st_mode))
        return "it is no regular file";
    if (information.st_size == 0)
        return "it is empty";
    CLEANUP(close_descriptor) int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    return descriptor < 0 ? strerror(errno) : NULL;
}

static bool exists(const char *path)
{
    struct stat information;
    return lstat(path, &information) == 0;
}

static enum status append_source(struct source_list *list, struct source *source, struct error *error)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 16;
        struct source *items = realloc(list->items, capacity * sizeof *items);
        if (!items)
            return error_set_no_memory(error);
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = *source;
    *source = (struct source){0};
    return STATUS_OK;
}

static char *join(const char *directory, const char *name)
{
    CLEANUP(text_release) struct text path = {0};
    text_append_format(&path, "%s/%s", directory, name);
    return text_take(&path);
}

static enum status refuse(const char *name, const char *why, struct error *error)
{
    CLEANUP(text_release) struct text clean_name = {0};
    text_append_printable(&clean_name, name, "");
    return error_set(error, STATUS_BAD_DATA, skip_remedy, "cannot use %s: %s", text_string(&clean_name), why);
}

// What is being listed, with where the results go.
struct listing {
    const char *directory; // absolute
    bool skip_bad;
    struct source_list *list;
    struct analysis *analysis;
};

// Checks one of the two files. `ret_usable` is false when it is left out.
static enum status check_file(const struct listing *listing, const char *name, const char *path,
                              bool *ret_usable, struct error *error)
{
    const char *why = why_unreadable(path);
    *ret_usable = why == NULL;
    if (!why)
        return STATUS_OK;
    if (listing->skip_bad)
        return analysis_leave_out(listing->analysis, name, why, error);
    return refuse(name, why, error);
}

static enum status add_details(const struct listing *listing, struct source *source, struct error *error)
{
    CLEANUP(text_release) struct text name = {0};
    text_append_format(&name, "details_%s", source->benchmark_name + strlen("benchmark_"));
    CLEANUP(free_pointer) char *path = join(listing->directory, text_string(&name));
    if (!path)
        return error_set_no_memory(error);
    enum status status = text_check(&name, error);
    if (status != STATUS_OK || !exists(path))
        return status;
    bool usable;
    status = check_file(listing, text_string(&name), path, &usable, error);
    if (status != STATUS_OK || !usable)
        return status;
    source->details_name = text_take(&name);
    source->details_path = path;
    path = NULL;
    return source->details_name ? STATUS_OK : error_set_no_memory(error);
}

static enum status add_source(const struct listing *listing, const char *name, struct error *error)
{
    CLEANUP(release_source)
    struct source source = {.benchmark_name = strdup(name), .benchmark_path = join(listing->directory, name)};
    if (!source.benchmark_name || !source.benchmark_path)
        return error_set_no_memory(error);
    bool usable;
    enum status status = check_file(listing, name, source.benchmark_path, &usable, error);
    if (status != STATUS_OK || !usable)
        return status;
    status = add_details(listing, &source, error);
    return status == STATUS_OK ? append_source(listing->list, &source, error) : status;
}

enum status source_list_read(const char *directory, bool skip_bad, struct source_list *ret_list,
                             struct analysis *analysis, struct error *error)
{
    CLEANUP(string_list_release) struct string_list names = {0};
    CLEANUP(source_list_release) struct source_list list = {0};
    enum status status = list_names(directory, &names, error);
    if (status != STATUS_OK)
        return status;
    CLEANUP(free_pointer) char *absolute = realpath(directory, NULL);
    if (!absolute)
        return error_set_errno(error, STATUS_ENVIRONMENT, errno, NULL, "cannot find out the path of %s",
                               directory);
    const struct listing listing = {absolute, skip_bad, &list, analysis};
    for (size_t i = 0; i < names.count && status == STATUS_OK; i++)
        status = add_source(&listing, names.items[i], error);
    if (status != STATUS_OK)
        return status;
    *ret_list = list;
    list = (struct source_list){0};
    return STATUS_OK;
}
