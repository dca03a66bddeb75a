// What the checks are written with: facts asked for, sentences and commands filled in.
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor/private.h"

PRINTF_LIKE(3, 0)
static bool format_whole(char *buffer, size_t capacity, const char *format, va_list arguments)
{
    int length = vsnprintf(buffer, capacity, format, arguments);
    return length >= 0 && (size_t)length < capacity;
}

bool say(struct doctor_finding *finding, enum doctor_severity severity, const char *sentence_format, ...)
{
    va_list arguments;
    va_start(arguments, sentence_format);
    bool whole = format_whole(finding->sentence, sizeof finding->sentence, sentence_format, arguments);
    va_end(arguments);
    // A cut may have gone through a character.
    size_t length = strlen(finding->sentence);
    while (!whole && length > 0 && (unsigned char)finding->sentence[length - 1] >= 0x80)
        finding->sentence[--length] = '\0';
    for (char *at = finding->sentence; *at; at++)
        if ((unsigned char)*at < ' ' || *at == 0x7f)
            *at = ' ';
    finding->severity = severity;
    return true;
}

void fix_with(struct doctor_finding *finding, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (!format_whole(finding->fix, sizeof finding->fix, format, arguments))
        finding->fix[0] = '\0';
    va_end(arguments);
}

void undo_with(struct doctor_finding *finding, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (!format_whole(finding->undo, sizeof finding->undo, format, arguments))
        finding->undo[0] = '\0';
    va_end(arguments);
}

const char *fact(const struct evidence *evidence, const char *key)
{
    const char *value = facts_get(evidence->facts, key);
    return value ? value : "";
}

bool fact_is(const struct evidence *evidence, const char *key, const char *value)
{
    return strcmp(fact(evidence, key), value) == 0;
}

double fact_number(const struct evidence *evidence, const char *key)
{
    const char *value = fact(evidence, key);
    if (*value < '0' || *value > '9')
        return -1;
    return strtod(value, NULL);
}

bool is_plain_word(const char *value)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,_-+:/@";
    return *value && strspn(value, plain) == strlen(value);
}
