#include "heaps/heaps.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "os/os.h"
#include "private.h"

const struct heap heaps[HEAP_COUNT] = {
#define HEAP(name, files, symbol, owners, package, summary) {name, files, symbol, owners, package, summary},
#include "heaps/heaps.def"
#undef HEAP
};

const struct heap_variant heap_variants[HEAP_VARIANT_COUNT] = {
#define HEAP_VARIANT(name, tunables, summary) {name, tunables, summary},
#include "heaps/variants.def"
#undef HEAP_VARIANT
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

void heap_passed_over(const char *library, struct text *passed_over)
{
    bool told = false;
    for (size_t i = 1; i < HEAP_COUNT && !told; i++) { // the first is the C library's
        CLEANUP(text_release) struct text lines = {0};
        struct heap_file file;
        if (library[0] == '?' && strcmp(library + 1, heaps[i].name) != 0)
            continue;
        bool located = heap_locate(&heaps[i], "", &file, &lines);
        told = library[0] == '?' ? !located : located && strcmp(file.path, library) == 0;
        if (told)
            text_append(passed_over, text_string(&lines));
    }
}

bool heap_has_tunables(void)
{
    return os_has_tunables();
}
