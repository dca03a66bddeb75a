// What a reader should know about a platform's results before believing them.
#ifndef ANALYSIS_WARNINGS_H
#define ANALYSIS_WARNINGS_H

#include "analysis/analysis.h"

// Fills the warnings of every platform, from its cells and its facts.
MUST_CHECK enum status warnings_derive(struct analysis *analysis, struct error *error);

#endif
