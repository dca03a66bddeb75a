// The table of all facts, and the reading of those that one line of a file tells.
#include "base/cleanup.h"
#include "environment/environment.h"
#include "environment/sections.h"

const struct environment_row environment_rows[] = {
#define SECTION(title) {NULL, NULL, title},
#define FACT(key, source, meaning) {key, source, meaning},
#define LINE(key, path, meaning) {key, path, meaning},
#define CHOICE(key, path, meaning) {key, path, meaning},
#include "environment/environment.def"
#undef SECTION
#undef FACT
#undef LINE
#undef CHOICE
};

const size_t environment_row_count = COUNT_OF(environment_rows);

void read_simple_rows(const struct source *source)
{
#define SECTION(title)
#define FACT(key, source, meaning)
#define LINE(key, path, meaning) source_fact(source, key, "%s", path);
#define CHOICE(key, path, meaning) source_choice_fact(source, key, path);
#include "environment/environment.def"
#undef SECTION
#undef FACT
#undef LINE
#undef CHOICE
}
