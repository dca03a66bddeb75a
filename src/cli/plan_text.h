// A plan for a person: what --dry-run prints.
#ifndef CLI_PLAN_TEXT_H
#define CLI_PLAN_TEXT_H

#include "base/text.h"
#include "plan/plan.h"

// A summary, then one line per process in the order they would run: of more than `most_lines` the first ones,
// and how many are left out.
void plan_append(struct text *text, const struct plan *plan, const char *platform, size_t most_lines);

#endif
