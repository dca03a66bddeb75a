// The manifest is a text file: a line per chart or report, with a hash of the results that it was drawn from
// and its name. Lines of other results stay, for a directory in which these results are put back. A line that
// is not of this form says nothing.
//
// While charts are drawn, a line with a hash and "/" says of which results, and a line for each chart that
// was there before has the number of its file and "/" before its name. A chart is written under another name
// and renamed, while the one that it replaces is still there, and so has another number. That tells apart
// what was drawn, also when this program did not live to write down the end of it.
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

enum { HASH_DIGITS = 16, MAX_BYTES = 16 << 20 };

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

// The number of a file in `directory`, 0 when there is none of that name.
static uint64_t file_number(const char *directory, const char *name)
{
    CLEANUP(text_release) struct text path = {0};
    text_append_format(&path, "%s/%s", directory, name);
    struct stat facts;
    return !path.failed && stat(text_string(&path), &facts) == 0 ? (uint64_t)facts.st_ino : 0;
}

static bool is_there(const char *directory, const char *name)
{
    return file_number(directory, name) != 0;
}

// ---- reading ----

// What a line says after its digits; NULL when it is no line of a manifest.
static const char *line_name(const char *line)
{
    const char *name = line + HASH_DIGITS + 1;
    return strcspn(line, " ") == HASH_DIGITS && *name ? name : NULL;
}

static bool is_of(const char *line, const char *identity)
{
    return strncmp(line, identity, HASH_DIGITS) == 0;
}

// The line of a drawing whose end was not written down; NULL: there is none.
static const char *find_drawing(const struct string_list *lines)
{
    for (size_t i = 0; i < lines->count; i++) {
        const char *name = line_name(lines->items[i]);
        if (name && strcmp(name, "/") == 0)
            return lines->items[i];
    }
    return NULL;
}

static bool was_there_before(const struct string_list *lines, const char *directory, const char *name)
{
    uint64_t number = file_number(directory, name);
    for (size_t i = 0; i < lines->count; i++) {
        const char *noted = line_name(lines->items[i]);
        if (noted && noted[0] == '/' && strcmp(noted + 1, name) == 0)
            return strtoull(lines->items[i], NULL, 16) == number;
    }
    return false;
}

// Adds the names of the charts in `directory` that the drawing wrote.
static enum status add_drawn(const struct string_list *lines, const char *directory,
                             struct string_list *ret_names, struct error *error)
{
    CLEANUP(string_list_release) struct string_list all = {0};
    enum status status = file_list_names(directory, &all, error);
    for (size_t i = 0; i < all.count && status == STATUS_OK; i++)
        if (is_of_analysis(all.items[i]) && !string_list_contains(ret_names, all.items[i]) &&
            !was_there_before(lines, directory, all.items[i]))
            status = string_list_add(ret_names, all.items[i], error);
    return status;
}

// Goes through the lines of an earlier manifest: names of these results go to `ret_current`, those of others
// that are still there to `lines`.
static enum status sort_lines(const struct string_list *earlier, const char *identity, const char *directory,
                              struct string_list *ret_current, struct text *lines, struct error *error)
{
    CLEANUP(string_list_release) struct string_list drawn = {0};
    const char *drawing = find_drawing(earlier);
    bool is_current = drawing && is_of(drawing, identity);
    enum status status = STATUS_OK;
    if (drawing)
        status = add_drawn(earlier, directory, is_current ? ret_current : &drawn, error);
    for (size_t i = 0; i < drawn.count; i++)
        if (!string_list_contains(ret_current, drawn.items[i]))
            text_append_format(lines, "%.*s %s\n", HASH_DIGITS, drawing, drawn.items[i]);
    for (size_t i = 0; i < earlier->count && status == STATUS_OK; i++) {
        const char *line = earlier->items[i], *name = line_name(line);
        if (!name || strchr(name, '/') || string_list_contains(ret_current, name) ||
            string_list_contains(&drawn, name))
            continue;
        if (is_of(line, identity))
            status = string_list_add(ret_current, name, error);
        else if (is_there(directory, name))
            text_append_format(lines, "%s\n", line);
    }
    return status;
}

static enum status add_names(const struct string_list *paths, struct string_list *ret_names,
                             struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < paths->count && status == STATUS_OK; i++) {
        const char *slash = strrchr(paths->items[i], '/');
        status = string_list_add(ret_names, slash ? slash + 1 : paths->items[i], error);
    }
    return status;
}

// The lines of the manifest at `path`, none when it cannot be read.
static enum status read_lines(const char *path, struct string_list *ret_lines, struct error *error)
{
    CLEANUP(text_release) struct text content = {0};
    if (file_read(path, MAX_BYTES, &content, NULL) != STATUS_OK)
        return STATUS_OK;
    return string_list_split(ret_lines, text_string(&content), '\n', error);
}

// ---- writing ----

// Notes which charts there are, before others are drawn.
static enum status append_drawing(const char *directory, const char *identity, struct text *lines,
                                  struct error *error)
{
    CLEANUP(string_list_release) struct string_list all = {0};
    enum status status = file_list_names(directory, &all, error);
    text_append_format(lines, "%s /\n", identity);
    for (size_t i = 0; i < all.count && status == STATUS_OK; i++)
        if (is_of_analysis(all.items[i]))
            text_append_format(lines, "%0*" PRIx64 " /%s\n", HASH_DIGITS,
                               file_number(directory, all.items[i]), all.items[i]);
    return status;
}

// What is known of the results that are there: `current` of these, `lines` of others.
struct manifest {
    struct text path, identity, lines;
    struct string_list current;
    bool has_drawing; // the file tells of one whose end was not written down
};

static void manifest_release(struct manifest *manifest)
{
    text_release(&manifest->path);
    text_release(&manifest->identity);
    text_release(&manifest->lines);
    string_list_release(&manifest->current);
}

// `written`: paths of files of these results, beyond what the manifest says.
static enum status manifest_read(const char *results_directory, const char *directory,
                                 const struct string_list *written, struct manifest *ret_manifest,
                                 struct error *error)
{
    CLEANUP(string_list_release) struct string_list earlier = {0};
    text_append_format(&ret_manifest->path, "%s/" MANIFEST_NAME, directory);
    enum status status = text_check(&ret_manifest->path, error);
    if (status == STATUS_OK)
        status = identify(results_directory, &ret_manifest->identity, error);
    if (status == STATUS_OK)
        status = read_lines(text_string(&ret_manifest->path), &earlier, error);
    if (status == STATUS_OK)
        status = add_names(written, &ret_manifest->current, error);
    ret_manifest->has_drawing = find_drawing(&earlier) != NULL;
    return status == STATUS_OK ? sort_lines(&earlier, text_string(&ret_manifest->identity), directory,
                                            &ret_manifest->current, &ret_manifest->lines, error)
                               : status;
}

// With a line for each of `current` that is there; a manifest that says nothing is removed.
static enum status manifest_write(struct manifest *manifest, const char *directory, struct error *error)
{
    for (size_t i = 0; i < manifest->current.count; i++)
        if (is_there(directory, manifest->current.items[i]))
            text_append_format(&manifest->lines, "%s %s\n", text_string(&manifest->identity),
                               manifest->current.items[i]);
    enum status status = text_check(&manifest->lines, error);
    if (status != STATUS_OK)
        return status;
    if (manifest->lines.length > 0)
        return file_write(text_string(&manifest->path), text_string(&manifest->lines), manifest->lines.length,
                          error);
    unlink(text_string(&manifest->path));
    return STATUS_OK;
}

enum status manifest_begin(const char *results_directory, const char *directory, struct error *error)
{
    CLEANUP(manifest_release) struct manifest manifest = {0};
    struct string_list none = {0};
    enum status status = manifest_read(results_directory, directory, &none, &manifest, error);
    if (status == STATUS_OK)
        status = append_drawing(directory, text_string(&manifest.identity), &manifest.lines, error);
    return status == STATUS_OK ? manifest_write(&manifest, directory, error) : status;
}

enum status manifest_update(const char *results_directory, const char *directory,
                            const struct string_list *written, struct string_list *ret_current,
                            struct error *error)
{
    CLEANUP(manifest_release) struct manifest manifest = {0};
    enum status status = manifest_read(results_directory, directory, written, &manifest, error);
    if (status == STATUS_OK && (written->count > 0 || manifest.has_drawing))
        status = manifest_write(&manifest, directory, error);
    *ret_current = manifest.current; // also when it could not be written down
    manifest.current = (struct string_list){0};
    return status;
}
