#include "heaps/heaps.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "private.h"

const struct heap heaps[HEAP_COUNT] = {
#define HEAP(name, files, symbol, owners, package, summary) {name, files, symbol, owners, package, summary},
#include "heaps/heaps.def"
#undef HEAP
};

const struct heap *heap_find(const char *name)
{
    for (size_t i = 0; i < HEAP_COUNT; i++)
        if (strcmp(heaps[i].name, name) == 0)
            return &heaps[i];
    return NULL;
}

static void say_missing(const char *name, char ret_problem[HEAP_PROBLEM_BYTES])
{
    const struct heap *heap = heap_find(name);
    if (heap && *heap->package)
        snprintf(ret_problem, HEAP_PROBLEM_BYTES,
                 "%s is not on this machine; Debian and Ubuntu: apt-get install %s", name, heap->package);
    else
        snprintf(ret_problem, HEAP_PROBLEM_BYTES,
                 "%.40s is not on this machine; built by hand: --heap %.40s=/its/library.so", name, name);
}

// The packages that might hold a file of that name.
static const char *owners_of(const char *path)
{
    const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    for (size_t i = 0; i < HEAP_COUNT; i++) {
        CLEANUP(string_list_release) struct string_list patterns = {0};
        if (string_list_split(&patterns, heaps[i].files, ' ', NULL) != STATUS_OK)
            return "";
        for (size_t p = 0; p < patterns.count; p++)
            if (fnmatch(patterns.items[p], name, 0) == 0)
                return heaps[i].owners;
    }
    return "";
}

bool heap_examine(const char *path, struct heap_file *ret_file, char ret_problem[HEAP_PROBLEM_BYTES])
{
    if (!library_read(path, "malloc", ret_file, ret_problem))
        return false;
    heap_find_version("", owners_of(path), ret_file);
    return true;
}

bool heap_examine_planned(const char *library, struct heap_file *ret_file,
                          char ret_problem[HEAP_PROBLEM_BYTES])
{
    if (library[0] != '?')
        return heap_examine(library, ret_file, ret_problem);
    say_missing(library + 1, ret_problem);
    return false;
}

bool heap_tunable_has_form(const char *word)
{
    static const char prefix[] = "glibc.";
    const char *equals = strchr(word, '=');
    bool fits = strncmp(word, prefix, strlen(prefix)) == 0 && equals && equals[1];
    const char *dot = fits ? strchr(word + strlen(prefix), '.') : NULL;
    fits = fits && dot && dot > word + strlen(prefix) && dot + 1 < equals;
    for (const char *c = word; *c; c++)
        fits = fits && (unsigned char)*c > 0x20 && *c != 0x7f;
    return fits;
}

bool heap_has_tunables(void)
{
#ifdef __GLIBC__
    return true;
#else
    return false;
#endif
}
