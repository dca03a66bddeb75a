// Strings that grow. A failed allocation is remembered in the string and reported once, by text_check(), so
// that single appends need no checks.
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

// Start with {0}. `bytes` is NULL or ends with a zero byte; use text_string() to read it in any case.
struct text {
    char *bytes;
    size_t length;   // without the zero byte
    size_t capacity; // with it
    bool failed;     // memory ran out during an append; the content is then cut
};

void text_release(struct text *text);
void text_clear(struct text *text); // empties it, keeps its memory and forgets a failure

void text_append(struct text *text, const char *string);
void text_append_bytes(struct text *text, const void *bytes, size_t length);
void text_append_format(struct text *text, const char *format, ...) PRINTF_LIKE(2, 3);
void text_append_arguments(struct text *text, const char *format, va_list arguments) PRINTF_LIKE(2, 0);

// Appends one word as a shell takes it: in quotes where it has to be.
void text_append_shell_word(struct text *text, const char *word);

// The content as a C string, "" when empty. Owned by `text`, valid until its next change.
const char *text_string(const struct text *text);

// STATUS_NO_MEMORY if any append since the last clear failed.
MUST_CHECK enum status text_check(const struct text *text, struct error *error);

// Gives the string away (the caller frees it) and leaves `text` empty; NULL if an append failed.
char *text_take(struct text *text);

// A list of owned strings. Start with {0}.
struct string_list {
    char **items;
    size_t count;
    size_t capacity;
};

void string_list_release(struct string_list *list);
MUST_CHECK enum status string_list_add(struct string_list *list, const char *string, struct error *error);
MUST_CHECK enum status string_list_add_all(struct string_list *list, const struct string_list *others,
                                           struct error *error);
bool string_list_contains(const struct string_list *list, const char *string);

// Splits at `separator`, appends the parts (empty ones too) to `list`. "" gives no part.
MUST_CHECK enum status string_list_split(struct string_list *list, const char *string, char separator,
                                         struct error *error);

// Whether `word` is one of `words`, which spaces separate.
bool has_word(const char *words, const char *word);

// The Damerau–Levenshtein-nearest of `count` candidates to a mistyped `word`, or NULL when none is near
// enough to suggest (more than a third of the word's letters would have to change). Damerau, CACM 7(3), 1964.
const char *nearest_word(const char *word, const char *const *candidates, size_t count);

#endif
