#include "compare/private.h"

#include <stdlib.h>
#include <string.h>

#include "base/compared_facts.h"

enum status compare_facts(const struct dataset runs[RUN_COUNT], struct comparison *comparison,
                          struct error *error)
{
    comparison->differences = calloc(compared_fact_count, sizeof *comparison->differences);
    if (!comparison->differences)
        return error_set_no_memory(error);
    comparison->comparable = true;
    comparison->facts_unknown = true;
    for (size_t i = 0; i < compared_fact_count; i++) {
        bool decides = compared_facts[i].decides;
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
