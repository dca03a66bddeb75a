#include "compare/private.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *key;
    enum { NOTED, DECIDES } weight;
    const char *label;
} compared_facts[] = {
#define FACT(key, decides, label) {key, decides, label},
#include "base/compared_facts.def"
#undef FACT
};

enum status compare_facts(const struct run_values runs[RUN_COUNT], struct comparison *comparison,
                          struct error *error)
{
    enum { COUNT = sizeof compared_facts / sizeof compared_facts[0] };
    comparison->differences = calloc(COUNT, sizeof *comparison->differences);
    if (!comparison->differences)
        return error_set_no_memory(error);
    comparison->comparable = true;
    comparison->facts_unknown = true;
    for (size_t i = 0; i < COUNT; i++) {
        bool decides = compared_facts[i].weight == DECIDES;
        const char *a = facts_get(&runs[RUN_A].facts, compared_facts[i].key);
        const char *b = facts_get(&runs[RUN_B].facts, compared_facts[i].key);
        if (decides && (a || b))
            comparison->facts_unknown = false;
        if (a == b || (a && b && strcmp(a, b) == 0)) // both absent, or equal
            continue;
        comparison->differences[comparison->difference_count++] =
            (struct fact_difference){.label = compared_facts[i].label,
                                     .key = compared_facts[i].key,
                                     .values = {a, b},
                                     .decides = decides};
        comparison->comparable = comparison->comparable && !decides;
    }
    return STATUS_OK;
}
