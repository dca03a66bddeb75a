// The witness is the first that is preloaded, so that the heap's own constructors have run when it reports.
// It has no malloc: the heap's is the first one that the dynamic linker finds. What the user preloads besides
// stays, behind both.
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "heaps/heaps.h"
#include "private.h"

extern char **environ;

#ifdef __APPLE__
static const char preload_name[] = "DYLD_INSERT_LIBRARIES";
static const char search_name[] = "DYLD_LIBRARY_PATH";
#else
static const char preload_name[] = "LD_PRELOAD";
static const char search_name[] = "LD_LIBRARY_PATH";
#endif
static const char padding_name[] = "MEMALLOC_BENCH_PADDING";
static const char tunables_name[] = "GLIBC_TUNABLES";

static bool is_named(const char *variable, const char *name)
{
    size_t length = strlen(name);
    return strncmp(variable, name, length) == 0 && variable[length] == '=';
}

static bool same_name(const char *variable, const char *other)
{
    size_t length = strcspn(variable, "=");
    return strncmp(variable, other, length) == 0 && other[length] == '=';
}

// The value that the command would have without what is preloaded: of the request, or the caller's; "" when
// neither has one.
static const char *value_before(const struct launch_request *request, const char *name)
{
    for (size_t i = 0; request->variables && i < request->variables->count; i++)
        if (is_named(request->variables->items[i], name))
            return request->variables->items[i] + strlen(name) + 1;
    for (size_t i = 0; environ[i]; i++)
        if (is_named(environ[i], name))
            return environ[i] + strlen(name) + 1;
    return "";
}

static enum status add(struct string_list *changes, const char *name, const char *value, struct error *error)
{
    CLEANUP(text_release) struct text variable = {0};
    text_append_format(&variable, "%s=%s", name, value);
    enum status status = text_check(&variable, error);
    return status == STATUS_OK ? string_list_add(changes, text_string(&variable), error) : status;
}

// A library in a folder with a space in its name is given by its own name, and the folder is searched.
static void append_library(const char *path, struct text *preloaded, struct text *folders)
{
    const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    bool is_searched = heap_needs_search(path);
    text_append_format(preloaded, "%s%s", preloaded->length ? ":" : "", is_searched ? name : path);
    if (is_searched)
        text_append_format(folders, "%s%.*s", folders->length ? ":" : "", (int)(name - path), path);
}

static enum status check_library(const char *path, struct error *error)
{
    char problem[HEAP_PROBLEM_BYTES];
    if (heap_path_fits(path, problem))
        return STATUS_OK;
    return error_set(error, STATUS_ENVIRONMENT, NULL, "%.300s cannot be preloaded: %s", path, problem);
}

static enum status add_libraries(const struct launch_request *request, struct string_list *changes,
                                 struct error *error)
{
    CLEANUP(text_release) struct text preloaded = {0}, folders = {0};
    const char *library = request->library ? request->library : "",
               *before = value_before(request, preload_name);
    const char *searched = value_before(request, search_name);
    enum status status = check_library(request->tools->witness, error);
    if (status == STATUS_OK && *library)
        status = check_library(library, error);
    if (status != STATUS_OK)
        return status;
    append_library(request->tools->witness, &preloaded, &folders);
    if (*library)
        append_library(library, &preloaded, &folders);
    if (*before)
        text_append_format(&preloaded, ":%s", before);
    if (folders.length && *searched)
        text_append_format(&folders, ":%s", searched);
    status = add(changes, preload_name, text_string(&preloaded), error);
    if (status == STATUS_OK && folders.length)
        status = add(changes, search_name, text_string(&folders), error);
    return preloaded.failed || folders.failed ? error_set_no_memory(error) : status;
}

static bool is_set(const struct string_list *list, const char *variable)
{
    for (size_t i = 0; i < list->count; i++)
        if (same_name(variable, list->items[i]))
            return true;
    return false;
}

enum status environment_make(const struct launch_request *request, struct string_list *ret_environment,
                             struct error *error)
{
    CLEANUP(string_list_release) struct string_list made = {0};
    char padding[LAUNCH_MAX_PADDING + 1];
    const uint32_t length = request->padding < LAUNCH_MAX_PADDING ? request->padding : LAUNCH_MAX_PADDING;
    memset(padding, 'x', length);
    padding[length] = '\0';
    enum status status = add_libraries(request, &made, error);
    if (status == STATUS_OK)
        status = add(&made, padding_name, padding, error);
    if (status == STATUS_OK && request->tunables && *request->tunables)
        status = add(&made, tunables_name, request->tunables, error);
    for (size_t i = 0; status == STATUS_OK && request->variables && i < request->variables->count; i++)
        if (!is_set(&made, request->variables->items[i]))
            status = string_list_add(&made, request->variables->items[i], error);
    for (size_t i = 0; status == STATUS_OK && environ[i]; i++)
        if (!is_set(&made, environ[i]) && !is_named(environ[i], WITNESS_FILE_NAME))
            status = string_list_add(&made, environ[i], error);
    if (status != STATUS_OK)
        return status;
    *ret_environment = made;
    made = (struct string_list){0};
    return STATUS_OK;
}
