// Two variants, measured and evaluated.
#include <string.h>

#include "base/cleanup.h"
#include "compare/live.h"
#include "compare/private.h"

static const char letters[RUN_COUNT] = {'A', 'B'};

static enum status measure(struct plan *plan, const struct live_request *request, struct run *ret_run,
                           struct error *error)
{
    CLEANUP(text_release) struct text worker = {0};
    CLEANUP(facts_release) struct facts facts = {0};
    enum status status =
        runner_find_worker((enum touch)plan_request_value(&request->plan, AXIS_touch), &worker, error);
    if (status != STATUS_OK)
        return status;
    const struct runner_options options = {
        .worker_path = text_string(&worker),
        .repeat_disturbed = true,
        .progress = request->progress,
        .progress_context = request->progress_context,
    };
    status = runner_run(plan, &options, &facts, ret_run, error);
    if (status != STATUS_INTERRUPTED)
        return status;
    return error_set(error, status, "Nothing was kept: start it again.",
                     "interrupted after %zu of %zu processes", ret_run->count, plan->count);
}

// Some failed, others did not: the cells say so, the reason is said here.
static void describe_failures(const struct plan *plan, const struct run *run, struct text *text)
{
    size_t failed = 0;
    const struct process_record *first = NULL;
    for (size_t i = 0; i < run->count; i++)
        if (run->processes[i].outcome != OUTCOME_OK) {
            first = first ? first : &run->processes[i];
            failed++;
        }
    if (!first)
        return;
    const struct planned_process *process = &plan->processes[first->plan_order];
    text_append_format(text, "%zu of %zu processes failed, first %s %s %u of variant %c: %s.", failed,
                       run->count, process->allocator, patterns[process->cell.pattern].name,
                       process->cell.size_bytes, letters[process->side], first->reason);
}

static enum status name_runs(const struct live_request *request, struct dataset runs[RUN_COUNT],
                             struct error *error)
{
    for (int side = 0; side < RUN_COUNT; side++) {
        const char *words = request->words[side];
        runs[side].benchmark_file = strdup(*words && strcmp(words, "-") != 0 ? words : "plain");
        if (!runs[side].benchmark_file)
            return error_set_no_memory(error);
    }
    return STATUS_OK;
}

// How both variants are started.
struct live_plan {
    struct plan_request request;
    struct variant variants[RUN_COUNT];
};

static enum status measure_and_evaluate(const struct live_request *request, const struct live_plan *live,
                                        struct dataset ret_runs[RUN_COUNT], struct comparison *ret_comparison,
                                        struct text *ret_failures, struct error *error)
{
    CLEANUP(plan_release) struct plan plan = {0};
    CLEANUP(run_release) struct run run = {0};
    enum status status = plan_build_abba(&live->request, live->variants, &plan, error);
    if (status == STATUS_OK)
        status = measure(&plan, request, &run, error);
    if (status != STATUS_OK)
        return status;
    const struct live_measurement measurement = {
        .plan = &plan,
        .processes = run.processes,
        .count = run.count,
        .limits = run.limits,
        .metric = request->metric,
    };
    status = live_evaluate(&measurement, &request->options, ret_runs, ret_comparison, error);
    if (status == STATUS_OK)
        status = name_runs(request, ret_runs, error);
    if (status == STATUS_OK)
        describe_failures(&plan, &run, ret_failures);
    return status;
}

static void release_variants(struct variant_words (*variants)[RUN_COUNT])
{
    for (int side = 0; side < RUN_COUNT; side++)
        variant_release(&(*variants)[side]);
}

enum status live_compare(const struct live_request *request, struct dataset ret_runs[RUN_COUNT],
                         struct comparison *ret_comparison, struct text *ret_failures, struct error *error)
{
    CLEANUP(release_variants) struct variant_words variants[RUN_COUNT] = {0};
    CLEANUP(text_release) struct text worker = {0};
    struct live_plan live = {.request = request->plan};
    enum status status = STATUS_OK;
    for (int side = 0; side < RUN_COUNT && status == STATUS_OK; side++)
        status = variant_parse(request->words[side], letters[side], &variants[side], error);
    for (int side = 0; side < RUN_COUNT && status == STATUS_OK; side++)
        status = variant_resolve(&variants[side], letters[side], &live.request.heaps[side],
                                 &live.variants[side], error);
    bool has_worker = status == STATUS_OK && runner_find_worker(TOUCH_word, &worker, NULL) == STATUS_OK;
    for (int side = 0; side < RUN_COUNT && status == STATUS_OK && has_worker; side++)
        status = variant_check_tunables(&variants[side], letters[side], text_string(&worker), error);
    if (status != STATUS_OK)
        return status;
    live.request.heap_count = RUN_COUNT;
    live_fit(&live.request);
    return measure_and_evaluate(request, &live, ret_runs, ret_comparison, ret_failures, error);
}
