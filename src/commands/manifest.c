// The manifest is a text file: a line per chart or report, with a hash of the results that it was drawn from
// and its name. Lines of other results stay, for a directory in which these results are put back. A line that
// is not of this form says nothing.
//
// While charts are drawn, lines of other results are not in the file: their charts may be replaced, and this
// program may not live to say so.
#include "commands/private.h"

#include <fnmatch.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/printable.h"
#include "command_line/wrap.h"

enum { HASH_DIGITS = 16, MAX_BYTES = 16 << 20, MAX_NAMED = 3 };

#define MANIFEST_NAME ".memalloc-bench-drawn"

// FNV-1a.
static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ ((const unsigned char *)bytes)[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static bool is_result_file(const char *name)
{
    return fnmatch("benchmark_*.parquet", name, 0) == 0 || fnmatch("details_*.parquet", name, 0) == 0 ||
           fnmatch("measurements_*.parquet", name, 0) == 0;
}

// The name and the content; of details, which may be large and are never written without their benchmark
// file, the size. What is no regular file, or cannot be read, counts by its name; a FIFO is never opened,
// since that could wait forever.
static uint64_t hash_file(uint64_t hash, const char *directory, const char *name)
{
    CLEANUP(text_release) struct text path = {0};
    text_append_format(&path, "%s/%s", directory, name);
    hash = hash_bytes(hash, name, strlen(name) + 1);
    struct stat facts;
    if (path.failed || stat(text_string(&path), &facts) != 0 || !S_ISREG(facts.st_mode))
        return hash;
    CLEANUP(close_stream) FILE *stream = fopen(text_string(&path), "rbe");
    if (!stream)
        return hash;
    int64_t size = facts.st_size;
    hash = hash_bytes(hash, &size, sizeof size);
    char buffer[1 << 14];
    for (size_t length; name[0] == 'b' && (length = fread(buffer, 1, sizeof buffer, stream)) > 0;)
        hash = hash_bytes(hash, buffer, length);
    return hash;
}

// HASH_DIGITS digits that stand for the result files of a directory.
static enum status identify(const char *directory, struct text *ret_identity, struct error *error)
{
    CLEANUP(string_list_release) struct string_list names = {0};
    enum status status = file_list_names(directory, &names, error);
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < names.count; i++)
        if (is_result_file(names.items[i]))
            hash = hash_file(hash, directory, names.items[i]);
    text_append_format(ret_identity, "%0*" PRIx64, HASH_DIGITS, hash);
    return status == STATUS_OK ? text_check(ret_identity, error) : status;
}

static bool is_there(const char *directory, const char *name)
{
    CLEANUP(text_release) struct text path = {0};
    text_append_format(&path, "%s/%s", directory, name);
    return !path.failed && access(text_string(&path), F_OK) == 0;
}

// The name in a line; NULL when it is no line of a manifest.
static const char *line_name(const char *line)
{
    const char *name = line + HASH_DIGITS + 1;
    return strcspn(line, " ") == HASH_DIGITS && *name && !strchr(name, '/') ? name : NULL;
}

void manifest_release(struct manifest *manifest)
{
    text_release(&manifest->path);
    text_release(&manifest->identity);
    string_list_release(&manifest->current);
    string_list_release(&manifest->others);
}

// A manifest that cannot be read is as none.
static enum status read_lines(struct manifest *manifest, const char *directory, struct error *error)
{
    CLEANUP(text_release) struct text content = {0};
    CLEANUP(string_list_release) struct string_list lines = {0};
    if (file_read(text_string(&manifest->path), MAX_BYTES, &content, NULL) != STATUS_OK)
        return STATUS_OK;
    enum status status = string_list_split(&lines, text_string(&content), '\n', error);
    for (size_t i = 0; i < lines.count && status == STATUS_OK; i++) {
        const char *line = lines.items[i], *name = line_name(line);
        if (!name || !is_there(directory, name))
            continue;
        bool is_current = strncmp(line, text_string(&manifest->identity), HASH_DIGITS) == 0;
        status = is_current ? string_list_add(&manifest->current, name, error)
                            : string_list_add(&manifest->others, line, error);
    }
    return status;
}

enum status manifest_read(const char *results_directory, const char *directory, struct manifest *ret_manifest,
                          struct error *error)
{
    text_append_format(&ret_manifest->path, "%s/" MANIFEST_NAME, directory);
    enum status status = text_check(&ret_manifest->path, error);
    if (status == STATUS_OK)
        status = identify(results_directory, &ret_manifest->identity, error);
    return status == STATUS_OK ? read_lines(ret_manifest, directory, error) : status;
}

static bool is_current(const struct manifest *manifest, const char *line)
{
    return string_list_contains(&manifest->current, line_name(line));
}

static enum status write_lines(const struct manifest *manifest, bool with_others, struct error *error)
{
    CLEANUP(text_release) struct text lines = {0};
    for (size_t i = 0; i < manifest->others.count && with_others; i++)
        if (!is_current(manifest, manifest->others.items[i]))
            text_append_format(&lines, "%s\n", manifest->others.items[i]);
    for (size_t i = 0; i < manifest->current.count; i++)
        text_append_format(&lines, "%s %s\n", text_string(&manifest->identity), manifest->current.items[i]);
    enum status status = text_check(&lines, error);
    if (status != STATUS_OK)
        return status;
    if (lines.length > 0)
        return file_write(text_string(&manifest->path), text_string(&lines), lines.length, error);
    unlink(text_string(&manifest->path));
    return STATUS_OK;
}

enum status manifest_begin(const struct manifest *manifest, struct error *error)
{
    return write_lines(manifest, false, error);
}

enum status manifest_end(struct manifest *manifest, const struct string_list *written, struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < written->count && status == STATUS_OK; i++) {
        const char *slash = strrchr(written->items[i], '/');
        const char *name = slash ? slash + 1 : written->items[i];
        if (!string_list_contains(&manifest->current, name))
            status = string_list_add(&manifest->current, name, error);
    }
    return status == STATUS_OK ? write_lines(manifest, true, error) : status;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

enum status manifest_append_others(const struct manifest *manifest, const char *directory,
                                   struct text *output, struct error *error)
{
    CLEANUP(string_list_release) struct string_list names = {0};
    CLEANUP(text_release) struct text line = {0};
    enum status status = STATUS_OK;
    for (size_t i = 0; i < manifest->others.count && status == STATUS_OK; i++)
        if (!is_current(manifest, manifest->others.items[i]))
            status = string_list_add(&names, line_name(manifest->others.items[i]), error);
    if (status != STATUS_OK || names.count == 0)
        return status;
    qsort(names.items, names.count, sizeof *names.items, compare_names);
    size_t named = names.count <= MAX_NAMED + 1 ? names.count : MAX_NAMED;
    text_append(&line, "Drawn from other results and not replaced:");
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
