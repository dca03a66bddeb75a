// --heaps and --heap: which malloc implementations a run measures on.
#ifndef CLI_HEAP_OPTIONS_H
#define CLI_HEAP_OPTIONS_H

#include "base/text.h"
#include "cli/command.h"
#include "plan/plan.h"

// Fills the request's heaps: those chosen by --heaps, then those of --heap, whose values are NAME=LIBRARY.so,
// NAME=HEAP or NAME=system,TUNABLES. A known heap that this machine does not have goes in as "?NAME": its
// cells will fail with the reason. STATUS_USAGE when a value makes no sense, a heap is unknown, or two have
// one name.
MUST_CHECK enum status heap_options_apply(const struct option_value *chosen, const struct option_value *named,
                                          struct plan_request *request, struct error *error);

// STATUS_USAGE when it is known beforehand that none of the request's heaps can be used.
MUST_CHECK enum status heap_options_check_usable(const struct plan_request *request, struct error *error);

// Appends why the cells of that heap of the plan will fail, where that is known beforehand, as one sentence
// and how many cells they are: "heap mine (/x.so) cannot be used: …; its 4 cells will fail". False, and
// nothing, otherwise.
bool heap_problem_append(struct text *text, const struct plan *plan, uint32_t heap);

#endif
