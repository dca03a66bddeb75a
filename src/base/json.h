// JSON, appended to a text. Commas are set by themselves; strings are escaped so that they may also stand
// inside HTML. A failed allocation is remembered by the text and reported by text_check().
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/facts.h"
#include "base/text.h"

// Start with {.text = …}, or with {.stream = …} for JSON onto a stream.
struct json {
    struct text *text;
    FILE *stream;
    bool needs_comma;
};

// `key` is NULL inside an array and for the outermost value.
void json_open(struct json *json, const char *key, char bracket);      // '{' or '['
void json_close(struct json *json, char bracket);                      // '}' or ']'
void json_text(struct json *json, const char *key, const char *value); // NULL: null
void json_real(struct json *json, const char *key, double value);      // not finite: null
void json_unsigned(struct json *json, const char *key, uint64_t value);
void json_boolean(struct json *json, const char *key, bool value);
void json_null(struct json *json, const char *key);
void json_reals(struct json *json, const char *key, const double *values, size_t count);
void json_facts(struct json *json, const char *key, const struct facts *facts); // an object

#endif
