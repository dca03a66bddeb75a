// How much a live comparison has to measure.
#ifndef LIVE_FIT_H
#define LIVE_FIT_H

#include <stddef.h>
#include <stdint.h>

#include "plan/plan.h"

// The chance that any cell of two identical variants is called different, over all cells. Exact: the test's
// distribution is that of the coin which drew the orders.
#define LIVE_SIGNIFICANCE 0.05

// The fewest blocks in which a difference can be significant in a family of that many cells: if all blocks
// agree, p is 2 / 2^blocks.
uint32_t live_least_blocks(size_t family, double significance);

// Fills `iterations` and `processes` of a request whose cells are chosen: as many as a typical machine
// measures in about two minutes, at most 20 blocks, and never less than can decide. Numbers that are not 0
// stay; with fewer iterations than that, there are as many processes as they allow.
void live_fit(struct plan_request *request);

#endif
