// What is known of a run as a whole, as facts. Private to the runner.
#ifndef RUNNER_RUN_FACTS_H
#define RUNNER_RUN_FACTS_H

#include <stdint.h>

#include "base/facts.h"
#include "other_load.h"
#include "plan/plan.h"
#include "timing/clock.h"

// The constants of a trial, the plan, the gate.
void run_facts_add_plan(const struct plan *plan, uint32_t warmup_batches, struct facts *facts);

void run_facts_add_clock(const struct clock *clock, struct facts *facts);

// How busy others were between these two moments, when that is known.
void run_facts_add_other_load(struct cpu_times begin, struct cpu_times end, struct facts *facts);

#endif
