#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

static enum status cannot_read(const char *path, struct error *error)
{
    return error_set_errno(error, STATUS_ENVIRONMENT, errno, error_remedy_of_reading(errno, NULL),
                           "cannot read %s", path);
}

enum status file_read(const char *path, size_t limit_bytes, struct text *ret_content, struct error *error)
{
    CLEANUP(close_descriptor) int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return cannot_read(path, error);
    CLEANUP(text_release) struct text content = {0};
    for (;;) {
        char buffer[16384];
        ssize_t length = read(descriptor, buffer, sizeof buffer);
        if (length < 0 && errno == EINTR)
            continue;
        if (length < 0)
            return cannot_read(path, error);
        if (length == 0)
            break;
        if ((size_t)length > limit_bytes - content.length)
            return error_set(error, STATUS_BAD_DATA, NULL, "%s is larger than the %zu bytes it may have",
                             path, limit_bytes);
        text_append_bytes(&content, buffer, (size_t)length);
    }
    text_append_bytes(ret_content, text_string(&content), content.length);
    return content.failed || ret_content->failed ? error_set_no_memory(error) : STATUS_OK;
}

static enum status make_one_directory(const char *path, struct error *error)
{
    if (mkdir(path, 0777) == 0)
        return STATUS_OK;
    int mkdir_errno = errno;
    struct stat information;
    if (mkdir_errno == EEXIST && stat(path, &information) == 0 && S_ISDIR(information.st_mode))
        return STATUS_OK;
    return error_set_errno(error, STATUS_ENVIRONMENT, mkdir_errno == EEXIST ? ENOTDIR : mkdir_errno,
                           "Choose a directory that you may write to.", "cannot create the directory %s",
                           path);
}

enum status file_make_directory(const char *path, struct error *error)
{
    CLEANUP(text_release) struct text prefix = {0};
    for (const char *slash = strchr(path + (*path == '/'), '/'); slash; slash = strchr(slash + 1, '/')) {
        text_clear(&prefix);
        text_append_bytes(&prefix, path, (size_t)(slash - path));
        if (text_check(&prefix, error) != STATUS_OK)
            return STATUS_NO_MEMORY;
        enum status status = make_one_directory(text_string(&prefix), error);
        if (status != STATUS_OK)
            return status;
    }
    return make_one_directory(path, error);
}

static void close_directory(DIR **directory)
{
    if (*directory)
        closedir(*directory);
}

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

enum status file_list_names(const char *directory, struct string_list *ret_names, struct error *error)
{
    CLEANUP(close_directory) DIR *stream = opendir(directory);
    CLEANUP(string_list_release) struct string_list names = {0};
    enum status status = STATUS_OK;
    for (struct dirent *entry; stream && status == STATUS_OK && (entry = readdir(stream));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            status = string_list_add(&names, entry->d_name, error);
    if (names.count > 0)
        qsort(names.items, names.count, sizeof *names.items, compare_names);
    for (size_t i = 0; i < names.count && status == STATUS_OK; i++)
        status = string_list_add(ret_names, names.items[i], error);
    return status;
}

bool file_write_all(int descriptor, const void *bytes, size_t length)
{
    for (const char *next = bytes; length > 0;) {
        ssize_t written = write(descriptor, next, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return false;
        next += written;
        length -= (size_t)written;
    }
    return true;
}

// The whole content.
static enum status write_replacement(struct file_replacement *replacement, const void *bytes, size_t length,
                                     struct error *error)
{
    CLEANUP(close_descriptor)
    int descriptor =
        open(text_string(&replacement->temporary_path), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (descriptor < 0 || !file_write_all(descriptor, bytes, length))
        return error_set_errno(error, STATUS_ENVIRONMENT, errno,
                               "Check that there is space and that you may write there.", "cannot write %s",
                               text_string(&replacement->final_path));
    return STATUS_OK;
}

enum status file_replacement_begin(struct file_replacement *replacement, const char *final_path,
                                   struct error *error)
{
    *replacement = (struct file_replacement){0};
    const char *slash = strrchr(final_path, '/');
    size_t directory_length = slash ? (size_t)(slash - final_path) + 1 : 0;
    text_append(&replacement->final_path, final_path);
    text_append_bytes(&replacement->temporary_path, final_path, directory_length);
    text_append_format(&replacement->temporary_path, ".%s.%ld.part", final_path + directory_length,
                       (long)getpid());
    if (replacement->final_path.failed || replacement->temporary_path.failed) {
        file_replacement_release(replacement);
        return error_set_no_memory(error);
    }
    enum status status = write_replacement(replacement, "", 0, error);
    if (status != STATUS_OK)
        file_replacement_release(replacement);
    return status;
}

static enum status sync_path(const char *path, struct error *error)
{
    CLEANUP(close_descriptor) int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0 || (fsync(descriptor) != 0 && errno != EINVAL && errno != EROFS))
        return error_set_errno(error, STATUS_ENVIRONMENT, errno, "Free some space and try again.",
                               "cannot sync %s to disk", path);
    return STATUS_OK;
}

enum status file_replacement_commit(struct file_replacement *replacement, struct error *error)
{
    const char *temporary_path = text_string(&replacement->temporary_path);
    const char *final_path = text_string(&replacement->final_path);
    enum status status = sync_path(temporary_path, error);
    if (status != STATUS_OK)
        return status;
    if (rename(temporary_path, final_path) != 0)
        return error_set_errno(error, STATUS_ENVIRONMENT, errno,
                               "Check that its directory may be written to.", "cannot replace %s",
                               final_path);
    replacement->committed = 1;

    CLEANUP(text_release) struct text directory = {0};
    const char *slash = strrchr(final_path, '/');
    if (slash)
        text_append_bytes(&directory, final_path, (size_t)(slash - final_path) + 1);
    else
        text_append(&directory, ".");
    status = text_check(&directory, error);
    return status != STATUS_OK ? status : sync_path(text_string(&directory), error);
}

void file_replacement_release(struct file_replacement *replacement)
{
    if (!replacement)
        return;
    if (!replacement->committed && replacement->temporary_path.bytes)
        unlink(text_string(&replacement->temporary_path));
    text_release(&replacement->temporary_path);
    text_release(&replacement->final_path);
}

enum status file_write(const char *path, const void *bytes, size_t length, struct error *error)
{
    CLEANUP(file_replacement_release) struct file_replacement replacement = {0};
    enum status status = file_replacement_begin(&replacement, path, error);
    if (status == STATUS_OK)
        status = write_replacement(&replacement, bytes, length, error);
    if (status == STATUS_OK)
        status = file_replacement_commit(&replacement, error);
    return status;
}
