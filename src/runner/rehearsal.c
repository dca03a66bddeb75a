// Every cell once: how long it takes is what the estimate learns.
#include "base/cleanup.h"
#include "runner/runner.h"

// Between two calls of the progress function lies one process.
struct observer {
    struct duration_estimate *estimate;
    const struct planned_process *running;
    double started_seconds;
};

static void observe(void *context, const struct runner_progress *progress)
{
    struct observer *observer = context;
    if (observer->running)
        estimate_add(observer->estimate, observer->running,
                     progress->elapsed_seconds - observer->started_seconds);
    observer->running = progress->next;
    observer->started_seconds = progress->elapsed_seconds;
}

enum status runner_rehearse(const struct plan_request *request, const char *worker_path,
                            uint32_t deadline_seconds, struct duration_estimate *learned, struct error *error)
{
    CLEANUP(plan_release) struct plan plan = {0};
    CLEANUP(facts_release) struct facts facts = {0};
    CLEANUP(run_release) struct run run = {0};
    struct observer observer = {.estimate = learned};
    struct plan_request once = *request;
    once.processes = once.iterations = 1;
    once.measurements &= ~measurements_by(MEASUREMENT_PROCESS_CELLS); // how long they take is known
    enum status status = plan_build(&once, &plan, error);
    if (status != STATUS_OK)
        return status;
    const struct runner_options options = {
        .worker_path = worker_path,
        .deadline_seconds = deadline_seconds,
        .repeat_disturbed = true, // as the run will
        .progress = observe,
        .progress_context = &observer,
    };
    return runner_run(&plan, &options, &facts, &run, error);
}
