#include "command_line/command.h"

#include <string.h>

const struct command *command_find(const struct command_table *table, const char *name)
{
    for (size_t i = 0; i < table->count; i++)
        if (strcmp(table->rows[i]->name, name) == 0)
            return table->rows[i];
    return NULL;
}

const struct command *command_nearest(const struct command_table *table, const char *word)
{
    const char *names[MAX_COMMANDS];
    for (size_t i = 0; i < table->count; i++)
        names[i] = table->rows[i]->name;
    const char *nearest = nearest_word(word, names, table->count);
    return nearest ? command_find(table, nearest) : NULL;
}
