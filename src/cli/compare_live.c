#include "cli/compare_live.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cli/progress.h"
#include "cli/run_files.h"
#include "live/live.h"
#include "live/variant.h"
#include "runner/runner.h"

static const char letters[RUN_COUNT] = {'A', 'B'};

// What the runner writes down meanwhile; nothing goes on from it.
struct scratch_directory {
    struct text directory;
    struct text journal;
};

static void remove_scratch(struct scratch_directory *scratch)
{
    if (scratch->journal.length) {
        unlink(text_string(&scratch->journal));
        rmdir(text_string(&scratch->directory));
    }
    text_release(&scratch->directory);
    text_release(&scratch->journal);
}

static enum status make_scratch(struct scratch_directory *scratch, struct error *error)
{
    const char *parent = getenv("TMPDIR");
    text_append_format(&scratch->directory, "%s/memalloc-bench-XXXXXX", parent && *parent ? parent : "/tmp");
    enum status status = text_check(&scratch->directory, error);
    if (status != STATUS_OK)
        return status;
    if (!mkdtemp(scratch->directory.bytes))
        return error_set_errno(error, STATUS_ENVIRONMENT, errno,
                               "Name a directory that you may write to in TMPDIR.",
                               "cannot create the directory %s", text_string(&scratch->directory));
    text_append_format(&scratch->journal, "%s/journal", text_string(&scratch->directory));
    return text_check(&scratch->journal, error);
}

static enum status measure(const struct plan *plan, struct run *ret_run, struct error *error)
{
    CLEANUP(text_release) struct text worker = {0};
    CLEANUP(remove_scratch) struct scratch_directory scratch = {0};
    CLEANUP(facts_release) struct facts facts = {0};
    enum status status = find_worker(&worker, error);
    if (status == STATUS_OK)
        status = make_scratch(&scratch, error);
    if (status != STATUS_OK)
        return status;
    struct progress progress;
    progress_init(&progress, STDERR_FILENO);
    const struct runner_options options = {
        .worker_path = text_string(&worker),
        .journal_path = text_string(&scratch.journal),
        .repeat_disturbed = true,
        .progress = progress_show,
        .progress_context = &progress,
    };
    status = runner_run(plan, &options, &facts, ret_run, error);
    progress_clear(&progress);
    if (status != STATUS_INTERRUPTED)
        return status;
    return error_set(error, status, "Nothing of it is kept: start it again.",
                     "interrupted after %zu of %zu processes", ret_run->count, plan->count);
}

// Some failed, others did not: the cells say so, the reason is said here.
static void report_failures(const struct plan *plan, const struct run *run)
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
    fprintf(stderr, "memalloc-bench: %zu of %zu processes failed, first %s %s %u: %s.\n", failed, run->count,
            process->allocator, patterns[process->cell.pattern].name, process->cell.size_bytes,
            first->reason);
}

static enum status name_runs(const struct compare_live_request *request, struct run_values runs[RUN_COUNT],
                             struct error *error)
{
    for (int side = 0; side < RUN_COUNT; side++) {
        const char *words = request->words[side];
        runs[side].file = strdup(*words && strcmp(words, "-") != 0 ? words : "plain");
        runs[side].platform = strdup("live");
        runs[side].replicated = true;
        if (!runs[side].file || !runs[side].platform)
            return error_set_no_memory(error);
    }
    return STATUS_OK;
}

static enum status measure_and_evaluate(const struct compare_live_request *request,
                                        const struct plan_request *plan_request,
                                        struct comparison *ret_comparison, struct error *error)
{
    CLEANUP(plan_release) struct plan plan = {0};
    CLEANUP(run_release) struct run run = {0};
    enum status status = plan_build_abba(plan_request, &plan, error);
    if (status == STATUS_OK)
        status = measure(&plan, &run, error);
    if (status != STATUS_OK)
        return status;
    const struct live_measurement measurement = {
        .plan = &plan,
        .processes = run.processes,
        .count = run.count,
        .limits = run.limits,
        .metric = request->metric,
    };
    status = live_evaluate(&measurement, &request->options, ret_comparison, error);
    if (status == STATUS_OK)
        report_failures(&plan, &run);
    return status;
}

static void release_variants(struct variant (*variants)[RUN_COUNT])
{
    for (int side = 0; side < RUN_COUNT; side++)
        variant_release(&(*variants)[side]);
}

enum status compare_live(const struct compare_live_request *request, struct run_values ret_runs[RUN_COUNT],
                         struct comparison *ret_comparison, struct error *error)
{
    CLEANUP(release_variants) struct variant variants[RUN_COUNT] = {0};
    struct plan_request plan_request = request->plan;
    enum status status = STATUS_OK;
    for (int side = 0; side < RUN_COUNT && status == STATUS_OK; side++)
        status = variant_parse(request->words[side], letters[side], &variants[side], error);
    for (int side = 0; side < RUN_COUNT && status == STATUS_OK; side++)
        status = variant_resolve(&variants[side], letters[side], &plan_request.heaps[side], error);
    if (status == STATUS_OK)
        status = name_runs(request, ret_runs, error);
    if (status != STATUS_OK)
        return status;
    plan_request.heap_count = RUN_COUNT;
    live_fit(&plan_request);
    return measure_and_evaluate(request, &plan_request, ret_comparison, error);
}
