// The rows of the details file, built from plan and records: one row type and one table definition, both made
// from schema.def.
#ifndef RESULTS_DETAILS_H
#define RESULTS_DETAILS_H

#include "database/database.h"
#include "results/results.h"

// Creates the table `details` and fills it, ordered by strategy (as in its table), pattern, size, iteration.
// Its column `used` says which row stands for a trial, in cells of which no process failed; such rows make
// the benchmark file, but for those of controls.
MUST_CHECK enum status details_fill_table(struct database *database, const struct results *results,
                                          struct error *error);

#endif
