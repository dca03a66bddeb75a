#include "base/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// A stream belongs to one thread: the unlocked call saves a lock for each byte.
static void put(FILE *stream, char byte)
{
    putc_unlocked(byte, stream);
}

static void put_bytes(FILE *stream, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        put(stream, bytes[i]);
}

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c != 0x7f && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&';
}

// Control characters as JSON demands; '<' and '&' and '>' so that no text can end a <script> element it is
// put into.
static void write_string(FILE *stream, const char *string)
{
    put(stream, '"');
    for (const char *c = string; *c; c++) {
        if (is_plain((unsigned char)*c))
            put(stream, *c);
        else if (*c == '"' || *c == '\\')
            fprintf(stream, "\\%c", *c);
        else
            fprintf(stream, "\\u%04x", (unsigned char)*c);
    }
    put(stream, '"');
}

static void begin_value(struct json *json, const char *key)
{
    if (json->needs_comma)
        put(json->stream, ',');
    json->needs_comma = true;
    if (key) {
        write_string(json->stream, key);
        put(json->stream, ':');
    }
}

void json_open(struct json *json, const char *key, char bracket)
{
    if (json->needs_comma)
        put_bytes(json->stream, ",\n", 2);
    json->needs_comma = false;
    begin_value(json, key);
    put(json->stream, bracket);
    json->needs_comma = false;
}

void json_close(struct json *json, char bracket)
{
    put(json->stream, bracket);
    json->needs_comma = true;
}

void json_text(struct json *json, const char *key, const char *value)
{
    begin_value(json, key);
    if (value)
        write_string(json->stream, value);
    else
        put_bytes(json->stream, "null", strlen("null"));
}

// Writes the digits of a number and returns how many there are.
static size_t write_digits(char *digits, uint64_t number)
{
    char reversed[24];
    size_t count = 0;
    do {
        reversed[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    for (size_t i = 0; i < count; i++)
        digits[i] = reversed[count - 1 - i];
    return count;
}

// A number of at most two decimals and 15 digits, as most times are: the same as "%.15g", in a tenth of its
// time. 0: it is none.
static size_t format_short(char *digits, double value)
{
    const double hundredths = fabs(value) * 100 + 0.5;
    if (!(hundredths < 1e15) || value == 0)
        return 0;
    uint64_t number = (uint64_t)hundredths;
    if ((double)number / 100 != fabs(value))
        return 0;
    size_t length = 0;
    if (value < 0)
        digits[length++] = '-';
    length += write_digits(digits + length, number / 100);
    if (number % 100 > 0) {
        digits[length++] = '.';
        digits[length++] = (char)('0' + number / 10 % 10);
        if (number % 10 > 0)
            digits[length++] = (char)('0' + number % 10);
    }
    return length;
}

// Into `digits`, which has room for 40; returns their length. What 15 digits can say, 16 can.
static size_t format_shortest(char *digits, double value)
{
    char shorter[40];
    int length = snprintf(digits, sizeof shorter, "%.16g", value);
    if (strtod(digits, NULL) != value)
        return (size_t)snprintf(digits, sizeof shorter, "%.17g", value);
    int shorter_length = snprintf(shorter, sizeof shorter, "%.15g", value);
    if (strtod(shorter, NULL) != value)
        return (size_t)length;
    memcpy(digits, shorter, sizeof shorter);
    return (size_t)shorter_length;
}

// The shortest of 15 to 17 digits that reads back as the same number.
void json_real(struct json *json, const char *key, double value)
{
    begin_value(json, key);
    if (!isfinite(value)) {
        put_bytes(json->stream, "null", strlen("null"));
        return;
    }
    char digits[40];
    size_t length = format_short(digits, value);
    put_bytes(json->stream, digits, length ? length : format_shortest(digits, value));
}

void json_unsigned(struct json *json, const char *key, uint64_t value)
{
    begin_value(json, key);
    char digits[24];
    put_bytes(json->stream, digits, write_digits(digits, value));
}

void json_boolean(struct json *json, const char *key, bool value)
{
    begin_value(json, key);
    const char *word = value ? "true" : "false";
    put_bytes(json->stream, word, strlen(word));
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
