#include "base/compared_facts.h"

enum { NOTED, DECIDES };

const struct compared_fact compared_facts[] = {
#define FACT(key, decides, label) {key, decides, label},
#include "base/compared_facts.def"
#undef FACT
};

const size_t compared_fact_count = sizeof compared_facts / sizeof compared_facts[0];
