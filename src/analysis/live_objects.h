// How the time per object follows the number of live objects: from the table `live_objects` in the database
// to the structures of analysis.h.
#ifndef ANALYSIS_LIVE_OBJECTS_H
#define ANALYSIS_LIVE_OBJECTS_H

#include "analysis/analysis.h"

// Fills live_cells. Platforms and allocators have been fetched.
MUST_CHECK enum status live_objects_fetch(struct analysis *analysis, struct error *error);

#endif
