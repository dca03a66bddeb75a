// Which allocator is the fastest at which size.
#ifndef ANALYSIS_WINNERS_H
#define ANALYSIS_WINNERS_H

#include "analysis/analysis.h"

// Appends a sentence such as "Fastest: in immediate slab_warm at every size; in fifo box up to 64 bytes, box
// and slab_warm tied at 96, slab_warm from 128 on." An allocator is the fastest when the whole interval of
// its median lies below those of all others and it is ahead by more than the threshold; the report's table of
// the fastest asks for the same. Up to three strategies that share the lead are tied ("arena on several
// heaps" is one of them); among more it is undecided, and so it is where disturbed and failed cells leave
// fewer than two to compare. Without intervals the sentence is of the smallest medians and says so; where the
// null control differs no allocator is named. Nothing where no size has two allocators to choose from.
MUST_CHECK enum status winners_append(const struct analysis *analysis, size_t platform,
                                      double practical_threshold, struct text *sentence, struct error *error);

#endif
