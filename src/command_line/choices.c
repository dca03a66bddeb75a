#include <stdlib.h>
#include <string.h>

#include "command_line/parse.h"

int choice_index(const struct choices *choices, const char *word)
{
    for (size_t i = 0; i < choices->count; i++)
        if (choices->name(i) && strcmp(choices->name(i), word) == 0)
            return (int)i;
    return -1;
}

uint64_t choices_all(const struct choices *choices)
{
    uint64_t all = 0;
    for (size_t i = 0; i < choices->count; i++)
        if (choices->name(i))
            all |= UINT64_C(1) << i;
    return all;
}

uint64_t choices_default(const struct choices *choices)
{
    uint64_t chosen = 0;
    for (size_t i = 0; i < choices->count; i++)
        if (choices->name(i) && choices->is_default && choices->is_default(i))
            chosen |= UINT64_C(1) << i;
    return chosen;
}

void choices_append(struct text *text, const struct choices *choices, uint64_t chosen)
{
    const char *separator = "";
    for (size_t i = 0; i < choices->count; i++)
        if ((chosen >> i & 1) && choices->name(i)) {
            text_append(text, separator);
            text_append(text, choices->name(i));
            separator = ", ";
        }
}
