// What a self-test said of a platform's machine: selftest_<platform>.json beside the results, see
// docs/selftest.md.
#ifndef ANALYSIS_SELFTESTS_H
#define ANALYSIS_SELFTESTS_H

#include "analysis/analysis.h"

// Sets `selftest` of every platform that has such a file. One that cannot be used is a warning, never an
// error: the results stand without it.
MUST_CHECK enum status selftests_read(struct analysis *analysis, const char *directory, struct error *error);

#endif
