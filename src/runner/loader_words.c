// glibc says of a library that it cannot preload: "ERROR: ld.so: object 'PATH' from LD_PRELOAD cannot be
// preloaded (CAUSE): ignored.", and goes on. What ends the worker is said as "PROGRAM: error while loading
// shared libraries: FILE: CAUSE". Other linkers have other words, which are passed on as they are.
#include "runner/private.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/printable.h"
#include "base/text.h"

// Appends it as one line.
static void append_line(struct text *line, const char *said)
{
    CLEANUP(text_release) struct text spaced = {0}, shown = {0};
    for (const char *c = said; *c; c++)
        text_append_bytes(&spaced, (unsigned char)*c < 0x20 ? " " : c, 1);
    text_append_printable(&shown, text_string(&spaced), "");
    const char *c = text_string(&shown);
    c += strspn(c, " ");
    size_t length = strlen(c);
    while (length > 0 && c[length - 1] == ' ')
        length--;
    text_append_bytes(line, c, length);
}

// "cannot open /a/long/way/to/lib.so: gone" → "cannot open …/lib.so: gone".
static void append_without_folders(struct text *line, const char *words)
{
    while (*words) {
        size_t plain = strcspn(words, "/"), path = strcspn(words + plain, " :')");
        const char *name = words + plain + path;
        while (name > words + plain && name[-1] != '/')
            name--;
        text_append_bytes(line, words, plain);
        if (name > words + plain + 1) // more than one '/'
            text_append(line, "…/");
        else
            name = words + plain;
        text_append_bytes(line, name, (size_t)(words + plain + path - name));
        words += plain + path;
    }
}

// The most bytes of `words`, up to `room`, that end with a whole character.
static size_t whole_characters(const char *words, size_t room)
{
    size_t length = strlen(words) < room ? strlen(words) : room;
    while (length > 0 && ((unsigned char)words[length] & 0xc0) == 0x80)
        length--;
    return length;
}

void loader_words_append(const char *said, char *reason, size_t capacity)
{
    static const char cut_off[] = "…";
    CLEANUP(text_release) struct text line = {0}, shorter = {0};
    const size_t used = strlen(reason), separator = used ? 2 : 0;
    append_line(&line, said);
    if (line.failed || !line.length || used + separator + sizeof cut_off >= capacity)
        return;
    const size_t room = capacity - 1 - used - separator;
    const char *words = text_string(&line);
    if (line.length > room) {
        append_without_folders(&shorter, words);
        words = text_string(&shorter);
    }
    bool fits = strlen(words) <= room;
    size_t length = fits ? strlen(words) : whole_characters(words, room - strlen(cut_off));
    snprintf(reason + used, capacity - used, "%s%.*s%s", separator ? ": " : "", (int)length, words,
             fits ? "" : cut_off);
}

void loader_words_of_preload(const char *said, const char *library, char *ret_cause, size_t capacity)
{
    static const char begin[] = "object '", middle[] = "cannot be preloaded (", end[] = "): ignored";
    const char *name = strrchr(library, '/') ? strrchr(library, '/') + 1 : library;
    ret_cause[0] = '\0';
    for (const char *object = strstr(said, begin); object; object = strstr(object, begin)) {
        object += strlen(begin);
        const char *line_end = object + strcspn(object, "\n");
        const char *quote = strchr(object, '\''), *cause = strstr(object, middle);
        const char *cause_end = cause ? strstr(cause, end) : NULL;
        if (!cause_end || cause_end > line_end || !quote || quote > cause)
            continue;
        const char *last = quote;
        while (last > object && last[-1] != '/')
            last--;
        if (*name && ((size_t)(quote - last) != strlen(name) || memcmp(last, name, strlen(name)) != 0))
            continue;
        cause += strlen(middle);
        CLEANUP(text_release) struct text words = {0};
        text_append_bytes(&words, cause, (size_t)(cause_end - cause));
        loader_words_append(text_string(&words), ret_cause, capacity);
        return;
    }
}
