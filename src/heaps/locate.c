// The dynamic linker's cache is of a form of its own and holds libraries of its directories alone; LLVM's are
// elsewhere. So the directories themselves are looked through.
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "private.h"

static const char *const directories[] = {
    "/usr/local/lib",
    "/usr/local/lib64",
    "/usr/local/lib/*-linux-*",
    "/usr/lib/*-linux-*", // Debian, Ubuntu
    "/usr/lib64",         // Fedora
    "/usr/lib",           // Arch
    "/usr/lib/llvm-*/lib/clang/*/lib/*",
    "/usr/lib/clang/*/lib/*",
    "/usr/lib64/clang/*/lib/*",
    "/opt/homebrew/lib",
};

enum { MOST_CONFIGURATION_BYTES = 65536 };

// What "module load" and people set: the dynamic linker looks there first.
#ifdef __APPLE__
static const char users_directories[] = "DYLD_LIBRARY_PATH";
#else
static const char users_directories[] = "LD_LIBRARY_PATH";
#endif

// Appends the directories that the lines of ld.so's configuration name.
static void add_configured(const char *root, struct string_list *list)
{
    CLEANUP(text_release) struct text pattern = {0};
    text_append_format(&pattern, "%s/etc/ld.so.conf.d/*.conf", root);
    glob_t files = {0};
    bool found = glob(text_string(&pattern), 0, NULL, &files) == 0;
    for (size_t i = 0; found && i < files.gl_pathc; i++) {
        CLEANUP(text_release) struct text content = {0};
        CLEANUP(string_list_release) struct string_list lines = {0};
        if (file_read(files.gl_pathv[i], MOST_CONFIGURATION_BYTES, &content, NULL) != STATUS_OK ||
            string_list_split(&lines, text_string(&content), '\n', NULL) != STATUS_OK)
            continue;
        for (size_t l = 0; l < lines.count; l++)
            if (lines.items[l][0] == '/' && !string_list_contains(list, lines.items[l]) &&
                string_list_add(list, lines.items[l], NULL) != STATUS_OK)
                break;
    }
    globfree(&files);
}

// The last of several: with numbered directories, the newest.
static bool locate_in(const char *root, const char *directory, const char *file, const char *symbol,
                      struct heap_file *ret_file)
{
    CLEANUP(text_release) struct text pattern = {0};
    char problem[HEAP_PROBLEM_BYTES];
    text_append_format(&pattern, "%s%s/%s", root, directory, file);
    glob_t paths = {0};
    bool located = false;
    if (glob(text_string(&pattern), 0, NULL, &paths) == 0)
        for (size_t i = paths.gl_pathc; i > 0 && !located; i--)
            located = library_read(paths.gl_pathv[i - 1], symbol, ret_file, problem);
    globfree(&paths);
    return located;
}

// Each directory is looked through for all names before the next one is: whoever names a directory means what
// is in it. Relative ones are meant from here, as by the dynamic linker; paths are stored with the results,
// so they are made absolute.
static bool locate_users(const struct heap *heap, const struct string_list *files, struct heap_file *ret_file)
{
    CLEANUP(string_list_release) struct string_list places = {0};
    const char *named = getenv(users_directories);
    if (!named || string_list_split(&places, named, ':', NULL) != STATUS_OK)
        return false;
    bool located = false;
    for (size_t p = 0; p < places.count && !located; p++) {
        CLEANUP(free_pointer) char *absolute = *places.items[p] ? realpath(places.items[p], NULL) : NULL;
        for (size_t f = 0; f < files->count && absolute && !located; f++)
            located = locate_in("", absolute, files->items[f], heap->symbol, ret_file);
    }
    return located;
}

bool heap_locate(const struct heap *heap, const char *root, struct heap_file *ret_file)
{
    CLEANUP(string_list_release) struct string_list files = {0}, places = {0};
    if (string_list_split(&files, heap->files, ' ', NULL) != STATUS_OK)
        return false;
    bool located = locate_users(heap, &files, ret_file);
    for (size_t i = 0; i < COUNT_OF(directories); i++)
        if (string_list_add(&places, directories[i], NULL) != STATUS_OK)
            return false;
    add_configured(root, &places);
    for (size_t f = 0; f < files.count; f++)
        for (size_t p = 0; p < places.count && !located; p++)
            located = locate_in(root, places.items[p], files.items[f], heap->symbol, ret_file);
    if (located)
        heap_find_version(root, heap->owners, ret_file);
    return located;
}
