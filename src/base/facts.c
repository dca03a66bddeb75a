#include "base/facts.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/printable.h"
#include "base/text.h"

void facts_release(struct facts *facts)
{
    if (!facts)
        return;
    for (size_t i = 0; i < facts->count; i++) {
        free(facts->items[i].key);
        free(facts->items[i].value);
    }
    free(facts->items);
    *facts = (struct facts){0};
}

static char *clean_copy(const char *value)
{
    CLEANUP(text_release) struct text copy = {0};
    text_append_printable(&copy, value, "\n");
    return text_take(&copy);
}

static struct fact *find(const struct facts *facts, const char *key)
{
    for (size_t i = 0; i < facts->count; i++)
        if (strcmp(facts->items[i].key, key) == 0)
            return &facts->items[i];
    return NULL;
}

static struct fact *add(struct facts *facts, const char *key)
{
    if (facts->count == facts->capacity) {
        size_t capacity = facts->capacity ? facts->capacity * 2 : 64;
        struct fact *items = realloc(facts->items, capacity * sizeof *items);
        if (!items)
            return NULL;
        facts->items = items;
        facts->capacity = capacity;
    }
    char *copy = strdup(key);
    if (!copy)
        return NULL;
    facts->items[facts->count] = (struct fact){.key = copy};
    return &facts->items[facts->count++];
}

void facts_set(struct facts *facts, const char *key, const char *value)
{
    if (!value || !*value)
        return;
    char *copy = clean_copy(value);
    if (!copy) {
        facts->failed = 1;
        return;
    }
    struct fact *fact = find(facts, key);
    if (!fact)
        fact = add(facts, key);
    if (!fact) {
        free(copy);
        facts->failed = 1;
        return;
    }
    free(fact->value);
    fact->value = copy;
}

void facts_set_format(struct facts *facts, const char *key, const char *format, ...)
{
    CLEANUP(text_release) struct text value = {0};
    va_list arguments;
    va_start(arguments, format);
    text_append_arguments(&value, format, arguments);
    va_end(arguments);
    if (value.failed)
        facts->failed = 1;
    else
        facts_set(facts, key, text_string(&value));
}

const char *facts_get(const struct facts *facts, const char *key)
{
    const struct fact *fact = find(facts, key);
    return fact ? fact->value : NULL;
}

void facts_remove(struct facts *facts, const char *start)
{
    size_t kept = 0;
    for (size_t i = 0; i < facts->count; i++) {
        if (strncmp(facts->items[i].key, start, strlen(start)) != 0) {
            facts->items[kept++] = facts->items[i];
            continue;
        }
        free(facts->items[i].key);
        free(facts->items[i].value);
    }
    facts->count = kept;
}

enum status facts_check(const struct facts *facts, struct error *error)
{
    return facts->failed ? error_set_no_memory(error) : STATUS_OK;
}
