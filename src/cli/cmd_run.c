// Checks everything that can be known first, then measures, then writes. From the first measurement on,
// nothing is lost: the journal stays until the files are there.
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/facts.h"
#include "cli/cell_summary.h"
#include "cli/doctor_text.h"
#include "cli/end_table.h"
#include "cli/heap_options.h"
#include "cli/plan_text.h"
#include "cli/progress.h"
#include "cli/rehearsal.h"
#include "cli/run_files.h"
#include "cli/run_options.h"
#include "cli/terminal.h"
#include "cli/wrap.h"
#include "doctor/doctor.h"
#include "environment/environment.h"
#include "results/results.h"
#include "runner/runner.h"

enum { PLAN_LINES_ON_A_TERMINAL = 10 };

// What the journal was begun with is what a resumed run measures.
static enum status take_journaled_request(const struct invocation *invocation, const struct run_files *files,
                                          struct run_options *options, struct error *error)
{
    struct plan_request journaled;
    enum status status = runner_read_journal_request(text_string(&files->journal), &journaled, error);
    if (status == STATUS_OK)
        status = run_options_check_resumed(invocation, &options->request, &journaled, error);
    if (status == STATUS_OK)
        options->request = journaled;
    return status;
}

// In a quick run it would take a third of the time.
static bool takes_census(const struct plan *plan)
{
    return !run_request_is_quick(&plan->request);
}

// Counts as the progress did: those of the census, too.
static enum status interrupted(const struct run_options *options, const struct run *run,
                               const struct plan *plan, struct error *error)
{
    CLEANUP(text_release) struct text remedy = {0};
    text_append(&remedy, "Go on with ");
    resume_command_append(&remedy, options, options->force);
    size_t censuses = takes_census(plan) ? plan->count / plan->request.processes : 0;
    return error_set(error, STATUS_INTERRUPTED, text_string(&remedy),
                     "interrupted after %zu of %zu processes", run->count + run->census_count,
                     plan->count + censuses);
}

static enum status report(struct invocation *invocation, const struct run_options *options,
                          const struct plan *plan, const struct run *run, const struct run_files *files,
                          struct error *error)
{
    CLEANUP(run_summary_release) struct run_summary summary = {0};
    enum status status = run_summarize(plan, run, &summary, error);
    if (status != STATUS_OK)
        return status;
    if (!options->quiet) {
        struct text *output = &invocation->output;
        end_table_append(output, plan, &summary, terminal_wants_colour(STDOUT_FILENO));
        text_append_format(output, "\nWritten: %s\n         %s\n", text_string(&files->benchmark),
                           text_string(&files->details));
    }
    if (!summary.failed_cell_count)
        return STATUS_OK;
    CLEANUP(text_release) struct text remedy = {0};
    text_append_format(&remedy, "The reasons are in the columns outcome and reason of %s.",
                       text_string(&files->details));
    return error_set(error, STATUS_CELLS_FAILED, text_string(&remedy), "%zu of %zu cells failed",
                     summary.failed_cell_count, summary.cell_count);
}

// What is wrong with the machine is stored with the results; what is serious is said before it costs minutes.
// A run of a few seconds is not kept waiting for long.
static enum status examine_machine(const struct run_options *options, const struct plan *plan,
                                   struct facts *facts, struct error *error)
{
    enum { SHORT_PLAN_PROCESSES = 300 };
    const struct doctor_options doctor_options = {.seconds = plan->count < SHORT_PLAN_PROCESSES ? 0.2 : 1};
    struct doctor_report report;
    enum status status = doctor_examine(&doctor_options, facts, &report, error);
    if (status != STATUS_OK)
        return status;
    doctor_store(&report, facts);
    CLEANUP(text_release) struct text warnings = {0};
    doctor_warnings_append(&warnings, &report);
    if (!options->quiet)
        fputs(text_string(&warnings), stderr);
    return STATUS_OK;
}

static void tell_damage(void *context, const struct runner_damage *damage)
{
    (void)context;
    if (damage->lost_processes > 0)
        fprintf(stderr, "memalloc-bench: %s is damaged; %zu of its processes are measured again.\n",
                damage->journal_path, damage->lost_processes);
    else
        fprintf(stderr, "memalloc-bench: the end of %s cannot be read; what stood there is measured again.\n",
                damage->journal_path);
}

// Measures, with the machine's state before and after among the facts.
static enum status measure(const struct run_options *options, const struct plan *plan,
                           const struct run_files *files, const struct duration_estimate *learned,
                           struct facts *facts, struct run *ret_run, struct error *error)
{
    CLEANUP(text_release) struct text worker = {0};
    enum status status = find_worker(&worker, error);
    if (status != STATUS_OK)
        return status;
    environment_read(facts);
    facts_set(facts, "run.quick", run_request_is_quick(&plan->request) ? "true" : "false");
    facts_set_format(facts, "run.worker_timeout_seconds", "%" PRIu32, options->worker_timeout_seconds);
    environment_read_load(facts, "before.");
    status = examine_machine(options, plan, facts, error);
    if (status == STATUS_OK && !options->resume)
        status = runner_discard_journal(text_string(&files->journal), error);
    if (status != STATUS_OK)
        return status;
    struct progress progress;
    progress_init(&progress, STDERR_FILENO);
    struct runner_options runner_options = {
        .worker_path = text_string(&worker),
        .journal_path = text_string(&files->journal),
        .resume = options->resume,
        .deadline_seconds = options->worker_timeout_seconds,
        .take_census = takes_census(plan),
        .repeat_disturbed = !run_request_is_quick(&plan->request),
        .learned = learned,
        .progress = options->quiet ? NULL : progress_show,
        .progress_context = &progress,
        .damage = options->quiet ? NULL : tell_damage,
    };
    status = runner_run(plan, &runner_options, facts, ret_run, error);
    progress_clear(&progress);
    environment_read_load(facts, "after.");
    return status;
}

static enum status store(const struct run_options *options, const struct plan *plan, const struct run *run,
                         const struct run_files *files, const struct facts *facts, struct error *error)
{
    struct results results = {
        .platform = options->platform,
        .plan = plan,
        .processes = run->processes,
        .process_count = run->count,
        .censuses = run->censuses,
        .census_count = run->census_count,
        .limits = run->limits,
        .facts = facts,
    };
    enum status status = facts_check(facts, error);
    if (status == STATUS_OK)
        status = results_write(options->output_directory, &results, error);
    if (status == STATUS_OK)
        return runner_discard_journal(text_string(&files->journal), error);
    if (error) {
        CLEANUP(text_release) struct text remedy = {0};
        text_append(&remedy, "The measurements are kept: mend this, then go on with ");
        resume_command_append(&remedy, options,
                              true); // one of the files may be there already, and is its own
        snprintf(error->remedy, sizeof error->remedy, "%s", text_string(&remedy));
    }
    return status;
}

static enum status run_plan(struct invocation *invocation, const struct run_options *options,
                            const struct plan *plan, const struct run_files *files,
                            const struct duration_estimate *learned, struct error *error)
{
    uint64_t trial_count = (uint64_t)plan->count / plan->request.processes * plan->request.iterations;
    enum status status = output_directory_check(options->output_directory,
                                                run_files_needed_bytes(plan->count, trial_count), error);
    if (status != STATUS_OK)
        return status;
    CLEANUP(facts_release) struct facts facts = {0};
    CLEANUP(run_release) struct run run = {0};
    status = measure(options, plan, files, learned, &facts, &run, error);
    if (status == STATUS_INTERRUPTED)
        return interrupted(options, &run, plan, error);
    if (status == STATUS_OK)
        status = store(options, plan, &run, files, &facts, error);
    if (status == STATUS_OK)
        status = report(invocation, options, plan, &run, files, error);
    return status;
}

// "memalloc-bench analyse" would measure for minutes under that name. A word with other characters than
// letters is no mistyped command.
static enum status refuse_mistyped_command(const struct invocation *invocation, struct error *error)
{
    const char *word = invocation->arguments[0];
    if (invocation->command_named ||
        word[strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")])
        return STATUS_OK;
    const struct command *nearest = command_nearest(word);
    if (!nearest)
        return STATUS_OK;
    CLEANUP(text_release) struct text remedy = {0};
    text_append_format(
        &remedy, "Did you mean memalloc-bench %s? To measure a platform of that name: memalloc-bench run %s",
        nearest->name, word);
    return error_set(error, STATUS_USAGE, text_string(&remedy), "there is no command '%s'", word);
}

static void print_note(struct text *sentence)
{
    CLEANUP(text_release) struct text output = {0};
    text_append(sentence, ".");
    wrap_append(&output, text_string(sentence), 4, 0);
    fputs(text_string(&output), stderr);
}

// What will not be measured although it was asked for: an end of a run of minutes is late to learn of it.
static void tell_what_is_missing(const struct run_options *options, const struct plan *plan)
{
    static const char who[] = "memalloc-bench: ";
    if (options->rust_left_out) {
        CLEANUP(text_release) struct text note = {0};
        text_append_format(&note,
                           "%s--touch %s leaves out the allocators in Rust, which have code for the touch "
                           "word alone",
                           who, touches[plan->request.touch].name);
        print_note(&note);
    }
    for (uint32_t i = 0; i < plan->request.heap_count && !options->dry_run; i++) { // there the plan says it
        CLEANUP(text_release) struct text problem = {0};
        text_append(&problem, who);
        if (heap_problem_append(&problem, plan, i))
            print_note(&problem);
    }
}

static enum status execute(struct invocation *invocation, struct error *error)
{
    struct run_options options;
    CLEANUP(run_files_release) struct run_files files = {0};
    CLEANUP(plan_release) struct plan plan = {0};
    CLEANUP(free_pointer) struct duration_estimate *learned = calloc(1, sizeof *learned);
    enum status status = refuse_mistyped_command(invocation, error);
    if (status == STATUS_OK)
        status = run_options_from(invocation, &options, error);
    if (status == STATUS_OK)
        status = run_files_name(&options, &files, error);
    if (status == STATUS_OK && !options.dry_run)
        status = run_files_check_existing(&options, &files, error);
    if (status == STATUS_OK && options.resume)
        status = take_journaled_request(invocation, &files, &options, error);
    else if (status == STATUS_OK)
        status = heap_options_check_usable(&options.request, error);
    if (status == STATUS_OK && !learned)
        return error_set_no_memory(error);
    if (status == STATUS_OK && !options.resume && (options.precise || options.time_budget_seconds > 0))
        status = rehearse(&options, learned, error);
    if (status == STATUS_OK)
        status = plan_build(&options.request, &plan, error);
    if (status != STATUS_OK)
        return status;
    if (!options.quiet)
        tell_what_is_missing(&options, &plan);
    if (options.dry_run) {
        plan_append(&invocation->output, &plan, options.platform,
                    isatty(STDOUT_FILENO) ? PLAN_LINES_ON_A_TERMINAL : SIZE_MAX);
        return STATUS_OK;
    }
    return run_plan(invocation, &options, &plan, &files, learned, error);
}

const struct command command_run = {
    .name = "run",
    .summary = "measure this machine",
    .description =
        "Measures every allocator with every pattern and size, each in fresh processes that take turns in a "
        "seeded random order, and writes DIR/benchmark_PLATFORM.parquet and DIR/details_PLATFORM.parquet. "
        "The "
        "word run may be left out where the platform's name does not look like a command.\n\n"
        "A run that was interrupted is kept in DIR/benchmark_PLATFORM.journal; --resume goes on from there. "
        "It "
        "measures what the interrupted run was asked for; options that say otherwise are an error, and so is "
        "another build, kernel or machine.\n\n"
        "Of --iterations and --processes the one that is not given follows the other where it must: a "
        "process "
        "runs at least one iteration. --precise and --time-budget first measure every cell once, to know how "
        "long the run will take.",
    .arguments = run_arguments,
    .least_arguments = 1,
    .most_arguments = 1,
    .options = run_option_rows,
    .option_count = RUN_OPTION_COUNT,
    .execute = execute,
};
