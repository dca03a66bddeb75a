// The dynamic linker's cache is of a form of its own and holds libraries of its directories alone; LLVM's are
// elsewhere. So the directories themselves are looked through; those of the user in the order that the
// dynamic linker tells.
#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

enum { MAX_CONFIGURATION_BYTES = 65536 };

// What "module load" and people set: the dynamic linker looks there first.
#ifdef __APPLE__
static const char users_directories[] = "DYLD_LIBRARY_PATH";
#else
static const char users_directories[] = "LD_LIBRARY_PATH";
#endif

// What is looked for: which files, and where what was passed over is told.
struct search {
    const struct heap *heap;
    struct string_list files;
    struct text *passed_over; // may be NULL
};

static void tell_passed_over(const struct search *search, const char *path, const char *problem)
{
    if (search->passed_over)
        text_append_format(search->passed_over, "%s%s: %s", search->passed_over->length ? "\n" : "", path,
                           problem);
}

// The files below `directory`, in which no character has a meaning, that fit the pattern; the last of several
// is the best: with numbered files, the newest.
static bool locate_in(const struct search *search, const char *directory, const char *file,
                      struct heap_file *ret_file)
{
    CLEANUP(text_release) struct text pattern = {0};
    char problem[HEAP_PROBLEM_BYTES];
    for (const char *c = directory; *c; c++)
        text_append_format(&pattern, "%s%c", strchr("*?[]\\", *c) ? "\\" : "", *c);
    text_append_format(&pattern, "/%s", file);
    glob_t paths = {0};
    bool located = false;
    if (glob(text_string(&pattern), 0, NULL, &paths) == 0)
        for (size_t i = paths.gl_pathc; i > 0 && !located; i--) {
            const char *path = paths.gl_pathv[i - 1];
            located = library_read(path, search->heap->symbol, ret_file, problem);
            if (!located)
                tell_passed_over(search, path, problem);
        }
    globfree(&paths);
    return located;
}

// ---- the user's directories ----

// As the dynamic linker splits them, where it does not tell.
static bool split_users(const char *named, struct string_list *ret_places)
{
    for (const char *place = named;; place++) {
        size_t length = strcspn(place, ":;");
        CLEANUP(free_pointer) char *copy = strndup(place, length);
        if (!copy || string_list_add(ret_places, copy, NULL) != STATUS_OK)
            return false;
        place += length;
        if (!*place)
            return true;
    }
}

// Each directory is looked through for all names before the next one is: whoever names a directory means what
// is in it.
static bool locate_in_users(const struct search *search, const char *place, struct heap_file *ret_file)
{
    CLEANUP(free_pointer) char *here = place[0] == '/' ? NULL : getcwd(NULL, 0);
    CLEANUP(text_release) struct text absolute = {0};
    bool located = false;
    if (place[0] != '/' && !here)
        return false;
    // Paths are stored with the results: not as they are meant from here.
    text_append_format(&absolute, "%s%s%s", here ? here : "", here && *place ? "/" : "", place);
    if (absolute.failed)
        return false;
    const char *directory = text_string(&absolute);
    if (access(directory, X_OK) != 0 && errno == EACCES)
        tell_passed_over(search, directory, strerror(EACCES));
    for (size_t f = 0; f < search->files.count && !located; f++)
        located = locate_in(search, directory, search->files.items[f], ret_file);
    return located;
}

static bool locate_users(const struct search *search, struct heap_file *ret_file)
{
    CLEANUP(string_list_release) struct string_list places = {0};
    const char *named = getenv(users_directories);
    if (!named || !*named)
        return false;
    if (!loader_search_path(named, &places)) {
        string_list_release(&places);
        if (!split_users(named, &places))
            return false;
    }
    bool located = false;
    for (size_t p = 0; p < places.count && !located; p++)
        located = locate_in_users(search, places.items[p], ret_file);
    return located;
}

// ---- the system's directories ----

// Appends the directories that fit the pattern, the last first: with numbered directories, the newest.
static void add_fitting(const char *root, const char *pattern, struct string_list *list)
{
    CLEANUP(text_release) struct text whole = {0};
    text_append_format(&whole, "%s%s", root, pattern);
    glob_t found = {0};
    bool complete = glob(text_string(&whole), 0, NULL, &found) == 0;
    for (size_t i = complete ? found.gl_pathc : 0; i > 0 && complete; i--)
        complete = string_list_add(list, found.gl_pathv[i - 1], NULL) == STATUS_OK;
    globfree(&found);
}

// Appends the directories that the lines of ld.so's configuration name.
static void add_configured(const char *root, struct string_list *list)
{
    CLEANUP(string_list_release) struct string_list files = {0};
    add_fitting(root, "/etc/ld.so.conf.d/*.conf", &files);
    for (size_t i = files.count; i > 0; i--) {
        CLEANUP(text_release) struct text content = {0};
        CLEANUP(string_list_release) struct string_list lines = {0};
        if (file_read(files.items[i - 1], MAX_CONFIGURATION_BYTES, &content, NULL) != STATUS_OK ||
            string_list_split(&lines, text_string(&content), '\n', NULL) != STATUS_OK)
            continue;
        for (size_t l = 0; l < lines.count; l++) {
            CLEANUP(text_release) struct text place = {0};
            text_append_format(&place, "%s%s", root, lines.items[l]);
            if (lines.items[l][0] == '/' && !string_list_contains(list, text_string(&place)) &&
                string_list_add(list, text_string(&place), NULL) != STATUS_OK)
                return;
        }
    }
}

// The best name anywhere comes before the next one.
static bool locate_systems(const struct search *search, const char *root, struct heap_file *ret_file)
{
    CLEANUP(string_list_release) struct string_list places = {0};
    bool located = false;
    for (size_t i = 0; i < COUNT_OF(directories); i++)
        add_fitting(root, directories[i], &places);
    add_configured(root, &places);
    for (size_t f = 0; f < search->files.count && !located; f++)
        for (size_t p = 0; p < places.count && !located; p++)
            located = locate_in(search, places.items[p], search->files.items[f], ret_file);
    return located;
}

bool heap_locate(const struct heap *heap, const char *root, struct heap_file *ret_file,
                 struct text *passed_over)
{
    struct search search = {.heap = heap, .passed_over = passed_over};
    bool located = string_list_split(&search.files, heap->files, ' ', NULL) == STATUS_OK &&
                   (locate_users(&search, ret_file) || locate_systems(&search, root, ret_file));
    string_list_release(&search.files);
    if (located)
        heap_find_version(root, heap->owners, ret_file);
    return located;
}
