#include "heap_under_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

bool heap_under_test_find(const char *name, struct heap_under_test *ret_heap)
{
    struct heap_under_test found = {.name = name, .tunables = ""};
    struct heap_file file;
    char missing[HEAP_FILE_BYTES], problem[HEAP_PROBLEM_BYTES];
    *ret_heap = found;
    if (strcmp(name, HEAP_PINNED_NAME) == 0) {
        ret_heap->tunables = HEAP_PINNED_TUNABLES;
        if (!heap_has_tunables())
            printf("skipped: this C library's malloc has no tunables\n");
        return heap_has_tunables();
    }
    const struct heap *heap = heap_find(name);
    if (!heap) {
        fprintf(stderr, "%s is no heap of the table\n", name);
        exit(1);
    }
    if (heap == &heaps[0])
        return true;
    snprintf(missing, sizeof missing, "?%s", name);
    if (heap_locate(heap, "", &file, NULL)) {
        snprintf(ret_heap->library, sizeof ret_heap->library, "%s", file.path);
        return true;
    }
    if (!heap_examine_planned(missing, &file, problem))
        printf("skipped: %s\n", problem);
    return false;
}

bool same_file(const char *one, const char *other)
{
    struct stat a, b;
    return stat(one, &a) == 0 && stat(other, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}
