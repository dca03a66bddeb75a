// A heap's library goes first: the first malloc that the dynamic linker finds is the one that is called. What
// the user preloads besides stays.
//
// Nothing that is given is taken to have arrived: secure execution removes variables or ignores them, a
// wrapper may clear them all, and another C library knows no tunables. A worker on preset tunables that
// ignored them would be measured under a wrong name, so it says what it found.
#include "worker_environment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "heaps/heaps.h"
#include "plan/plan.h"
#include "wire/given.h"

extern char **environ;

#ifdef __APPLE__
static const char preload_name[] = "DYLD_INSERT_LIBRARIES=";
static const char search_name[] = "DYLD_LIBRARY_PATH=";
#else
static const char preload_name[] = "LD_PRELOAD=";
static const char search_name[] = "LD_LIBRARY_PATH=";
#endif
static const char padding_name[] = "MEMALLOC_BENCH_PADDING=";
static const char tunables_name[] = "GLIBC_TUNABLES=";

void worker_environment_release(struct worker_environment *environment)
{
    if (!environment)
        return;
    string_list_release(&environment->changes);
    free(environment->variables);
    *environment = (struct worker_environment){0};
}

static bool begins_with(const char *string, const char *beginning)
{
    return strncmp(string, beginning, strlen(beginning)) == 0;
}

// `name` with its '='. "" when the driver's environment does not have it.
static const char *driver_value(const char *name)
{
    for (size_t i = 0; environ[i]; i++)
        if (begins_with(environ[i], name))
            return environ[i] + strlen(name);
    return "";
}

static bool is_changed(const struct string_list *changes, const char *variable)
{
    size_t length = strcspn(variable, "=");
    for (size_t i = 0; i < changes->count; i++)
        if (strncmp(changes->items[i], variable, length) == 0 && changes->items[i][length] == '=')
            return true;
    return false;
}

// Adds NAME=VALUE or NAME=VALUE:REST. False when memory ran out.
static bool set(struct string_list *changes, const char *name, const char *value, const char *rest)
{
    CLEANUP(text_release) struct text change = {0};
    text_append_format(&change, "%s%s%s%s", name, value, *rest ? ":" : "", rest);
    return !change.failed && string_list_add(changes, text_string(&change), NULL) == STATUS_OK;
}

// Whether the variable is set otherwise than it is given, for the sake of the library.
static bool is_search(const struct spawn_environment *wanted, const char *variable)
{
    return wanted->library && heap_needs_search(wanted->library) && begins_with(variable, search_name);
}

// The dynamic linker takes a list that spaces separate: a library in a folder with a space in its name is
// given by its own name, and the folder is the first that is searched.
static bool set_library(const struct spawn_environment *wanted, struct string_list *changes)
{
    const char *library = wanted->library, *folders = driver_value(search_name);
    const char *name = strrchr(library, '/') ? strrchr(library, '/') + 1 : library;
    if (!heap_needs_search(library))
        return set(changes, preload_name, library, driver_value(preload_name));
    for (size_t i = 0; wanted->variables && i < wanted->variables->count; i++)
        if (is_search(wanted, wanted->variables->items[i]))
            folders = wanted->variables->items[i] + strlen(search_name);
    CLEANUP(free_pointer) char *folder = strndup(library, (size_t)(name - library));
    return folder && set(changes, preload_name, name, driver_value(preload_name)) &&
           set(changes, search_name, folder, folders);
}

// Variables that tune the C library's malloc, whoever set them.
static bool tunes_malloc(const char *variable)
{
    return begins_with(variable, tunables_name) ||
           (begins_with(variable, "MALLOC_") && !begins_with(variable, "MALLOC_CONF=")); // that is jemalloc's
}

// A heap's library is proven by its own address; what else is given has to be found again.
static bool add_given(const struct spawn_environment *wanted, struct string_list *changes)
{
    CLEANUP(text_release) struct text list = {0};
    if (wanted->tunables && *wanted->tunables)
        for (size_t i = 0; i < changes->count; i++)
            if (begins_with(changes->items[i], tunables_name))
                given_append(&list, changes->items[i]);
    for (size_t i = 0; wanted->variables && i < wanted->variables->count; i++)
        if (!is_search(wanted, wanted->variables->items[i]))
            given_append(&list, wanted->variables->items[i]);
    for (size_t i = 0; environ[i]; i++)
        if (tunes_malloc(environ[i]) && !is_changed(changes, environ[i]))
            given_append(&list, environ[i]);
    return !list.failed && (!list.length || set(changes, GIVEN_LIST_NAME "=", text_string(&list), ""));
}

static bool make_changes(const struct spawn_environment *wanted, struct string_list *changes)
{
    char padding[ENVIRONMENT_PADDING_BYTES + 1];
    memset(padding, 'x', wanted->padding);
    padding[wanted->padding] = '\0';
    bool complete = set(changes, padding_name, padding, "");
    if (wanted->library && *wanted->library)
        complete = complete && set_library(wanted, changes);
    if (wanted->tunables && *wanted->tunables)
        complete = complete && set(changes, tunables_name, wanted->tunables, "");
    if (wanted->tunables && *wanted->tunables && wanted->tunables_expected && *wanted->tunables_expected)
        complete = complete && set(changes, TUNABLES_EXPECTED_NAME "=", wanted->tunables_expected, "");
    for (size_t i = 0; wanted->variables && i < wanted->variables->count; i++)
        complete = complete && (is_search(wanted, wanted->variables->items[i]) ||
                                string_list_add(changes, wanted->variables->items[i], NULL) == STATUS_OK);
    return complete && add_given(wanted, changes);
}

static bool fill(const struct spawn_environment *wanted, struct worker_environment *made)
{
    if (!make_changes(wanted, &made->changes))
        return false;
    size_t count = 0, kept = 0;
    while (environ[count])
        count++;
    made->variables = calloc(count + made->changes.count + 1, sizeof *made->variables);
    if (!made->variables)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!is_changed(&made->changes, environ[i]) && !begins_with(environ[i], GIVEN_LIST_NAME "=") &&
            !begins_with(environ[i], TUNABLES_EXPECTED_NAME "="))
            made->variables[kept++] = environ[i];
    for (size_t i = 0; i < made->changes.count; i++)
        made->variables[kept++] = made->changes.items[i];
    return true;
}

bool worker_environment_make(const struct spawn_environment *wanted,
                             struct worker_environment *ret_environment)
{
    struct worker_environment made = {0};
    bool complete = fill(wanted, &made);
    if (complete)
        *ret_environment = made;
    else
        worker_environment_release(&made);
    return complete;
}

// ---- what reached the worker ----

// Whether a process of secure execution ignores the variable, even where it is not removed.
static bool is_ignored_securely(const char *variable)
{
    return tunes_malloc(variable) || begins_with(variable, "LD_");
}

// The first variable that the worker had to find again and ignores in secure execution; NULL when none.
static const char *first_ignored(const struct spawn_environment *wanted)
{
    if (wanted->tunables && *wanted->tunables)
        return tunables_name;
    for (size_t i = 0; wanted->variables && i < wanted->variables->count; i++)
        if (is_ignored_securely(wanted->variables->items[i]))
            return wanted->variables->items[i];
    for (size_t i = 0; environ[i]; i++)
        if (tunes_malloc(environ[i]))
            return environ[i];
    return NULL;
}

static bool gives_something(const struct spawn_environment *wanted)
{
    return (wanted->variables && wanted->variables->count > 0) || first_ignored(wanted);
}

bool worker_environment_arrived(const struct spawn_environment *wanted, const struct arrival *arrival,
                                const char *heap_name, char ret_reason[PROCESS_REASON_BYTES])
{
    static const char secure[] = "the worker runs in secure execution (file capabilities, set-user-id or "
                                 "set-group-id), which ignores";
    const bool has_library = wanted->library && *wanted->library;
    const char *ignored = first_ignored(wanted);
    if (arrival->is_secure && has_library)
        snprintf(ret_reason, PROCESS_REASON_BYTES, "heap %.31s: %s preloaded libraries", heap_name, secure);
    else if (arrival->is_secure && ignored)
        snprintf(ret_reason, PROCESS_REASON_BYTES, "heap %.31s: %s %.*s", heap_name, secure,
                 (int)strcspn(ignored, "=") < 60 ? (int)strcspn(ignored, "=") : 60, ignored);
    else if (gives_something(wanted) && !arrival->has_list)
        snprintf(ret_reason, PROCESS_REASON_BYTES,
                 "heap %.31s: the worker did not get the variables that it was started with; does a wrapper "
                 "clear its environment?",
                 heap_name);
    else if (gives_something(wanted) && arrival->changed[0])
        snprintf(ret_reason, PROCESS_REASON_BYTES,
                 "heap %.31s: the worker did not get %s as it was given: something between removes or "
                 "changes it",
                 heap_name, arrival->changed);
    else if (wanted->tunables && *wanted->tunables && !arrival->has_tunables)
        snprintf(ret_reason, PROCESS_REASON_BYTES,
                 "heap %.31s: the worker's C library is not glibc and knows no GLIBC_TUNABLES", heap_name);
    else if (arrival->tunables_ignored)
        snprintf(
            ret_reason, PROCESS_REASON_BYTES,
            "heap %.31s: the worker's C library got GLIBC_TUNABLES, but its own books show other values in "
            "force",
            heap_name);
    else
        return true;
    return false;
}
