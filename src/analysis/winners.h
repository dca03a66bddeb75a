// Which allocator is the fastest at which size.
#ifndef ANALYSIS_WINNERS_H
#define ANALYSIS_WINNERS_H

#include "analysis/analysis.h"

// Appends a sentence such as "Fastest by size: slab_warm everywhere in immediate and lifo; in fifo box up to
// 64 bytes, slab_warm from 96 on." From one size to the next the fastest changes only when another one is
// faster by more than the threshold. Nothing when there are fewer than two allocators to choose from.
MUST_CHECK enum status winners_append(const struct analysis *analysis, size_t platform,
                                      double practical_threshold, struct text *sentence, struct error *error);

#endif
