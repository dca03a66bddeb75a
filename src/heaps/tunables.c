// glibc ignores a tunable that it does not know and a value that it cannot read or that is out of range: a
// slip would measure no change under the name of one. So the dynamic linker that will start the worker lists
// its tunables with these set, and each must show the value that was requested.
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "private.h"

// What malloc itself ignores without a word although the dynamic linker takes it: malloc/malloc.c of glibc,
// the functions do_set_…. `before` is the first version, as 100 × major + minor, without the limit; 0: none.
static const struct {
    const char *name;
    uint64_t largest;
    int before;
} limits_of_malloc[] = {
    {"glibc.malloc.tcache_count", 65535, 0},
    {"glibc.malloc.tcache_max", 1032, 242},
    {"glibc.malloc.mxfast", 160, 0},
};

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

// ---- what the dynamic linker lists ----

struct listed {
    bool is_number;
    bool is_signed; // the limits are of a signed type
    uint64_t value, least, most;
};

// "0x7 (min: 0x0, max: 0xffffffffffffffff)"; anything else is no number.
static struct listed parse_listed(const char *text)
{
    struct listed listed = {0};
    char *end;
    listed.value = strtoull(text, &end, 0);
    if (end == text || strncmp(end, " (min: ", 7) != 0)
        return listed;
    listed.is_signed = end[7] == '-';
    listed.least = strtoull(end + 7, &end, 0);
    if (strncmp(end, ", max: ", 7) != 0)
        return listed;
    listed.most = strtoull(end + 7, &end, 0);
    listed.is_number = *end == ')';
    return listed;
}

// The rest of the line behind "NAME:", for the tunable that "NAME=VALUE" sets, and the line's number; NULL
// when there is no such line.
static const char *find_listed(const struct string_list *lines, const char *word, size_t *ret_number)
{
    size_t length = strcspn(word, "=");
    for (size_t i = 0; i < lines->count; i++) {
        const char *line = lines->items[i];
        if (strncmp(line, word, length) != 0 || line[length] != ':')
            continue;
        *ret_number = i;
        return line + length + 1 + strspn(line + length + 1, " ");
    }
    return NULL;
}

// The lines of the dynamic linker's list with the tunables set. False where it cannot be asked.
static bool list_with(const char *loader, const char *tunables, struct string_list *ret_lines)
{
    CLEANUP(text_release) struct text variable = {0}, answer = {0};
    text_append_format(&variable, "GLIBC_TUNABLES=%s", tunables);
    const struct loader_question question = {.option = "--list-tunables",
                                             .variables = {text_string(&variable)}};
    return !variable.failed && loader_ask(loader, &question, &answer) &&
           strstr(text_string(&answer), "glibc.malloc.") &&
           string_list_split(ret_lines, text_string(&answer), '\n', NULL) == STATUS_OK;
}

// ---- one tunable ----

static bool refuse(struct tunable_problem *problem, const char *word, const char *what, const char *remedy)
{
    snprintf(problem->what, sizeof problem->what, "'%.80s' %s", word, what);
    snprintf(problem->remedy, sizeof problem->remedy, "%s", remedy);
    return false;
}

static bool refuse_name(struct tunable_problem *problem, const char *word, const struct string_list *lines)
{
    CLEANUP(free_pointer) const char **names = calloc(lines->count + 1, sizeof *names);
    CLEANUP(string_list_release) struct string_list copies = {0};
    CLEANUP(free_pointer) char *name = strndup(word, strcspn(word, "="));
    size_t count = 0;
    for (size_t i = 0; names && i < lines->count; i++) {
        CLEANUP(free_pointer) char *copy = strndup(lines->items[i], strcspn(lines->items[i], ":"));
        if (copy && string_list_add(&copies, copy, NULL) == STATUS_OK)
            names[count] = copies.items[count], count++;
    }
    const char *nearest = name && names ? nearest_word(name, names, count) : NULL;
    char remedy[HEAP_PROBLEM_BYTES];
    snprintf(remedy, sizeof remedy, "%s%s%s'ld.so --list-tunables' shows all.",
             nearest ? "Did you mean " : "", nearest ? nearest : "", nearest ? "? " : "");
    return refuse(problem, word, "is not a tunable of this C library", remedy);
}

// As glibc reads it: decimal, hexadecimal with 0x or octal with 0. False when it is not one number.
static bool parse_value(const char *text, uint64_t *ret_value)
{
    char *end;
    if (!isdigit((unsigned char)*text))
        return false;
    errno = 0;
    *ret_value = strtoull(text, &end, 0);
    return *end == '\0' && errno == 0;
}

static uint64_t limit_of_malloc(const char *word, int version)
{
    size_t length = strcspn(word, "=");
    for (size_t i = 0; i < COUNT_OF(limits_of_malloc); i++)
        if (strncmp(limits_of_malloc[i].name, word, length) == 0 && !limits_of_malloc[i].name[length] &&
            (limits_of_malloc[i].before == 0 || version < limits_of_malloc[i].before))
            return limits_of_malloc[i].largest;
    return UINT64_MAX;
}

static bool check_one(const char *word, const struct string_list *lines, int version,
                      struct tunable_problem *problem)
{
    const char *equals = strchr(word, '=');
    size_t number = 0;
    const char *text = find_listed(lines, word, &number);
    if (!text)
        return refuse_name(problem, word, lines);
    const struct listed listed = parse_listed(text);
    uint64_t value, most = limit_of_malloc(word, version);
    if (!listed.is_number || listed.is_signed)
        return true; // a word, which the list does not show on every system
    if (!parse_value(equals + 1, &value))
        return refuse(problem, word, "has a value that is not a number, or is too large",
                      "Write a number: decimal, hexadecimal as 0x20, octal as 040.");
    most = listed.most < most ? listed.most : most;
    char range[64];
    snprintf(range, sizeof range, "Give it %" PRIu64 " to %" PRIu64 ".", listed.least, most);
    if (value < listed.least || value > most)
        return refuse(problem, word, "is out of range, and would be ignored", range);
    if (value != listed.value &&
        strncmp(word, "glibc.malloc.", strlen("glibc.malloc.")) == 0) // others are rounded
        return refuse(problem, word, "is not taken by this C library", range);
    return true;
}

// "2.36" → 236, of the dynamic linker's diagnostics; 0 when it does not tell.
static int version_of(const char *loader)
{
    CLEANUP(text_release) struct text answer = {0};
    static const char key[] = "version.version=\"";
    int major = 0, minor = 0;
    if (!loader_ask(loader, &(struct loader_question){.option = "--list-diagnostics"}, &answer))
        return 0;
    const char *found = strstr(text_string(&answer), key);
    char *end = NULL;
    if (found)
        major = (int)strtol(found + strlen(key), &end, 10);
    if (end && *end == '.')
        minor = (int)strtol(end + 1, NULL, 10);
    return major * 100 + minor;
}

static bool is_repeated(const struct string_list *words, size_t which)
{
    size_t length = strcspn(words->items[which], "=") + 1;
    for (size_t i = 0; i < which; i++)
        if (strncmp(words->items[i], words->items[which], length) == 0)
            return true;
    return false;
}

bool heap_tunables_are_taken(const char *worker, const char *tunables, struct tunable_problem *ret_problem)
{
    char loader[HEAP_FILE_BYTES];
    CLEANUP(string_list_release) struct string_list words = {0}, lines = {0};
    if (string_list_split(&words, tunables, ':', NULL) != STATUS_OK)
        return true;
    for (size_t i = 0; i < words.count; i++)
        if (is_repeated(&words, i))
            return refuse(ret_problem, words.items[i], "is a tunable that is given twice", "Give it once.");
    if (!loader_of(worker, loader) || !list_with(loader, tunables, &lines))
        return true;
    const int version = version_of(loader);
    for (size_t i = 0; i < words.count; i++)
        if (heap_tunable_has_form(words.items[i]) && !check_one(words.items[i], &lines, version, ret_problem))
            return false;
    return true;
}

void heap_tunables_expect(const char *worker, const char *tunables, struct text *ret_expected)
{
    char loader[HEAP_FILE_BYTES];
    CLEANUP(string_list_release) struct string_list words = {0}, lines = {0};
    if (!loader_of(worker, loader) || strchr(loader, ' ') || !list_with(loader, tunables, &lines) ||
        string_list_split(&words, tunables, ':', NULL) != STATUS_OK)
        return;
    text_append(ret_expected, loader);
    for (size_t i = 0; i < words.count; i++) {
        size_t number = 0;
        const char *text = find_listed(&lines, words.items[i], &number);
        const struct listed listed = parse_listed(text ? text : "");
        if (listed.is_number && !listed.is_signed)
            text_append_format(ret_expected, " %zu=%" PRIu64, number, listed.value);
    }
}
