// The table of all facts, and the reading of those that one line of a file tells.
#include <stdlib.h>

#include "base/cleanup.h"
#include "environment/environment.h"
#include "environment/private.h"

const struct environment_row environment_rows[] = {
#define SECTION(title) {NULL, NULL, title},
#define FACT(key, source, meaning) {key, source, meaning},
#define LINE(key, path, meaning) {key, path, meaning},
#define CHOICE(key, path, meaning) {key, path, meaning},
#define VARIABLE(key, name, meaning) {key, name, meaning},
#include "environment/environment.def"
#undef SECTION
#undef FACT
#undef LINE
#undef CHOICE
#undef VARIABLE
};

const size_t environment_row_count = COUNT_OF(environment_rows);

void read_simple_rows(const struct source *source)
{
#define SECTION(title)
#define FACT(key, source, meaning)
#define LINE(key, path, meaning) source_fact(source, key, "%s", path);
#define CHOICE(key, path, meaning) source_choice_fact(source, key, path);
#define VARIABLE(key, name, meaning)
#include "environment/environment.def"
#undef SECTION
#undef FACT
#undef LINE
#undef CHOICE
#undef VARIABLE
}

void read_variable_rows(struct facts *facts)
{
    static const struct {
        const char *key, *name;
    } rows[] = {
#define SECTION(title)
#define FACT(key, source, meaning)
#define LINE(key, path, meaning)
#define CHOICE(key, path, meaning)
#define VARIABLE(key, name, meaning) {key, name},
#include "environment/environment.def"
#undef SECTION
#undef FACT
#undef LINE
#undef CHOICE
#undef VARIABLE
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *value = getenv(rows[i].name);
        if (value && *value)
            facts_set_format(facts, rows[i].key, "%.*s", LINE_BYTES, value);
    }
}
