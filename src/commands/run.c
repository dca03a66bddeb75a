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
#include "command_line/parse.h"
#include "command_line/terminal.h"
#include "command_line/wrap.h"
#include "commands/private.h"
#include "commands/progress.h"
#include "commands/run_options.h"
#include "doctor/doctor.h"
#include "environment/environment.h"
#include "os/os.h"
#include "results/results.h"
#include "results/run_files.h"
#include "runner/runner.h"
#include "statistics/statistics.h"

enum {
    PLAN_LINES_ON_A_TERMINAL = 10,
    MIN_FINISHED_PROCESSES = NULL_CELL_MIN_PROCESSES, // of a cell: fewer have no interval and no control
};

#define CPU_KIND_KEY "worker.cpu_kind"

// What the journal was begun with is what a resumed run measures, and on cores of that kind.
static enum status take_journaled_request(const struct invocation *invocation, const struct run_files *files,
                                          struct run_options *options, struct error *error)
{
    struct plan_request journaled;
    CLEANUP(facts_release) struct facts begun = {0};
    enum status status = runner_read_journal_request(text_string(&files->journal), &journaled, &begun, error);
    if (status == STATUS_OK)
        status = run_options_check_resumed(invocation, &options->request, &journaled, error);
    if (status != STATUS_OK)
        return status;
    options->request = journaled;
    const char *cpu_kind = facts_get(&begun, CPU_KIND_KEY);
    if (cpu_kind && options->cpu_kind < 0)
        options->cpu_kind = choice_index(&cpu_kind_choices, cpu_kind);
    return STATUS_OK;
}

// Leaves of the plan what the journal holds of every cell.
static enum status cut_to_what_is_complete(const struct run_options *options, const struct run_files *files,
                                           struct plan *plan, struct error *error)
{
    uint32_t whole;
    enum status status = runner_count_whole_replicates(text_string(&files->journal), plan, &whole, error);
    if (status != STATUS_OK || (whole == plan->request.processes && plan->request.spare_processes == 0))
        return status;
    if (whole < MIN_FINISHED_PROCESSES) {
        CLEANUP(text_release) struct text remedy = {0};
        struct run_files_request going_on = options->files;
        going_on.finish = false;
        text_append(&remedy, "Continue with ");
        resume_command_append(&remedy, &going_on, options->files.force);
        return error_set(error, STATUS_USAGE, text_string(&remedy),
                         "the interrupted run cannot be finished yet: every cell has %" PRIu32
                         " complete processes, and needs %d",
                         whole, MIN_FINISHED_PROCESSES);
    }
    plan_cut(plan, whole);
    if (!options->quiet && whole < plan->cut_processes)
        fprintf(stderr, "memalloc-bench: %" PRIu32 " of %" PRIu32 " processes of everything are stored.\n",
                whole, plan->cut_processes);
    return STATUS_OK;
}

// Counts as the progress did: those of other measurements, too.
static enum status interrupted(const struct run_options *options, const struct run *run,
                               const struct plan *plan, struct error *error)
{
    CLEANUP(text_release) struct text remedy = {0};
    text_append(&remedy, "Continue with ");
    resume_command_append(&remedy, &options->files, options->files.force);
    uint32_t whole = 0;
    enum status status = run_whole_replicates(plan, run->processes, run->count, &whole, error);
    if (status != STATUS_OK)
        return status;
    if (whole >= MIN_FINISHED_PROCESSES && !options->files.finish)
        text_append(&remedy, ", or store what is complete: the same with --finish");
    return error_set(error, STATUS_INTERRUPTED, text_string(&remedy),
                     "interrupted after %zu of %zu processes", run->count + run->measurement_count,
                     plan->count + plan_count_measurements(plan));
}

static enum status append_outcome(struct text *output, const struct results *results,
                                  const struct failed_cells *failed, struct error *error)
{
    CLEANUP(dataset_release) struct dataset dataset = {0};
    enum status status = dataset_from_results(results, &dataset, error);
    if (status == STATUS_OK)
        end_table_append(output, results->plan, &dataset, failed, terminal_wants_colour(STDOUT_FILENO));
    bool has_findings = false;
    for (size_t i = 0; i < dataset.count; i++)
        has_findings =
            has_findings || (cell_name_is_standard(dataset.cells[i].name) && !dataset.cells[i].control);
    if (status != STATUS_OK || !has_findings)
        return status;
    CLEANUP(analysis_release) struct analysis analysis = {0};
    struct analysis_options defaults;
    analysis_options_init(&defaults);
    status = analysis_of_dataset(&dataset, defaults.practical_threshold, &analysis, error);
    CLEANUP(text_release) struct text found = {0};
    warnings_text_append(&found, &analysis);
    findings_text_append(&found, &analysis, FINDING_failures); // the tables end with them
    if (status == STATUS_OK)
        status = text_check(&found, error);
    if (status == STATUS_OK && found.length > 0)
        text_append_format(output, "\n%s", text_string(&found));
    return status;
}

// What became of the time in which a loud machine would have repeated trials.
static void append_added(struct text *output, const struct plan *plan)
{
    CLEANUP(text_release) struct text sentence = {0};
    const uint32_t all = plan->request.processes, added = plan->added_processes;
    if (added == 0)
        return;
    text_append_format(&sentence,
                       "While most trials were disturbed, none were repeated; the time went into %" PRIu32
                       " more process%s of everything: %" PRIu32 " instead of %" PRIu32 ".",
                       added, added == 1 ? "" : "es", all, all - added);
    text_append(output, "\n");
    wrap_append(output, text_string(&sentence), 0, 0);
}

// What was asked for beside the trials and failed, where its cell did not: the census is none of that.
static size_t count_failed_measurements(const struct run *run, const struct measurement_record **ret_first)
{
    size_t failed = 0;
    for (size_t i = run->measurement_count; i-- > 0;) {
        const struct measurement_record *record = &run->measurements[i];
        if (record->outcome == OUTCOME_OK ||
            measurement_kinds[record->kind].asked != MEASUREMENT_ASKED_OPTION)
            continue;
        failed++;
        *ret_first = record;
    }
    return failed;
}

static enum status check_measurements(const struct results *results, const struct run *run,
                                      const struct run_files *files, struct error *error)
{
    const struct measurement_record *first = NULL;
    size_t failed = count_failed_measurements(run, &first);
    if (failed == 0)
        return STATUS_OK;
    CLEANUP(text_release) struct text remedy = {0};
    const struct planned_process *process = &results->plan->processes[first->plan_order];
    text_append_format(&remedy, "The reasons are in the columns outcome and reason of %s.",
                       text_string(&files->measurements));
    return error_set(error, STATUS_CELLS_FAILED, text_string(&remedy),
                     "%zu measurements failed, first the %s of %s at %" PRIu32 " bytes: %s", failed,
                     measurement_kinds[first->kind].title, process->allocator, process->cell.size_bytes,
                     first->reason);
}

static enum status report(struct invocation *invocation, const struct run_options *options,
                          const struct results *results, const struct run *run, const struct run_files *files,
                          struct error *error)
{
    CLEANUP(failed_cells_release) struct failed_cells failed = {0};
    enum status status = failed_cells_count(results->plan, run, &failed, error);
    if (status == STATUS_OK && !options->quiet) {
        status = append_outcome(&invocation->output, results, &failed, error);
        append_added(&invocation->output, results->plan);
        text_append_format(&invocation->output, "\nWritten: %s\n         %s\n",
                           text_string(&files->benchmark), text_string(&files->details));
        if (results_have_rows(results))
            text_append_format(&invocation->output, "         %s\n", text_string(&files->measurements));
    }
    if (status == STATUS_OK && failed.failed_count == 0)
        return check_measurements(results, run, files, error);
    if (status != STATUS_OK)
        return status;
    CLEANUP(text_release) struct text remedy = {0};
    text_append_format(&remedy, "The reasons are in the columns outcome and reason of %s.",
                       text_string(&files->details));
    return error_set(error, STATUS_CELLS_FAILED, text_string(&remedy), "%zu of %zu cells failed",
                     failed.failed_count, failed.cell_count);
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

// In a line of its own; the progress is drawn anew below it.
static void tell_stopped(void *context, pid_t worker)
{
    progress_clear(context);
    fprintf(stderr,
            "memalloc-bench: the process that measures (%ld) is stopped or frozen; the run waits until it "
            "continues (kill -CONT %ld).\n",
            (long)worker, (long)worker);
}

static void tell_damage(const char *journal_path)
{
    fprintf(stderr, "memalloc-bench: the end of %s cannot be read; what stood there is measured again.\n",
            journal_path);
}

// The CPUs for the workers, by --cpu-kind: as many as `ret_cpus` holds, or 0 where all are alike. Where
// nothing was chosen it is the performance cores: the times of two kinds are no two samples of one thing.
// The kind is a fact from here on, so that a run which goes on with another one is refused.
static enum status choose_cpus(const struct run_options *options, struct facts *facts, uint32_t *ret_cpus,
                               int *ret_count, struct error *error)
{
    const bool chosen = options->cpu_kind >= 0;
    const enum cpu_kind kind = chosen ? (enum cpu_kind)options->cpu_kind : CPU_KIND_PERFORMANCE;
    int count = environment_cpus_of_kind(facts, kind, ret_cpus, OS_MAX_CPUS);
    *ret_count = count > 0 ? count : 0;
    if (count > 0)
        facts_set(facts, CPU_KIND_KEY, cpu_kind_name(kind));
    if (count > 0 || !chosen)
        return STATUS_OK;
    if (count == 0)
        return error_set(error, STATUS_ENVIRONMENT,
                         "Allow one with taskset or the cpuset of its control group.",
                         "--cpu-kind: this process may not run on a CPU of the kind %s", cpu_kind_name(kind));
    return error_set(
        error, STATUS_USAGE, "Leave --cpu-kind out.",
        "--cpu-kind: the system does not report kinds of cores, or does not let programs choose one");
}

// Measures, with the machine's state before and after among the facts.
static enum status measure(const struct run_options *options, struct plan *plan,
                           const struct run_files *files, const struct duration_estimate *learned,
                           struct facts *facts, struct run *ret_run, struct error *error)
{
    CLEANUP(text_release) struct text worker = {0};
    enum status status =
        runner_find_worker((enum touch)plan_request_value(&plan->request, AXIS_touch), &worker, error);
    if (status != STATUS_OK)
        return status;
    environment_read(facts);
    facts_set(facts, "run.quick", run_request_is_quick(&plan->request) ? "true" : "false");
    facts_set_format(facts, "run.worker_timeout_seconds", "%" PRIu32, options->worker_timeout_seconds);
    environment_read_load(facts, "before.");
    status = examine_machine(options, plan, facts, error);
    uint32_t cpus[OS_MAX_CPUS];
    int cpu_count = 0;
    if (status == STATUS_OK)
        status = choose_cpus(options, facts, cpus, &cpu_count, error);
    if (status == STATUS_OK && !options->files.resume)
        status = runner_discard_journal(text_string(&files->journal), error);
    if (status != STATUS_OK)
        return status;
    struct progress progress;
    progress_init(&progress, STDERR_FILENO);
    struct runner_options runner_options = {
        .worker_path = text_string(&worker),
        .journal_path = text_string(&files->journal),
        .resume = options->files.resume,
        .cpus = cpu_count > 0 ? cpus : NULL,
        .cpu_count = cpu_count,
        .deadline_seconds = options->worker_timeout_seconds,
        .repeat_disturbed = !run_request_is_quick(&plan->request),
        .learned = learned,
        .progress = options->quiet ? NULL : progress_show,
        .progress_context = &progress,
        .stopped = options->quiet ? NULL : tell_stopped,
        .stopped_context = &progress,
        .damage = options->quiet ? NULL : tell_damage,
    };
    status = runner_run(plan, &runner_options, facts, ret_run, error);
    progress_clear(&progress);
    environment_describe_worker(facts);
    environment_read_load(facts, "after.");
    return status;
}

static enum status store(const struct run_options *options, const struct results *results,
                         const struct run_files *files, struct error *error)
{
    enum status status = facts_check(results->facts, error);
    if (status == STATUS_OK)
        status = output_lock_check(&files->lock, options->files.platform, error);
    if (status == STATUS_OK)
        status = results_write(options->files.output_directory, results, error);
    if (status == STATUS_OK)
        return runner_discard_journal(text_string(&files->journal), error);
    if (error) {
        CLEANUP(text_release) struct text remedy = {0};
        text_append(&remedy, "The measurements are kept. Fix this, then continue with ");
        resume_command_append(&remedy, &options->files,
                              true); // one of the files may be there already, and is its own
        snprintf(error->remedy, sizeof error->remedy, "%s", text_string(&remedy));
    }
    return status;
}

static enum status run_plan(struct invocation *invocation, const struct run_options *options,
                            struct plan *plan, const struct run_files *files,
                            const struct duration_estimate *learned, struct error *error)
{
    uint64_t trial_count = (uint64_t)plan_count_cells(plan) * plan->request.iterations;
    enum status status = output_directory_check(options->files.output_directory,
                                                run_files_needed_bytes(plan->count, trial_count), error);
    if (status != STATUS_OK)
        return status;
    CLEANUP(facts_release) struct facts facts = {0};
    CLEANUP(run_release) struct run run = {0};
    status = measure(options, plan, files, learned, &facts, &run, error);
    if (status == STATUS_INTERRUPTED)
        return interrupted(options, &run, plan, error);
    const struct results results = {
        .platform = options->files.platform,
        .plan = plan,
        .processes = run.processes,
        .process_count = run.count,
        .measurements = run.measurements,
        .measurement_count = run.measurement_count,
        .limits = run.limits,
        .facts = &facts,
    };
    if (status == STATUS_OK)
        status = store(options, &results, files, error);
    return status == STATUS_OK ? report(invocation, options, &results, &run, files, error) : status;
}

// "memalloc-bench analyse" would measure for minutes under that name. A word with other characters than
// letters is no mistyped command.
static enum status refuse_mistyped_command(const struct invocation *invocation, struct error *error)
{
    const char *word = invocation->arguments[0];
    if (invocation->command_named ||
        word[strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")])
        return STATUS_OK;
    const struct command *nearest = command_nearest(invocation->commands, word);
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
                           who, touches[plan_request_value(&plan->request, AXIS_touch)].name);
        print_note(&note);
    }
    for (uint32_t i = 0; i < plan->request.heap_count; i++) {
        CLEANUP(text_release) struct text passed_over = {0};
        text_append(&passed_over, who);
        if (heap_passed_over_append(&passed_over, plan, i))
            print_note(&passed_over);
    }
    for (uint32_t i = 0; i < plan->request.heap_count && !options->dry_run; i++) { // there the plan says it
        CLEANUP(text_release) struct text problem = {0};
        text_append(&problem, who);
        if (heap_problem_append(&problem, plan, i))
            print_note(&problem);
    }
}

// What can be said before there is a directory for the results. A worker that is not there is said when it is
// to be started.
static enum status check_request(const struct plan_request *request, struct error *error)
{
    CLEANUP(text_release) struct text worker = {0};
    CLEANUP(plan_release) struct plan plan = {0};
    enum status status = plan_build(request, &plan, error);
    if (status == STATUS_OK)
        status = heap_options_check_usable(request, error);
    if (status == STATUS_OK && runner_find_worker(TOUCH_word, &worker, NULL) == STATUS_OK)
        status = heap_options_check_tunables(request, text_string(&worker), error);
    return status;
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
        status = run_files_name(&options.files, &files, error);
    if (status == STATUS_OK && options.resume_or_start)
        options.files.resume = run_files_have_journal(&files);
    if (status == STATUS_OK && !options.files.resume)
        status = check_request(&options.request, error);
    if (status == STATUS_OK && !options.dry_run)
        status = run_files_claim(&options.files, &files, error);
    if (status == STATUS_OK && files.lock.cannot_be_locked && !options.quiet)
        tell_that_nothing_locks(options.files.output_directory, options.files.platform);
    if (status == STATUS_OK && options.files.resume)
        status = take_journaled_request(invocation, &files, &options, error);
    if (status == STATUS_OK && !learned)
        return error_set_no_memory(error);
    if (status == STATUS_OK && !options.files.resume && (options.precise || options.time_budget_seconds > 0))
        status = rehearse(&options, learned, error);
    if (status == STATUS_OK)
        status = plan_build(&options.request, &plan, error);
    if (status == STATUS_OK && options.files.finish)
        status = cut_to_what_is_complete(&options, &files, &plan, error);
    if (status != STATUS_OK)
        return status;
    if (!options.quiet)
        tell_what_is_missing(&options, &plan);
    if (options.dry_run) {
        plan_append(&invocation->output, &plan, options.files.platform,
                    isatty(STDOUT_FILENO) ? PLAN_LINES_ON_A_TERMINAL : SIZE_MAX);
        return STATUS_OK;
    }
    return run_plan(invocation, &options, &plan, &files, learned, error);
}

const struct command command_run = {
    .name = "run",
    .summary = "measure this machine",
    .description =
        "Measures every allocator with every pattern and size, each in fresh processes that take "
        "turns in a seeded random order, and writes DIR/benchmark_PLATFORM.parquet and "
        "DIR/details_PLATFORM.parquet. The word run may be left out unless the platform's name looks "
        "like a command.\n\n"
        "An interrupted run is kept in DIR/benchmark_PLATFORM.journal, and --resume continues it with "
        "the original options. Options that contradict them are an error, and so is another build, "
        "kernel or machine. --resume --finish measures nothing more: it stores the processes that "
        "every cell has, at least 6, and discards the rest; intervals are then wider. "
        "--resume-or-start is for jobs that a cluster queues again, where it is unknown whether a run "
        "was started. While a run is active, another run of the same name is refused.\n\n"
        "If only one of --iterations and --processes is given, the other is adjusted if necessary: "
        "each process runs at least one iteration. --precise and --time-budget first measure every "
        "cell once to predict how long the run will take.",
    .arguments = run_arguments,
    .min_arguments = 1,
    .max_arguments = 1,
    .options = run_option_rows,
    .option_count = RUN_OPTION_COUNT,
    .execute = execute,
};
