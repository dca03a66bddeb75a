// What the module's own files share.
#ifndef COMPARE_PRIVATE_H
#define COMPARE_PRIVATE_H

#include "compare/compare.h"

// Fills the differences of the facts and what follows from them.
MUST_CHECK enum status compare_facts(const struct run_values runs[RUN_COUNT], struct comparison *comparison,
                                     struct error *error);

// Fills `controls` and what follows for the threshold.
MUST_CHECK enum status compare_controls(const struct run_values runs[RUN_COUNT],
                                        const struct compare_options *options, struct comparison *comparison,
                                        struct error *error);

// True when less than half of the trials are clean.
bool cell_is_disturbed(const struct cell_values *cell);

#endif
