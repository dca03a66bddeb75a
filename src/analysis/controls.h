// The null control of each run: box_twin runs the very code of box, so what a run shows between them is the
// instrument's own.
#ifndef ANALYSIS_CONTROLS_H
#define ANALYSIS_CONTROLS_H

#include "analysis/analysis.h"

// Fills every platform's null_control and practical_threshold: `least_threshold`, or the 95th percentile of
// what the run shows between the twins, if that is larger. A platform without the control has no groups.
// Which groups differ: statistics_judge_null_groups, with `least_threshold`.
MUST_CHECK enum status controls_judge(struct analysis *analysis, double least_threshold, struct error *error);

#endif
