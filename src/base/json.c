#include "base/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void put_bytes(struct json *json, const char *bytes, size_t length)
{
    if (json->text)
        text_append_bytes(json->text, bytes, length);
    else
        (void)fwrite(bytes, 1, length, json->stream);
}

static void put(struct json *json, char byte)
{
    put_bytes(json, &byte, 1);
}

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c != 0x7f && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&';
}

// Control characters as JSON demands; '<' and '&' and '>' so that no text can end a <script> element it is
// put into.
static void write_string(struct json *json, const char *string)
{
    put(json, '"');
    for (const char *c = string; *c;) {
        size_t plain = 0;
        while (is_plain((unsigned char)c[plain]))
            plain++;
        put_bytes(json, c, plain);
        c += plain;
        if (!*c)
            break;
        char escaped[8];
        bool is_short = *c == '"' || *c == '\\';
        int length = snprintf(escaped, sizeof escaped, is_short ? "\\%c" : "\\u%04x", (unsigned char)*c);
        put_bytes(json, escaped, (size_t)length);
        c++;
    }
    put(json, '"');
}

static void begin_value(struct json *json, const char *key)
{
    if (json->needs_comma)
        put(json, ',');
    json->needs_comma = true;
    if (key) {
        write_string(json, key);
        put(json, ':');
    }
}

void json_open(struct json *json, const char *key, char bracket)
{
    if (json->needs_comma)
        put_bytes(json, ",\n", 2);
    json->needs_comma = false;
    begin_value(json, key);
    put(json, bracket);
    json->needs_comma = false;
}

void json_close(struct json *json, char bracket)
{
    put(json, bracket);
    json->needs_comma = true;
}

void json_text(struct json *json, const char *key, const char *value)
{
    begin_value(json, key);
    if (value)
        write_string(json, value);
    else
        put_bytes(json, "null", strlen("null"));
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
        put_bytes(json, "null", strlen("null"));
        return;
    }
    char digits[40];
    size_t length = format_short(digits, value);
    put_bytes(json, digits, length ? length : format_shortest(digits, value));
}

void json_unsigned(struct json *json, const char *key, uint64_t value)
{
    begin_value(json, key);
    char digits[24];
    put_bytes(json, digits, write_digits(digits, value));
}

void json_boolean(struct json *json, const char *key, bool value)
{
    begin_value(json, key);
    const char *word = value ? "true" : "false";
    put_bytes(json, word, strlen(word));
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

void json_facts(struct json *json, const char *key, const struct facts *facts)
{
    json_open(json, key, '{');
    for (size_t i = 0; i < facts->count; i++)
        json_text(json, facts->items[i].key, facts->items[i].value);
    json_close(json, '}');
}
