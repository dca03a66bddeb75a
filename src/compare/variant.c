#include "compare/private.h"

#include <ctype.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/printable.h"
#include "heaps/heaps.h"

static const char form_remedy[] = "Write NAME=value, heap=NAME or worker=PATH, with spaces between several "
                                  "and '\\ ' for a space inside one.";

void variant_release(struct variant_words *variant)
{
    if (!variant)
        return;
    string_list_release(&variant->variables);
    free(variant->preload);
    free(variant->tunables);
    free(variant->worker);
    *variant = (struct variant_words){0};
}

// Moves past the next word, appended to `ret_word` without its backslashes. False when none is left.
static bool take_word(const char **cursor, struct text *ret_word)
{
    const char *c = *cursor;
    while (*c == ' ' || *c == '\t' || *c == '\n')
        c++;
    bool found = *c;
    for (; *c && *c != ' ' && *c != '\t' && *c != '\n'; c++) {
        if (*c == '\\' && c[1])
            c++;
        text_append_bytes(ret_word, c, 1);
    }
    *cursor = c;
    return found;
}

static enum status refuse(char letter, const char *word, const char *problem, const char *remedy,
                          struct error *error)
{
    CLEANUP(text_release) struct text shown = {0};
    text_append_printable(&shown, word, "");
    return error_set(error, STATUS_USAGE, remedy, "variant %c: '%.100s' %s", letter, text_string(&shown),
                     problem);
}

static bool is_variable(const char *word)
{
    const char *equals = strchr(word, '=');
    if (!equals || equals == word || isdigit((unsigned char)*word))
        return false;
    for (const char *c = word; c < equals; c++)
        if (!isalnum((unsigned char)*c) && *c != '_')
            return false;
    return true;
}

static bool is_set(const struct variant_words *variant, const char *word)
{
    size_t length = strcspn(word, "=") + 1;
    for (size_t i = 0; i < variant->variables.count; i++)
        if (strncmp(variant->variables.items[i], word, length) == 0)
            return true;
    return false;
}

static enum status set_once(char **place, const char *word, const char *value, char letter,
                            struct error *error)
{
    if (*place)
        return refuse(letter, word, "is given twice", "Give it once.", error);
    if (!*value)
        return refuse(letter, word, "has no value", "Give it one, or leave the word out.", error);
    *place = strdup(value);
    return *place ? STATUS_OK : error_set_no_memory(error);
}

static enum status set_heap(struct variant_words *variant, const char *word, char letter, struct error *error)
{
    const char *names[HEAP_COUNT];
    for (size_t i = 0; i < HEAP_COUNT; i++)
        names[i] = heaps[i].name;
    const char *name = strchr(word, '=') + 1;
    const struct heap *heap = heap_find(name);
    if (variant->heap)
        return refuse(letter, word, "is a second heap", "Give one.", error);
    if (heap) {
        variant->heap = heap->name;
        return STATUS_OK;
    }
    const char *nearest = nearest_word(name, names, HEAP_COUNT);
    CLEANUP(text_release) struct text remedy = {0};
    if (nearest)
        text_append_format(&remedy, "Did you mean %s? ", nearest);
    text_append(&remedy, "list --heaps shows all; LD_PRELOAD=/path/library.so takes any other.");
    return refuse(letter, word, "is no heap", text_string(&remedy), error);
}

static enum status set_tunables(struct variant_words *variant, const char *word, char letter,
                                struct error *error)
{
    CLEANUP(string_list_release) struct string_list tunables = {0};
    const char *value = strchr(word, '=') + 1;
    if (strlen(value) >= HEAP_TUNABLES_BYTES)
        return refuse(letter, word, "is too long", "Give fewer tunables.", error);
    enum status status = string_list_split(&tunables, value, ':', error);
    for (size_t i = 0; i < tunables.count && status == STATUS_OK; i++)
        if (!heap_tunable_has_form(tunables.items[i]))
            status = refuse(letter, word, "contains something that is not a tunable",
                            "Write GLIBC_TUNABLES=glibc.malloc.NAME=VALUE, with ':' between several.", error);
    return status == STATUS_OK ? set_once(&variant->tunables, word, value, letter, error) : status;
}

static enum status take(struct variant_words *variant, const char *word, char letter, struct error *error)
{
    if (strncmp(word, "heap=", 5) == 0)
        return set_heap(variant, word, letter, error);
    if (strncmp(word, "worker=", 7) == 0)
        return set_once(&variant->worker, word, word + 7, letter, error);
    if (strncmp(word, "LD_PRELOAD=", 11) == 0)
        return set_once(&variant->preload, word, word + 11, letter, error);
    if (strncmp(word, "GLIBC_TUNABLES=", 15) == 0)
        return set_tunables(variant, word, letter, error);
    if (!is_variable(word))
        return refuse(letter, word, "is not a word of a variant", form_remedy, error);
    if (is_set(variant, word))
        return refuse(letter, word, "is given twice", "Give it once.", error);
    return string_list_add(&variant->variables, word, error);
}

enum status variant_parse(const char *words, char letter, struct variant_words *ret_variant,
                          struct error *error)
{
    CLEANUP(variant_release) struct variant_words variant = {0};
    enum status status = STATUS_OK;
    if (strcmp(words, "-") == 0)
        words = "";
    while (status == STATUS_OK) {
        CLEANUP(text_release) struct text word = {0};
        if (!take_word(&words, &word))
            break;
        status = text_check(&word, error);
        if (status == STATUS_OK)
            status = take(&variant, text_string(&word), letter, error);
    }
    if (status == STATUS_OK && variant.heap && variant.preload)
        status =
            refuse(letter, "heap=", "and LD_PRELOAD= both say which library to preload", "Give one.", error);
    if (status != STATUS_OK)
        return status;
    *ret_variant = variant;
    variant = (struct variant_words){0};
    return STATUS_OK;
}
