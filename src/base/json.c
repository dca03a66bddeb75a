#include "base/json.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// Control characters as JSON demands; '<' and '&' and '>' so that no text can end a <script> element it is
// put into.
static void write_string(FILE *stream, const char *string)
{
    fputc('"', stream);
    for (const unsigned char *c = (const unsigned char *)string; *c; c++) {
        if (*c == '"' || *c == '\\')
            fprintf(stream, "\\%c", *c);
        else if (*c < 0x20 || *c == 0x7f || strchr("<>&", *c))
            fprintf(stream, "\\u%04x", *c);
        else
            fputc(*c, stream);
    }
    fputc('"', stream);
}

static void begin_value(struct json *json, const char *key)
{
    if (json->needs_comma)
        fputc(',', json->stream);
    json->needs_comma = true;
    if (key) {
        write_string(json->stream, key);
        fputc(':', json->stream);
    }
}

void json_open(struct json *json, const char *key, char bracket)
{
    if (json->needs_comma)
        fputs(",\n", json->stream);
    json->needs_comma = false;
    begin_value(json, key);
    fputc(bracket, json->stream);
    json->needs_comma = false;
}

void json_close(struct json *json, char bracket)
{
    fputc(bracket, json->stream);
    json->needs_comma = true;
}

void json_text(struct json *json, const char *key, const char *value)
{
    begin_value(json, key);
    if (value)
        write_string(json->stream, value);
    else
        fputs("null", json->stream);
}

// The shortest of 15 to 17 digits that reads back as the same number.
void json_real(struct json *json, const char *key, double value)
{
    begin_value(json, key);
    if (!isfinite(value)) {
        fputs("null", json->stream);
        return;
    }
    char digits[40];
    for (int precision = 15; precision <= 17; precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, value);
        if (strtod(digits, NULL) == value)
            break;
    }
    fputs(digits, json->stream);
}

void json_unsigned(struct json *json, const char *key, uint64_t value)
{
    begin_value(json, key);
    fprintf(json->stream, "%" PRIu64, value);
}

void json_boolean(struct json *json, const char *key, bool value)
{
    begin_value(json, key);
    fputs(value ? "true" : "false", json->stream);
}

void json_null(struct json *json, const char *key)
{
    json_text(json, key, NULL);
}

void json_reals(struct json *json, const char *key, const double *values, size_t count)
{
    json_open(json, key, '[');
    for (size_t i = 0; i < count; i++)
        json_real(json, NULL, values[i]);
    json_close(json, ']');
}
