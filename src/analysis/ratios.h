// How much faster every allocator is than box on the same heap.
#ifndef ANALYSIS_RATIOS_H
#define ANALYSIS_RATIOS_H

#include "analysis/analysis.h"

// Fills analysis->ratios, in the order of the cells, total before latency. Failed cells have none. In a
// run whose null control differs, all are inconclusive.
MUST_CHECK enum status ratios_compute(struct analysis *analysis, struct error *error);

// The cell of another allocator with the same platform, pattern and size, if it has times; otherwise NULL.
const struct analysis_cell *ratios_find_cell(const struct analysis *analysis,
                                             const struct analysis_cell *cell, size_t allocator);

// Sets ratio->ratio from its cell, baseline and metric; both cells have times.
MUST_CHECK enum status ratios_estimate(struct analysis_ratio *ratio, struct error *error);

// True where one of its cells was disturbed, or the null control of its platform differs: no verdict then.
bool ratios_is_doubtful(const struct analysis *analysis, const struct analysis_ratio *ratio);

bool ratios_has_times(const struct analysis_cell *cell);

// What an estimate of a ratio says. Without an interval it says nothing.
enum ratio_verdict ratio_verdict_of(const struct estimate *ratio, double practical_threshold);

#endif
