// From files to the tables `cells` and `facts` in the analysis's database.
#ifndef ANALYSIS_LOAD_H
#define ANALYSIS_LOAD_H

#include "analysis/analysis.h"
#include "analysis/sources.h"

// Reads, checks and aggregates all files, and keeps what the options ask for. A bad file is an error that
// names it, its column and what is wrong, or with skip_bad left out and noted. STATUS_USAGE when a filter
// names what does not occur.
MUST_CHECK enum status load_sources(struct analysis *analysis, const struct source_list *sources,
                                    const struct analysis_options *options, struct error *error);

#endif
