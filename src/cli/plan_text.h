// A plan for a person: what --dry-run prints.
#ifndef CLI_PLAN_TEXT_H
#define CLI_PLAN_TEXT_H

#include "base/text.h"
#include "plan/plan.h"

// A summary, then one line per process in the order they would run.
void plan_append(struct text *text, const struct plan *plan, const char *platform);

#endif
