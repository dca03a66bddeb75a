#include "base/text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void text_release(struct text *text)
{
    if (!text)
        return;
    free(text->bytes);
    *text = (struct text){0};
}

void text_clear(struct text *text)
{
    text->length = 0;
    text->failed = false;
    if (text->bytes)
        text->bytes[0] = '\0';
}

static bool reserve(struct text *text, size_t more)
{
    if (text->failed || more > SIZE_MAX / 2 - text->length) {
        text->failed = true;
        return false;
    }
    size_t needed = text->length + more + 1;
    if (needed <= text->capacity)
        return true;
    size_t capacity = text->capacity ? text->capacity * 2 : 64;
    while (capacity < needed)
        capacity *= 2;
    char *bytes = realloc(text->bytes, capacity);
    if (!bytes) {
        text->failed = true;
        return false;
    }
    text->bytes = bytes;
    text->capacity = capacity;
    return true;
}

void text_append_bytes(struct text *text, const void *bytes, size_t length)
{
    if (!reserve(text, length))
        return;
    if (length)
        memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
    text->bytes[text->length] = '\0';
}

void text_append(struct text *text, const char *string)
{
    text_append_bytes(text, string, strlen(string));
}

void text_append_arguments(struct text *text, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    if (length < 0 || !reserve(text, (size_t)length)) {
        text->failed = true;
    } else {
        vsnprintf(text->bytes + text->length, (size_t)length + 1, format, again);
        text->length += (size_t)length;
    }
    va_end(again);
}

void text_append_format(struct text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    text_append_arguments(text, format, arguments);
    va_end(arguments);
}

void text_append_shell_word(struct text *text, const char *word)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-/+:@%=,";
    if (*word && !word[strspn(word, plain)]) {
        text_append(text, word);
        return;
    }
    text_append(text, "'");
    for (; *word; word++)
        text_append_bytes(text, *word == '\'' ? "'\\''" : word, *word == '\'' ? 4 : 1);
    text_append(text, "'");
}

const char *text_string(const struct text *text)
{
    return text->bytes ? text->bytes : "";
}

enum status text_check(const struct text *text, struct error *error)
{
    return text->failed ? error_set_no_memory(error) : STATUS_OK;
}

char *text_take(struct text *text)
{
    if (!text->failed && !text->bytes)
        reserve(text, 0);
    if (text->failed || !text->bytes) {
        text_release(text);
        return NULL;
    }
    char *bytes = text->bytes;
    bytes[text->length] = '\0';
    *text = (struct text){0};
    return bytes;
}

void string_list_release(struct string_list *list)
{
    if (!list)
        return;
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    free(list->items);
    *list = (struct string_list){0};
}

static enum status add_bytes(struct string_list *list, const char *bytes, size_t length, struct error *error)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 8;
        char **items = realloc(list->items, capacity * sizeof *items);
        if (!items)
            return error_set_no_memory(error);
        list->items = items;
        list->capacity = capacity;
    }
    char *copy = strndup(bytes, length);
    if (!copy)
        return error_set_no_memory(error);
    list->items[list->count++] = copy;
    return STATUS_OK;
}

enum status string_list_add(struct string_list *list, const char *string, struct error *error)
{
    return add_bytes(list, string, strlen(string), error);
}

enum status string_list_add_all(struct string_list *list, const struct string_list *others,
                                struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < others->count && status == STATUS_OK; i++)
        status = string_list_add(list, others->items[i], error);
    return status;
}

bool string_list_contains(const struct string_list *list, const char *string)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i], string) == 0)
            return true;
    return false;
}

enum status string_list_split(struct string_list *list, const char *string, char separator,
                              struct error *error)
{
    if (!*string)
        return STATUS_OK;
    for (;;) {
        const char *end = strchr(string, separator);
        size_t length = end ? (size_t)(end - string) : strlen(string);
        enum status status = add_bytes(list, string, length, error);
        if (status != STATUS_OK || !end)
            return status;
        string = end + 1;
    }
}

enum { LONGEST_WORD = 63 };

// Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours cost 1 each.
static size_t word_distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t rows[3][LONGEST_WORD + 1];
    size_t *before_last = rows[0], *last = rows[1], *current = rows[2];
    for (size_t j = 0; j <= b_length; j++)
        last[j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        current[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            size_t best = last[j - 1] + (a[i - 1] != b[j - 1]);
            if (last[j] + 1 < best)
                best = last[j] + 1;
            if (current[j - 1] + 1 < best)
                best = current[j - 1] + 1;
            bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped && before_last[j - 2] + 1 < best)
                best = before_last[j - 2] + 1;
            current[j] = best;
        }
        size_t *free_row = before_last;
        before_last = last;
        last = current;
        current = free_row;
    }
    return last[b_length];
}

const char *nearest_word(const char *word, const char *const *candidates, size_t count)
{
    size_t word_length = strlen(word);
    if (word_length > LONGEST_WORD)
        return NULL;
    const char *nearest = NULL;
    size_t nearest_distance = SIZE_MAX;
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(candidates[i]);
        if (length > LONGEST_WORD)
            continue;
        size_t longer = length > word_length ? length : word_length;
        size_t distance = word_distance(word, word_length, candidates[i], length);
        if (distance < nearest_distance && distance * 3 <= longer + 1) {
            nearest = candidates[i];
            nearest_distance = distance;
        }
    }
    return nearest;
}

bool has_word(const char *words, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = strstr(words, word); at; at = strstr(at + 1, word))
        if ((at == words || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
            return true;
    return false;
}
