// What reading the live objects costs after they were allocated: from the table `traversals` in the database
// to the structures of analysis.h, and what allocators differ in it.
#ifndef ANALYSIS_TRAVERSALS_H
#define ANALYSIS_TRAVERSALS_H

#include "analysis/analysis.h"

// Fills traversals. Platforms and allocators have been fetched.
MUST_CHECK enum status traversals_fetch(struct analysis *analysis, struct error *error);

// Appends a sentence when allocators of one platform differ by more than twice in any pattern, size and
// number of live objects, intervals taken into account; otherwise nothing.
MUST_CHECK enum status traversals_append_gaps(const struct analysis *analysis, size_t platform,
                                              enum heap_age age, struct text *sentence, struct error *error);

#endif
