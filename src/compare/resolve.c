// The dynamic linker only warns of a library that it cannot preload, and the worker then runs without it: so
// what can be known of the files is looked at first.
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "compare/private.h"
#include "heaps/heaps.h"

static enum status resolve_worker(const char *path, char letter, struct error *error)
{
    static const char remedy[] = "Give the path of a memalloc-bench-worker, with a '/'.";
    struct stat information;
    if (!strchr(path, '/'))
        return error_set(error, STATUS_USAGE, remedy, "variant %c: the worker %.200s is not a path", letter,
                         path);
    if (stat(path, &information) != 0 || access(path, X_OK) != 0)
        return error_set_errno(error, STATUS_USAGE, errno, remedy,
                               "variant %c: the worker %.200s cannot be run", letter, path);
    if (!S_ISREG(information.st_mode))
        return error_set(error, STATUS_USAGE, remedy, "variant %c: the worker %.200s is not a file", letter,
                         path);
    return STATUS_OK;
}

static enum status resolve_named(const char *name, char letter, struct plan_heap *heap, struct error *error)
{
    const struct heap *row = heap_find(name);
    struct heap_file file;
    if (!*row->files) // the C library's own
        return STATUS_OK;
    if (heap_locate(row, "", &file, NULL)) {
        snprintf(heap->library, sizeof heap->library, "%s", file.path);
        return STATUS_OK;
    }
    CLEANUP(text_release) struct text remedy = {0};
    if (*row->package)
        text_append_format(&remedy, "Install it (Debian, Ubuntu: %s), or give", row->package);
    else
        text_append(&remedy, "Give");
    text_append(&remedy, " LD_PRELOAD=/path/library.so.");
    return error_set(error, STATUS_ENVIRONMENT, text_string(&remedy), "variant %c: %s is not on this machine",
                     letter, name);
}

// A list that spaces and colons separate (ld.so(8)).
static enum status check_preloaded(const char *preload, char letter, struct error *error)
{
    for (const char *c = preload; *c;) {
        size_t length = strcspn(c, ": ");
        CLEANUP(free_pointer) char *path = strndup(c, length);
        if (!path)
            return error_set_no_memory(error);
        if (length > 0 && path[0] != '/')
            return error_set(error, STATUS_USAGE, "Give the absolute path.",
                             "variant %c: the library %.200s is not an absolute path", letter, path);
        if (length > 0 && access(path, R_OK) != 0)
            return error_set_errno(error, STATUS_USAGE, errno, "Give the path of a shared library.",
                                   "variant %c: the library %.200s cannot be read", letter, path);
        c += length + (c[length] != '\0');
    }
    return STATUS_OK;
}

enum status variant_resolve(struct variant_words *variant, char letter, struct plan_heap *ret_heap,
                            struct variant *ret_variant, struct error *error)
{
    struct plan_heap heap = {0};
    char problem[HEAP_PROBLEM_BYTES];
    struct heap_file file;
    snprintf(heap.name, sizeof heap.name, "%s", variant->heap ? variant->heap : heaps[0].name);
    enum status status = variant->worker ? resolve_worker(variant->worker, letter, error) : STATUS_OK;
    if (status == STATUS_OK && variant->heap)
        status = resolve_named(variant->heap, letter, &heap, error);
    if (status == STATUS_OK && variant->preload)
        status = check_preloaded(variant->preload, letter, error);
    if (status != STATUS_OK)
        return status;
    if (variant->preload && heap_examine(variant->preload, &file, problem)) {
        const char *slash = strrchr(variant->preload, '/');
        snprintf(heap.name, sizeof heap.name, "%s", slash ? slash + 1 : variant->preload);
        snprintf(heap.library, sizeof heap.library, "%s", variant->preload);
    } else if (variant->preload) {
        CLEANUP(text_release) struct text variable = {0};
        text_append_format(&variable, "LD_PRELOAD=%s", variant->preload);
        status = text_check(&variable, error);
        if (status == STATUS_OK)
            status = string_list_add(&variant->variables, text_string(&variable), error);
        if (status != STATUS_OK)
            return status;
    }
    if (variant->tunables)
        snprintf(heap.tunables, sizeof heap.tunables, "%s", variant->tunables);
    *ret_heap = heap;
    *ret_variant = (struct variant){.variables = &variant->variables, .worker = variant->worker};
    return STATUS_OK;
}

enum status variant_check_tunables(const struct variant_words *variant, char letter, const char *worker,
                                   struct error *error)
{
    struct tunable_problem problem;
    if (!variant->tunables ||
        heap_tunables_are_taken(variant->worker ? variant->worker : worker, variant->tunables, &problem))
        return STATUS_OK;
    return error_set(error, STATUS_USAGE, problem.remedy, "variant %c: %s", letter, problem.what);
}
