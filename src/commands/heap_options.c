#include "commands/private.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/printable.h"
#include "command_line/parse.h"
#include "heaps/heaps.h"

static const char form_remedy[] =
    "Write --heap NAME=/path/library.so, NAME=jemalloc or NAME=system,glibc.malloc.TUNABLE=VALUE.";

static enum status add_heap(struct plan_request *request, const struct plan_heap *heap, struct error *error)
{
    for (uint32_t i = 0; i < request->heap_count; i++)
        if (strcmp(request->heaps[i].name, heap->name) == 0)
            return error_set(error, STATUS_USAGE, "Give each heap a name of its own: it is in the results.",
                             "two heaps are called '%s'", heap->name);
    if (request->heap_count == MAX_HEAPS)
        return error_set(error, STATUS_USAGE, "Measure them in separate runs.",
                         "at most %d heaps fit one run", MAX_HEAPS);
    request->heaps[request->heap_count++] = *heap;
    return STATUS_OK;
}

// The library of a row of heaps.def, or "?NAME" when this machine has none.
static void set_library(struct plan_heap *heap, const struct heap *row)
{
    struct heap_file file;
    if (!*row->files)
        return;
    if (heap_locate(row, "", &file, NULL))
        snprintf(heap->library, sizeof heap->library, "%s", file.path);
    else
        snprintf(heap->library, sizeof heap->library, "?%s", row->name);
}

static enum status add_chosen(const struct option_value *chosen, struct plan_request *request,
                              struct error *error)
{
    bool installed = chosen->chosen >> HEAPS_INSTALLED_BIT & 1;
    enum status status = STATUS_OK;
    for (size_t i = 0; i < HEAPS_INSTALLED_BIT && status == STATUS_OK; i++) {
        bool named = chosen->chosen >> i & 1, is_variant = i >= HEAP_COUNT;
        struct plan_heap heap = {0};
        snprintf(heap.name, sizeof heap.name, "%s", heap_choices.name(i));
        if (!named && (!installed || is_variant))
            continue;
        if (is_variant)
            snprintf(heap.tunables, sizeof heap.tunables, "%s", heap_variants[i - HEAP_COUNT].tunables);
        else
            set_library(&heap, &heaps[i]);
        if (named || heap.library[0] != '?')
            status = add_heap(request, &heap, error);
    }
    return status;
}

static bool is_variant_name(const char *name)
{
    for (size_t i = 0; i < HEAP_VARIANT_COUNT; i++)
        if (strcmp(heap_variants[i].name, name) == 0)
            return true;
    return false;
}

static enum status check_name(const char *name, struct error *error)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-:";
    static const char remedy[] =
        "Use 1 to 31 letters, digits, '.', '_', '-' or ':', beginning with a letter or digit.";
    if (!*name || strlen(name) >= HEAP_NAME_BYTES || name[strspn(name, allowed)] || strchr("._-:", name[0]))
        return error_set(error, STATUS_USAGE, remedy, "--heap: a heap cannot be called '%s'",
                         show_word(name).text);
    if (strcmp(name, heaps[0].name) == 0 || is_variant_name(name))
        return error_set(error, STATUS_USAGE, "Choose another name.", "--heap: '%s' is the C library's own",
                         name);
    return STATUS_OK;
}

static enum status check_tunables(const char *tunables, struct error *error)
{
    CLEANUP(string_list_release) struct string_list parts = {0};
    enum status status = string_list_split(&parts, tunables, ':', error);
    for (size_t i = 0; i < parts.count && status == STATUS_OK; i++)
        if (!heap_tunable_has_form(parts.items[i]))
            status = error_set(error, STATUS_USAGE,
                               "Write glibc.malloc.NAME=VALUE, with ':' between several; see GLIBC_TUNABLES "
                               "in glibc's manual.",
                               "--heap: '%s' is not a tunable", show_word(parts.items[i]).text);
    if (status == STATUS_OK && (!parts.count || strlen(tunables) >= HEAP_TUNABLES_BYTES))
        status = error_set(error, STATUS_USAGE, form_remedy, "--heap: the tunables are empty or too long");
    return status;
}

// The path from the root on, whether there is such a file or not. Links stay: they are how a path that the
// dynamic linker cannot be given is named otherwise.
static enum status set_path(struct plan_heap *heap, const char *path, struct error *error)
{
    char directory[PATH_MAX] = "";
    bool relative = path[0] != '/';
    if (relative && !getcwd(directory, sizeof directory))
        return error_set(error, STATUS_USAGE, "Give the absolute path.",
                         "--heap: the current directory is gone");
    int length =
        snprintf(heap->library, sizeof heap->library, "%s%s%s", directory, relative ? "/" : "", path);
    if (length < 0 || (size_t)length >= sizeof heap->library)
        return error_set(error, STATUS_USAGE, "Name a link with a shorter path.",
                         "--heap: the path of %s is too long", heap->name);
    char problem[HEAP_PROBLEM_BYTES];
    if (!heap_path_fits(heap->library, problem))
        return error_set(error, STATUS_USAGE,
                         "Name a link to it, of fewer than 256 letters, without ':', '$' and control "
                         "characters and without a space in the file's name.",
                         "--heap: '%s' cannot be given to the dynamic linker", show_word(heap->library).text);
    return STATUS_OK;
}

static enum status unknown_heap(const char *word, struct error *error)
{
    const char *names[HEAP_COUNT];
    for (size_t i = 0; i < HEAP_COUNT; i++)
        names[i] = heaps[i].name;
    const char *nearest = nearest_word(word, names, HEAP_COUNT);
    CLEANUP(text_release) struct text remedy = {0};
    if (nearest)
        text_append_format(&remedy, "Did you mean %s? ", nearest);
    text_append(&remedy, "Give a path with a '/', or one of ");
    for (size_t i = 0; i < HEAP_COUNT; i++)
        text_append_format(&remedy, "%s%s", i ? ", " : "", names[i]);
    text_append(&remedy, ".");
    return error_set(error, STATUS_USAGE, text_string(&remedy), "--heap: there is no heap '%s'",
                     show_word(word).text);
}

// What stands behind "NAME=".
static enum status set_source(struct plan_heap *heap, const char *source, struct error *error)
{
    if (strchr(source, '/'))
        return set_path(heap, source, error);
    const char *comma = strchr(source, ',');
    CLEANUP(free_pointer) char *word = strndup(source, comma ? (size_t)(comma - source) : strlen(source));
    if (!word)
        return error_set_no_memory(error);
    const struct heap *row = heap_find(word);
    if (!row)
        return unknown_heap(word, error);
    if (comma && *row->files)
        return error_set(error, STATUS_USAGE, form_remedy,
                         "--heap: tunables are for the system's malloc, not for %s", word);
    if (!comma && !*row->files)
        return error_set(error, STATUS_USAGE, form_remedy,
                         "--heap: %s without tunables is the same as the heap system", heap->name);
    set_library(heap, row);
    if (!comma)
        return STATUS_OK;
    enum status status = check_tunables(comma + 1, error);
    if (status == STATUS_OK)
        snprintf(heap->tunables, sizeof heap->tunables, "%s", comma + 1);
    return status;
}

static enum status add_named(const char *value, struct plan_request *request, struct error *error)
{
    const char *equals = strchr(value, '=');
    if (!equals || !equals[1])
        return error_set(error, STATUS_USAGE, form_remedy, "--heap '%s' does not say what the heap is",
                         show_word(value).text);
    CLEANUP(free_pointer) char *name = strndup(value, (size_t)(equals - value));
    if (!name)
        return error_set_no_memory(error);
    struct plan_heap heap = {0};
    enum status status = check_name(name, error);
    if (status == STATUS_OK) {
        snprintf(heap.name, sizeof heap.name, "%s", name);
        status = set_source(&heap, equals + 1, error);
    }
    return status == STATUS_OK ? add_heap(request, &heap, error) : status;
}

enum status heap_options_apply(const struct option_value *chosen, const struct option_value *named,
                               struct plan_request *request, struct error *error)
{
    memset(request->heaps, 0, sizeof request->heaps);
    request->heap_count = 0;
    enum status status = add_chosen(chosen, request, error);
    for (size_t i = 0; i < named->names.count && status == STATUS_OK; i++)
        status = add_named(named->names.items[i], request, error);
    return status;
}

// ---- what is known beforehand ----

// As the runner will see it. False with the reason, which does not repeat the library's path.
static bool is_usable(const struct plan_heap *heap, char ret_problem[HEAP_PROBLEM_BYTES])
{
    struct heap_file file;
    char problem[HEAP_PROBLEM_BYTES];
    if (*heap->tunables && !heap_has_tunables()) {
        snprintf(ret_problem, HEAP_PROBLEM_BYTES, "GLIBC_TUNABLES mean nothing to this C library");
        return false;
    }
    if (!*heap->library || heap_examine_planned(heap->library, &file, problem))
        return true;
    size_t length = strlen(heap->library);
    bool repeats = strncmp(problem, heap->library, length) == 0 && strncmp(problem + length, ": ", 2) == 0;
    snprintf(ret_problem, HEAP_PROBLEM_BYTES, "%s", repeats ? problem + length + 2 : problem);
    return false;
}

static void append_problem(struct text *text, const struct plan_heap *heap, const char *problem)
{
    text_append_format(text, "heap %s", heap->name);
    if (*heap->library && *heap->library != '?')
        text_append_format(text, " (%s)", heap->library);
    text_append_format(text, " cannot be used: %s", problem);
}

enum status heap_options_check_usable(const struct plan_request *request, struct error *error)
{
    CLEANUP(text_release) struct text problems = {0};
    char problem[HEAP_PROBLEM_BYTES];
    for (uint32_t i = 0; i < request->heap_count; i++) {
        if (is_usable(&request->heaps[i], problem))
            return STATUS_OK;
        text_append(&problems, i ? "; " : "");
        append_problem(&problems, &request->heaps[i], problem);
    }
    return error_set(error, STATUS_USAGE,
                     "Name another heap, or add system with --heaps; memalloc-bench list --heaps shows "
                     "which are here.",
                     "%s", text_string(&problems));
}

enum status heap_options_check_tunables(const struct plan_request *request, const char *worker,
                                        struct error *error)
{
    struct tunable_problem problem;
    for (uint32_t i = 0; i < request->heap_count; i++) {
        const char *tunables = request->heaps[i].tunables;
        if (*tunables && strcmp(request->heaps[i].name, HEAP_PINNED_NAME) != 0 &&
            !heap_tunables_are_taken(worker, tunables, &problem))
            return error_set(error, STATUS_USAGE, problem.remedy, "--heap %s: %s", request->heaps[i].name,
                             problem.what);
    }
    // The C library ignores what it does not know, and the user would believe that it was measured.
    const char *inherited = getenv("GLIBC_TUNABLES");
    if (inherited && *inherited && !heap_tunables_are_taken(worker, inherited, &problem))
        return error_set(error, STATUS_USAGE, problem.remedy, "GLIBC_TUNABLES in the environment: %s",
                         problem.what);
    return STATUS_OK;
}

bool heap_problem_append(struct text *text, const struct plan *plan, uint32_t heap)
{
    char problem[HEAP_PROBLEM_BYTES];
    if (is_usable(&plan->request.heaps[heap], problem))
        return false;
    size_t cells = 0;
    for (size_t i = 0; i < plan->count; i++) {
        const struct planned_process *process = &plan->processes[i];
        cells += process->replicate == 0 && process->cell.heap == heap &&
                 strategies[process->cell.strategy].memory == STRATEGY_MEMORY_HEAP;
    }
    append_problem(text, &plan->request.heaps[heap], problem);
    text_append_format(text, "; its %zu cell%s will fail", cells, cells == 1 ? "" : "s");
    return true;
}

bool heap_passed_over_append(struct text *text, const struct plan *plan, uint32_t heap)
{
    const struct plan_heap *planned = &plan->request.heaps[heap];
    CLEANUP(text_release) struct text lines = {0};
    CLEANUP(string_list_release) struct string_list files = {0};
    if (*planned->library)
        heap_passed_over(planned->library, &lines);
    if (string_list_split(&files, text_string(&lines), '\n', NULL) != STATUS_OK || files.count == 0)
        return false;
    text_append_format(text, "heap %s: passed over was ", planned->name);
    for (size_t i = 0; i < files.count; i++)
        text_append_format(text, "%s%s", i ? "; " : "", files.items[i]);
    return true;
}
