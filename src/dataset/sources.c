// Which result files a directory holds, and which ones a word names.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/printable.h"
#include "dataset/private.h"

static const char benchmark_stem[] = "benchmark_", details_stem[] = "details_",
                  measurements_stem[] = "measurements_", extension[] = ".parquet";

static void release_source(struct source *source)
{
    free(source->benchmark_name);
    free(source->benchmark_path);
    free(source->details_name);
    free(source->details_path);
    free(source->measurements_name);
    free(source->measurements_path);
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

enum status dataset_leave_out(struct dataset_list *list, const char *name, const char *reason,
                              struct error *error)
{
    size_t count = list->left_out_count;
    struct left_out_file *files = realloc(list->left_out, (count + 1) * sizeof *files);
    if (!files)
        return error_set_no_memory(error);
    list->left_out = files;
    CLEANUP(text_release) struct text clean_name = {0}, clean_reason = {0};
    text_append_printable(&clean_name, name, "");
    text_append_printable(&clean_reason, reason, "");
    files[count] = (struct left_out_file){.name = text_take(&clean_name), .reason = text_take(&clean_reason)};
    list->left_out_count++;
    return files[count].name && files[count].reason ? STATUS_OK : error_set_no_memory(error);
}

static void close_directory(DIR **directory)
{
    if (*directory)
        closedir(*directory);
}

static bool starts_with(const char *string, const char *beginning)
{
    return strncmp(string, beginning, strlen(beginning)) == 0;
}

static bool ends_with(const char *string, const char *end)
{
    size_t length = strlen(string);
    return length >= strlen(end) && strcmp(string + length - strlen(end), end) == 0;
}

static bool is_benchmark_file(const char *name)
{
    return starts_with(name, benchmark_stem) && ends_with(name, extension) &&
           strlen(name) > strlen(benchmark_stem) + strlen(extension);
}

bool dataset_is_there(const char *directory)
{
    CLEANUP(close_directory) DIR *stream = opendir(directory);
    for (struct dirent *entry; stream && (entry = readdir(stream));)
        if (is_benchmark_file(entry->d_name))
            return true;
    return false;
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
        if (is_benchmark_file(entry->d_name))
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

// Says why a path is no file to read, and what to do; NULL when it is one. A FIFO is never opened: that could
// wait forever.
static const char *why_unreadable(const char *path, const char *usual_remedy, const char **ret_remedy)
{
    struct stat information;
    *ret_remedy = usual_remedy;
    if (stat(path, &information) != 0) {
        if (errno == ELOOP)
            return "it is a symbolic link that leads back to itself";
        *ret_remedy = error_remedy_of_reading(errno, usual_remedy);
        return strerror(errno);
    }
    if (S_ISDIR(information.st_mode))
        return "it is a directory";
    if (!S_ISREG(information.st_mode))
        return "it is not a regular file";
    if (information.st_size == 0)
        return "it is empty";
    CLEANUP(close_descriptor) int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor >= 0)
        return NULL;
    *ret_remedy = error_remedy_of_reading(errno, usual_remedy);
    return strerror(errno);
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

static enum status refuse(const char *name, const char *why, const char *remedy, struct error *error)
{
    CLEANUP(text_release) struct text clean_name = {0};
    text_append_printable(&clean_name, name, "");
    return error_set(error, STATUS_BAD_DATA, remedy, "cannot use %s: %s", text_string(&clean_name), why);
}

// What is being listed, with where the results go.
struct listing {
    const char *directory; // absolute
    bool skip_bad;
    struct source_list *list;
    struct dataset_list *dataset_list;
};

// Checks one of the files. `ret_usable` is false when it is left out.
static enum status check_file(const struct listing *listing, const char *name, const char *path,
                              bool *ret_usable, struct error *error)
{
    const char *remedy = NULL;
    const char *why = why_unreadable(path, DATASET_SKIP_REMEDY, &remedy);
    *ret_usable = why == NULL;
    if (!why)
        return STATUS_OK;
    if (listing->skip_bad)
        return dataset_leave_out(listing->dataset_list, name, why, error);
    return refuse(name, why, remedy, error);
}

// A file beside the benchmark file, with another stem. Nothing is filled in where there is none.
static enum status add_companion(const struct listing *listing, const char *benchmark_name, const char *stem,
                                 char **ret_name, char **ret_path, struct error *error)
{
    CLEANUP(text_release) struct text name = {0};
    text_append_format(&name, "%s%s", stem, benchmark_name + strlen(benchmark_stem));
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
    *ret_name = text_take(&name);
    *ret_path = path;
    path = NULL;
    return *ret_name ? STATUS_OK : error_set_no_memory(error);
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
    status = add_companion(listing, name, details_stem, &source.details_name, &source.details_path, error);
    if (status == STATUS_OK)
        status = add_companion(listing, name, measurements_stem, &source.measurements_name,
                               &source.measurements_path, error);
    return status == STATUS_OK ? append_source(listing->list, &source, error) : status;
}

enum status source_list_read(const char *directory, bool skip_bad, struct source_list *ret_list,
                             struct dataset_list *dataset_list, struct error *error)
{
    CLEANUP(string_list_release) struct string_list names = {0};
    CLEANUP(source_list_release) struct source_list list = {0};
    enum status status = list_names(directory, &names, error);
    if (status != STATUS_OK)
        return status;
    CLEANUP(free_pointer) char *absolute = realpath(directory, NULL);
    if (!absolute)
        return error_set_errno(error, STATUS_ENVIRONMENT, errno, NULL, "cannot determine the path of %s",
                               directory);
    const struct listing listing = {absolute, skip_bad, &list, dataset_list};
    for (size_t i = 0; i < names.count && status == STATUS_OK; i++)
        status = add_source(&listing, names.items[i], error);
    if (status != STATUS_OK)
        return status;
    *ret_list = list;
    list = (struct source_list){0};
    return STATUS_OK;
}

// ---- what a word names ----

// The paths of a run's files.
struct named_files {
    struct text benchmark, details, measurements;
};

static void release_files(struct named_files *files)
{
    text_release(&files->benchmark);
    text_release(&files->details);
    text_release(&files->measurements);
}

// From the path of any file to those of all: the name of one is that of another with its stem.
static void find_companions(const char *path, struct named_files *ret_files)
{
    static const char *const stems[] = {benchmark_stem, details_stem, measurements_stem};
    struct text *const paths[] = {&ret_files->benchmark, &ret_files->details, &ret_files->measurements};
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path, *rest = NULL;
    for (size_t i = 0; i < COUNT_OF(stems); i++)
        if (starts_with(name, stems[i]))
            rest = name + strlen(stems[i]);
    if (!rest)
        text_append(&ret_files->benchmark, path);
    for (size_t i = 0; rest && i < COUNT_OF(stems); i++)
        text_append_format(paths[i], "%.*s%s%s", (int)(name - path), path, stems[i], rest);
}

static enum status find_paths(const char *word, const char *directory, struct named_files *ret_files,
                              struct error *error)
{
    enum status status = STATUS_OK;
    if (strchr(word, '/') || (ends_with(word, extension) && strlen(word) > strlen(extension))) {
        find_companions(word, ret_files);
    } else {
        status = results_paths(directory, word, &ret_files->benchmark, &ret_files->details, error);
        if (status == STATUS_OK)
            status = results_measurements_path(directory, word, &ret_files->measurements, error);
    }
    if (status == STATUS_OK)
        status = text_check(&ret_files->benchmark, error);
    if (status == STATUS_OK)
        status = text_check(&ret_files->details, error);
    return status == STATUS_OK ? text_check(&ret_files->measurements, error) : status;
}

static enum status cannot_find(const char *path, int error_number, struct error *error)
{
    CLEANUP(text_release) struct text shown = {0};
    text_append_printable(&shown, path, "");
    return error_set_errno(
        error, STATUS_USAGE, error_number,
        "Name a result file, or a platform with results in the directory of --results-dir.", "cannot find %s",
        text_string(&shown));
}

enum status dataset_find_file(const char *word, const char *directory, struct text *ret_path,
                              struct error *error)
{
    CLEANUP(release_files) struct named_files files = {0};
    struct stat information;
    enum status status = find_paths(word, directory, &files, error);
    if (status != STATUS_OK)
        return status;
    if (stat(text_string(&files.benchmark), &information) != 0)
        return cannot_find(text_string(&files.benchmark), errno, error);
    text_append(ret_path, text_string(&files.benchmark));
    return text_check(ret_path, error);
}

// Of the file as it is named: the directory's own path, and the name, which may be a link.
static char *absolute_path(const char *path)
{
    CLEANUP(text_release) struct text absolute = {0};
    const char *slash = strrchr(path, '/');
    CLEANUP(free_pointer) char *directory = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
    CLEANUP(free_pointer) char *real = directory ? realpath(directory, NULL) : NULL;
    if (!real)
        return NULL;
    text_append_format(&absolute, "%s/%s", strcmp(real, "/") == 0 ? "" : real, slash ? slash + 1 : path);
    return text_take(&absolute);
}

// Fills in one of the files; it is shown as the user wrote it.
static enum status name_file(const char *path, char **ret_name, char **ret_path, struct error *error)
{
    const char *remedy = NULL;
    const char *why = why_unreadable(path, DATASET_REPLACE_REMEDY, &remedy);
    if (why)
        return refuse(path, why, remedy, error);
    *ret_name = strdup(path);
    *ret_path = absolute_path(path);
    return *ret_name && *ret_path ? STATUS_OK : error_set_no_memory(error);
}

enum status source_list_find(const char *word, const char *directory, struct source_list *ret_list,
                             struct error *error)
{
    CLEANUP(release_files) struct named_files files = {0};
    CLEANUP(release_source) struct source source = {0};
    struct stat information;
    enum status status = find_paths(word, directory, &files, error);
    if (status == STATUS_OK && stat(text_string(&files.benchmark), &information) != 0)
        return cannot_find(text_string(&files.benchmark), errno, error);
    if (status == STATUS_OK)
        status =
            name_file(text_string(&files.benchmark), &source.benchmark_name, &source.benchmark_path, error);
    if (status == STATUS_OK && files.details.length > 0 && exists(text_string(&files.details)))
        status = name_file(text_string(&files.details), &source.details_name, &source.details_path, error);
    if (status == STATUS_OK && files.measurements.length > 0 && exists(text_string(&files.measurements)))
        status = name_file(text_string(&files.measurements), &source.measurements_name,
                           &source.measurements_path, error);
    return status == STATUS_OK ? append_source(ret_list, &source, error) : status;
}

// DuckDB takes *, ? and [ in a file's name for a pattern; in brackets they stand for themselves. It splits
// patterns at backslashes, so that a name with both has no spelling.
enum status files_add_pattern(struct string_list *list, const char *path, struct error *error)
{
    if (!strpbrk(path, "*?["))
        return string_list_add(list, path, error);
    if (strchr(path, '\\'))
        return error_set(error, STATUS_BAD_DATA, "Rename the file or its directory.",
                         "its path contains a backslash together with one of * ? [");
    CLEANUP(text_release) struct text pattern = {0};
    for (const char *c = path; *c; c++)
        text_append_format(&pattern, strchr("*?[", *c) ? "[%c]" : "%c", *c);
    enum status status = text_check(&pattern, error);
    return status == STATUS_OK ? string_list_add(list, text_string(&pattern), error) : status;
}
