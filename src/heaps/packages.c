// Which package holds a file, and its version: dpkg's lists of files and its status file, as dpkg(1) and
// deb-control(5) describe them. Elsewhere the version is the one in the library's name.
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "private.h"

enum { MAX_LIST_BYTES = 8 << 20, MAX_STATUS_BYTES = 64 << 20 };

// Whether `line` is one of the lines of `content`.
static bool has_line(const char *content, const char *line)
{
    size_t length = strlen(line);
    for (const char *at = strstr(content, line); at; at = strstr(at + 1, line))
        if ((at == content || at[-1] == '\n') && (at[length] == '\n' || !at[length]))
            return true;
    return false;
}

static bool lists(const char *list_path, const char *path)
{
    CLEANUP(text_release) struct text content = {0};
    return file_read(list_path, MAX_LIST_BYTES, &content, NULL) == STATUS_OK &&
           has_line(text_string(&content), path);
}

// The package whose list of files holds `path`: the list's name up to ':' or ".list".
static void find_package(const char *root, const char *owners, const char *path,
                         char ret_package[HEAP_VERSION_BYTES])
{
    CLEANUP(text_release) struct text pattern = {0};
    text_append_format(&pattern, "%s/var/lib/dpkg/info/%s.list", root, owners);
    glob_t files = {0};
    bool found = glob(text_string(&pattern), 0, NULL, &files) == 0;
    for (size_t i = 0; found && i < files.gl_pathc; i++) {
        if (!lists(files.gl_pathv[i], path))
            continue;
        const char *name = strrchr(files.gl_pathv[i], '/') + 1;
        size_t length = strlen(name) - strlen(".list");
        length = strcspn(name, ":") < length ? strcspn(name, ":") : length;
        snprintf(ret_package, HEAP_VERSION_BYTES, "%.*s", (int)length, name);
        break;
    }
    globfree(&files);
}

static void find_package_version(const char *root, const char *package, char ret_version[HEAP_VERSION_BYTES])
{
    CLEANUP(text_release) struct text path = {0}, content = {0}, first_line = {0};
    text_append_format(&path, "%s/var/lib/dpkg/status", root);
    text_append_format(&first_line, "Package: %s\n", package);
    if (file_read(text_string(&path), MAX_STATUS_BYTES, &content, NULL) != STATUS_OK)
        return;
    const char *entry = strstr(text_string(&content), text_string(&first_line));
    const char *end = entry ? strstr(entry, "\n\n") : NULL;
    const char *version = entry ? strstr(entry, "\nVersion: ") : NULL;
    if (!version || (end && version > end))
        return;
    version += strlen("\nVersion: ");
    snprintf(ret_version, HEAP_VERSION_BYTES, "%.*s", (int)strcspn(version, "\n"), version);
}

// "libtcmalloc_minimal.so.4.5.10" → "4.5.10".
static void version_of_name(const char *path, char ret_version[HEAP_VERSION_BYTES])
{
    CLEANUP(free_pointer) char *real = realpath(path, NULL);
    const char *name = real ? strrchr(real, '/') : NULL;
    const char *suffix = name ? strstr(name, ".so.") : NULL;
    if (suffix)
        snprintf(ret_version, HEAP_VERSION_BYTES, "%.*s", HEAP_VERSION_BYTES - 1, suffix + strlen(".so."));
}

void heap_find_version(const char *root, const char *owners, struct heap_file *file)
{
    file->package[0] = file->version[0] = '\0';
    const char *path = file->path + (strncmp(file->path, root, strlen(root)) == 0 ? strlen(root) : 0);
    if (*owners)
        find_package(root, owners, path, file->package);
    if (file->package[0])
        find_package_version(root, file->package, file->version);
    if (!file->version[0])
        version_of_name(file->path, file->version);
}
