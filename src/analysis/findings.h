// What was found, in sentences: who wins where and by how much, where the winner changes with size, where
// there is no practical difference, what failed.
#ifndef ANALYSIS_FINDINGS_H
#define ANALYSIS_FINDINGS_H

#include "analysis/analysis.h"

// Fills analysis->findings: first what holds for all platforms and what failed, then each
// platform's own.
MUST_CHECK enum status findings_derive(struct analysis *analysis, struct error *error);

#endif
