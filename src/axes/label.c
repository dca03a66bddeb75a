#include <stdio.h>
#include <string.h>

#include "axes/axes.h"

static const char heap_mark = '@';

struct label label_parse(const char *text)
{
    const char *mark = strchr(text, heap_mark);
    struct label label = {.name_length = mark ? (size_t)(mark - text) : strlen(text),
                          .heap = mark ? mark + 1 : ""};
    for (size_t i = 0; i < STRATEGY_COUNT && !label.strategy; i++)
        if (strlen(strategies[i].name) == label.name_length &&
            memcmp(strategies[i].name, text, label.name_length) == 0)
            label.strategy = &strategies[i];
    return label;
}

void label_format(const struct strategy *strategy, const char *heap, char ret_label[ALLOCATOR_LABEL_BYTES])
{
    if (strategy->memory == STRATEGY_MEMORY_MAPPED || strcmp(heap, "system") == 0)
        snprintf(ret_label, ALLOCATOR_LABEL_BYTES, "%s", strategy->name);
    else
        snprintf(ret_label, ALLOCATOR_LABEL_BYTES, "%s%c%s", strategy->name, heap_mark, heap);
}

bool label_same_strategy(const char *a, const char *b)
{
    size_t length = label_parse(a).name_length;
    return label_parse(b).name_length == length && strncmp(a, b, length) == 0;
}
