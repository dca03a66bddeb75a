#include "command_line/wrap.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/printable.h"

void append_spaces(struct text *text, size_t count)
{
    for (size_t i = 0; i < count; i++)
        text_append_bytes(text, " ", 1);
}

static size_t columns_of(const char *bytes, size_t length)
{
    size_t columns = 0;
    for (size_t i = 0; i < length; i++)
        columns += ((unsigned char)bytes[i] & 0xc0) != 0x80;
    return columns;
}

static void pad(struct text *text, const char *string, size_t columns)
{
    size_t width = columns_of(string, strlen(string));
    append_spaces(text, columns > width ? columns - width : 0);
}

void append_right(struct text *text, const char *string, size_t columns)
{
    pad(text, string, columns);
    text_append(text, string);
}

static void append_left(struct text *text, const char *string, size_t columns)
{
    text_append(text, string);
    pad(text, string, columns);
}

void append_cut(struct text *text, const char *value, size_t bytes)
{
    CLEANUP(text_release) struct text printable = {0};
    text_append_printable(&printable, value, "");
    const char *string = text_string(&printable);
    size_t length = printable.length;
    if (length <= bytes) {
        text_append(text, string);
        return;
    }
    length = bytes;
    while (length > 0 && ((unsigned char)string[length] & 0xc0) == 0x80) // not inside a character
        length--;
    text_append_bytes(text, string, length);
    text_append(text, "…");
}

void append_column(struct text *text, const char *value, size_t columns)
{
    CLEANUP(text_release) struct text cut = {0};
    append_cut(&cut, value, strlen(value) > columns ? columns - 1 : columns);
    append_left(text, text_string(&cut), columns);
    text_append(text, " ");
}

static void start_line(struct text *text, size_t indent, size_t *column)
{
    text_append(text, "\n");
    append_spaces(text, indent);
    *column = indent;
}

void wrap_append(struct text *text, const char *string, size_t indent, size_t column)
{
    bool line_is_empty = true;
    while (*string) {
        if (*string == '\n') {
            start_line(text, string[1] && string[1] != '\n' ? indent : 0, &column);
            line_is_empty = true;
            string++;
            continue;
        }
        if (*string == ' ') {
            string++;
            continue;
        }
        size_t length = strcspn(string, " \n");
        if (strncmp(string + length, " %", 2) == 0) // it stays beside its number
            length += 1 + strcspn(string + length + 1, " \n");
        size_t columns = columns_of(string, length);
        if (!line_is_empty && column + 1 + columns > LINE_COLUMNS) {
            start_line(text, indent, &column);
            line_is_empty = true;
        }
        if (!line_is_empty) {
            text_append(text, " ");
            column++;
        }
        text_append_bytes(text, string, length);
        column += columns;
        line_is_empty = false;
        string += length;
    }
    text_append(text, "\n");
}
