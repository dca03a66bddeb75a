#include "commands/private.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "commands/progress.h"
#include "plan/budget.h"
#include "results/run_files.h"
#include "runner/runner.h"

static const double budget_share = 0.95; // the rest is for reading the machine and for writing the files

static enum status too_little(const struct run_options *options, const struct budget_fit *fit,
                              double spent_seconds, struct error *error)
{
    CLEANUP(text_release) struct text given = {0}, needed = {0}, remedy = {0};
    duration_append(&given, options->time_budget_seconds);
    duration_append(&needed, fit->seconds);
    text_append_format(&remedy,
                       "Give --time-budget=%.0fs, or measure less with --allocators, --patterns and --sizes.",
                       ceil((fit->seconds * 1.1 + spent_seconds) / budget_share));
    return error_set(error, STATUS_USAGE, text_string(&remedy),
                     "a time budget of %s is too short: the minimum, %" PRIu32
                     " processes of one iteration each, takes about %s",
                     text_string(&given), fit->processes, text_string(&needed));
}

static enum status fit_to_budget(struct run_options *options, const struct duration_estimate *estimate,
                                 double spent_seconds, double *ret_seconds, struct error *error)
{
    struct budget_fit fit;
    double seconds = options->time_budget_seconds * budget_share - spent_seconds;
    enum status status = budget_fit(&options->request, estimate, seconds, &fit, error);
    if (status != STATUS_OK)
        return status;
    if (!fit.fits)
        return too_little(options, &fit, spent_seconds, error);
    options->request.processes = fit.processes;
    options->request.iterations = fit.processes * fit.trials;
    *ret_seconds = fit.seconds;
    return STATUS_OK;
}

static enum status measure_once(const struct run_options *options, struct duration_estimate *learned,
                                struct error *error)
{
    CLEANUP(text_release) struct text worker = {0};
    size_t cells = plan_cell_slots(&options->request);
    enum status status =
        output_directory_check(options->files.output_directory, run_files_needed_bytes(cells, cells), error);
    if (status == STATUS_OK)
        status =
            runner_find_worker((enum touch)plan_request_value(&options->request, AXIS_touch), &worker, error);
    if (status == STATUS_OK)
        status = runner_rehearse(&options->request, text_string(&worker), options->worker_timeout_seconds,
                                 learned, error);
    return status;
}

enum status rehearse(struct run_options *options, struct duration_estimate *ret_learned, struct error *error)
{
    enum status status = options->dry_run ? STATUS_OK : measure_once(options, ret_learned, error);
    if (status != STATUS_OK)
        return status;
    double seconds = 0;
    if (options->time_budget_seconds > 0)
        status = fit_to_budget(options, ret_learned, ret_learned->seconds, &seconds, error);
    else
        status = budget_seconds(&options->request, ret_learned, &seconds, error);
    if (status != STATUS_OK || options->quiet || options->dry_run)
        return status;
    CLEANUP(text_release) struct text duration = {0};
    duration_append(&duration, seconds);
    fprintf(stderr, "%" PRIu32 " iterations in %" PRIu32 " processes: this will take about %s.\n",
            options->request.iterations, options->request.processes, text_string(&duration));
    return STATUS_OK;
}

enum status rehearsed_seconds(const struct run_options *options, double *ret_seconds, struct error *error)
{
    CLEANUP(free_pointer) struct duration_estimate *learned = calloc(1, sizeof *learned);
    if (!learned)
        return error_set_no_memory(error);
    enum status status = measure_once(options, learned, error);
    return status == STATUS_OK ? budget_seconds(&options->request, learned, ret_seconds, error) : status;
}

enum status guess_seconds(const struct plan_request *request, double *ret_seconds, struct error *error)
{
    const struct duration_estimate nothing_seen = {0};
    return budget_seconds(request, &nothing_seen, ret_seconds, error);
}
