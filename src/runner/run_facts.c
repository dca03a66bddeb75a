#include "run_facts.h"

#include <inttypes.h>
#include <math.h>

#include "gate/gate.h"

void run_facts_add_plan(const struct plan *plan, uint32_t warmup_batches, struct facts *facts)
{
    const struct plan_request *request = &plan->request;
    facts_set_format(facts, "constants.batch_size", "%d", BATCH_SIZE);
    facts_set_format(facts, "constants.inner_loop", "%d", INNER_LOOP);
    facts_set_format(facts, "plan.iterations", "%" PRIu32, request->iterations);
    facts_set_format(facts, "plan.processes", "%" PRIu32, request->processes);
    facts_set_format(facts, "plan.seed", "%" PRIu64, request->seed);
    facts_set(facts, "plan.touch", touches[request->touch].name);
    facts_set(facts, "plan.traverse", request->traverse ? "true" : "false");
    facts_set_format(facts, "plan.fingerprint", "%016" PRIx64, plan->fingerprint);
    facts_set_format(facts, "plan.warmup_batches", "%" PRIu32, warmup_batches);
    facts_set_format(facts, "gate.most_repetitions", "%d", GATE_MOST_REPETITIONS);
    facts_set_format(facts, "gate.probe_tolerance_percent", "%d", GATE_PROBE_TOLERANCE_PERCENT);
    facts_set_format(facts, "gate.run_delay_per_mille", "%d", GATE_RUN_DELAY_PER_MILLE);
}

void run_facts_add_clock(const struct clock *clock, struct facts *facts)
{
    facts_set(facts, "timer.kind", clock_kind_name(clock->kind));
    facts_set_format(facts, "timer.ns_per_tick", "%.12g", clock->ns_per_tick);
    facts_set_format(facts, "timer.cost_ns", "%.2f", clock->cost_ns);
    facts_set_format(facts, "timer.resolution_ns", "%.2f", clock->resolution_ns);
}

void run_facts_add_other_load(struct cpu_times begin, struct cpu_times end, struct facts *facts)
{
    double cpus = other_load_cpus(begin, end);
    if (!isnan(cpus))
        facts_set_format(facts, "run.other_cpus", "%.3f", cpus);
}
