#include "wire/given.h"

#include <stdio.h>
#include <string.h>

#include "wire/bytes.h"

enum { CHECKSUM_DIGITS = 8 };

static uint32_t checksum_of(const char *value)
{
    return checksum((const uint8_t *)value, strlen(value));
}

void given_append(struct text *list, const char *variable)
{
    size_t name_length = strcspn(variable, "= ");
    if (name_length == 0 || variable[name_length] != '=')
        return;
    text_append(list, list->length ? " " : "");
    text_append_bytes(list, variable, name_length);
    text_append_format(list, "=%08x", checksum_of(variable + name_length + 1));
}

// The value of the variable whose name has that length; NULL when there is none.
static const char *value_of(char *const *environment, const char *name, size_t length)
{
    for (; *environment; environment++)
        if (strncmp(*environment, name, length) == 0 && (*environment)[length] == '=')
            return *environment + length + 1;
    return NULL;
}

void given_compare(char *const *environment, struct arrival *arrival)
{
    const char *list = value_of(environment, GIVEN_LIST_NAME, strlen(GIVEN_LIST_NAME));
    arrival->has_list = list != NULL;
    arrival->changed[0] = '\0';
    for (const char *entry = list ? list : ""; *entry && !arrival->changed[0];) {
        size_t name_length = strcspn(entry, "= "), length = strcspn(entry, " ");
        const char *value = value_of(environment, entry, name_length);
        char digits[CHECKSUM_DIGITS + 1] = "";
        if (value)
            snprintf(digits, sizeof digits, "%08x", checksum_of(value));
        bool same = value && length == name_length + 1 + CHECKSUM_DIGITS &&
                    strncmp(entry + name_length + 1, digits, CHECKSUM_DIGITS) == 0;
        if (!same)
            snprintf(arrival->changed, sizeof arrival->changed, "%.*s", (int)name_length, entry);
        entry += length + (entry[length] == ' ');
    }
}
