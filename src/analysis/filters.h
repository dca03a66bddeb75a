// Which cells were asked for.
#ifndef ANALYSIS_FILTERS_H
#define ANALYSIS_FILTERS_H

#include "analysis/analysis.h"

// Deletes the other cells. STATUS_USAGE when an option names what does not occur, with what does and the
// nearest word.
MUST_CHECK enum status filter_cells(struct database *database, const struct analysis_options *options,
                                    struct error *error);

#endif
