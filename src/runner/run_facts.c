#include "runner/private.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "wire/gate.h"

void run_facts_add_plan(const struct plan *plan, uint32_t warmup_batches, struct facts *facts)
{
    const struct plan_request *request = &plan->request;
    facts_set_format(facts, "constants.batch_size", "%d", BATCH_SIZE);
    facts_set_format(facts, "constants.inner_loop", "%d", INNER_LOOP);
    facts_set_format(facts, "plan.iterations", "%" PRIu32, request->iterations);
    facts_set_format(facts, "plan.processes", "%" PRIu32, request->processes);
    if (plan->added_processes > 0)
        facts_set_format(facts, "plan.added_processes", "%" PRIu32, plan->added_processes);
    if (plan->cut_processes > request->processes)
        facts_set_format(facts, "plan.cut_processes", "%" PRIu32, plan->cut_processes);
    facts_set_format(facts, "plan.seed", "%" PRIu64, request->seed);
    for (int a = 0; a < AXIS_COUNT; a++) {
        char key[64], word[AXIS_WORD_BYTES];
        if (axes[a].place != AXIS_PLACE_RUN)
            continue;
        snprintf(key, sizeof key, "plan.%s", axes[a].name);
        axis_format(&axes[a], plan_request_value(request, (enum axis_id)a), word);
        facts_set(facts, key, word);
    }
    if (axis_values_has(&request->axes[AXIS_heap_state], HEAP_STATE_littered))
        facts_set_format(facts, "plan.litter_mebibytes", "%" PRIu32, request->litter_mebibytes);
    for (int kind = 0; kind < MEASUREMENT_COUNT; kind++) {
        char key[64];
        if (measurement_kinds[kind].asked != MEASUREMENT_ASKED_OPTION)
            continue;
        snprintf(key, sizeof key, "plan.%s", measurement_kinds[kind].name);
        facts_set(facts, key,
                  measurements_have(request->measurements, (enum measurement_id)kind) ? "true" : "false");
    }
    if (measurements_have(request->measurements, MEASUREMENT_footprint))
        facts_set_format(facts, "plan.footprint_bytes", "%" PRIu64, request->footprint_bytes);
    facts_set_format(facts, "plan.fingerprint", "%016" PRIx64, plan->fingerprint);
    facts_set_format(facts, "plan.warmup_batches", "%" PRIu32, warmup_batches);
    facts_set_format(facts, "gate.most_repetitions", "%d", GATE_MAX_REPETITIONS);
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
