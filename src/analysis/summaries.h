// From the tables in the database to the structures of analysis.h.
#ifndef ANALYSIS_SUMMARIES_H
#define ANALYSIS_SUMMARIES_H

#include "analysis/analysis.h"
#include "analysis/sources.h"

enum { CONFIDENCE_PERCENT = 95 };

// Fills platforms, allocators and cells, with medians and intervals, and gives these back to the table
// `estimates`.
MUST_CHECK enum status summaries_fetch(struct analysis *analysis, const struct source_list *sources,
                                       struct error *error);

// The median of a column of lists, one value per process, with its interval; NaN where there is no list.
MUST_CHECK enum status summaries_estimate(const struct database_rows *rows, size_t column,
                                          struct estimate *ret_estimate, size_t *ret_processes,
                                          struct error *error);

#endif
