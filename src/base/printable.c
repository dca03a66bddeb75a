#include "base/printable.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/cleanup.h"

// The length of the well-formed UTF-8 sequence at `s`, 0 if there is none (Unicode 15, table 3-7).
static size_t sequence_length(const unsigned char *s)
{
    if (s[0] < 0x80)
        return 1;
    size_t length = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    if (s[0] < 0xc2 || s[0] > 0xf4)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) || (s[0] == 0xf0 && s[1] < 0x90) ||
        (s[0] == 0xf4 && s[1] > 0x8f))
        return 0;
    return length;
}

static uint32_t decode(const unsigned char *s, size_t length)
{
    static const unsigned char first_bits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t character = s[0] & first_bits[length];
    for (size_t i = 1; i < length; i++)
        character = character << 6 | (s[i] & 0x3fu);
    return character;
}

static int is_control(uint32_t character)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {{0x00, 0x1f},     {0x7f, 0x9f},     {0x61c, 0x61c},
                  {0x200e, 0x200f}, {0x2028, 0x202e}, {0x2066, 0x2069}};
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (character >= ranges[i].first && character <= ranges[i].last)
            return 1;
    return 0;
}

void text_append_printable(struct text *text, const char *string, const char *kept)
{
    const unsigned char *s = (const unsigned char *)string;
    while (*s) {
        size_t length = sequence_length(s);
        int is_kept = length == 1 && strchr(kept, *s) != NULL;
        if (length == 0 || (is_control(decode(s, length)) && !is_kept))
            text_append(text, "?");
        else
            text_append_bytes(text, s, length);
        s += length ? length : 1;
    }
}

struct shown_word show_word(const char *word)
{
    struct shown_word shown;
    size_t room = sizeof shown.text - 1, i = 0;
    for (; word[i] && i < room; i++)
        shown.text[i] = (unsigned char)word[i] < 0x20 || word[i] == 0x7f ? '?' : word[i];
    shown.text[i] = '\0';
    if (word[i]) {
        size_t end = room - 3;
        while (end > 0 && ((unsigned char)shown.text[end] & 0xc0) == 0x80)
            end--; // not in the middle of a UTF-8 character
        memcpy(shown.text + end, "...", 4);
    }
    return shown;
}

void text_append_csv(struct text *text, const char *value)
{
    CLEANUP(text_release) struct text printable = {0};
    text_append_printable(&printable, value, "");
    const char *string = text_string(&printable);
    const char *formula = *string && strchr("=+-@", *string) ? "'" : "";
    if (!strpbrk(string, "\",")) {
        text_append_format(text, "%s%s", formula, string);
        return;
    }
    text_append_format(text, "\"%s", formula);
    for (const char *c = string; *c; c++)
        text_append_format(text, *c == '"' ? "\"%c" : "%c", *c);
    text_append(text, "\"");
}

void text_append_csv_real(struct text *text, double value)
{
    if (isfinite(value))
        text_append_format(text, "%.9g", value);
}
