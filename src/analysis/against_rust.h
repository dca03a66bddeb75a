// How the strategies in C stand against those of reference/rust.
#ifndef ANALYSIS_AGAINST_RUST_H
#define ANALYSIS_AGAINST_RUST_H

#include "analysis/analysis.h"

// Fills analysis->against_rust; empty where nothing in Rust was measured beside what is compared with it.
MUST_CHECK enum status against_rust_compute(struct analysis *analysis, struct error *error);

#endif
