// Checks the run's options as `run` does, before a job waits for hours to learn that they are wrong; finds
// the nodes and the time that a task needs; then src/cluster submits.
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "cluster/cluster.h"
#include "command_line/command.h"
#include "command_line/parse.h"
#include "commands/private.h"
#include "commands/progress.h"
#include "commands/run_options.h"
#include "os/os.h"
#include "results/run_files.h"

enum submit_option {
    OPTION_nodes,
    OPTION_nodelist,
    OPTION_constraint,
    OPTION_partition,
    OPTION_account,
    OPTION_time,
    OPTION_requeue,
    OPTION_module,
    OPTION_sbatch_option,
    OPTION_output_dir,
    OPTION_dry_run,
    OPTION_status,
    OPTION_wait,
    OPTION_retry,
    OPTION_COUNT
};

static const struct option_row options[OPTION_COUNT] = {
    [OPTION_nodes] = {.name = "nodes",
                      .type = OPTION_NUMBER,
                      .value_name = "N",
                      .minimum = 1,
                      .maximum = 100000,
                      .help = "measure this many nodes, which Slurm chooses"},
    [OPTION_nodelist] = {.name = "nodelist",
                         .type = OPTION_TEXT,
                         .value_name = "LIST",
                         .help = "measure these nodes, written as Slurm does: n[1-3,7]"},
    [OPTION_constraint] = {.name = "constraint",
                           .type = OPTION_TEXT,
                           .value_name = "FEATURE",
                           .help = "only nodes with this feature; without --nodes all of them"},
    [OPTION_partition] = {.name = "partition",
                          .type = OPTION_TEXT,
                          .value_name = "NAME",
                          .help = "Slurm's partition"},
    [OPTION_account] = {.name = "account",
                        .type = OPTION_TEXT,
                        .value_name = "NAME",
                        .help = "the account to charge"},
    [OPTION_time] = {.name = "time",
                     .type = OPTION_DURATION,
                     .value_name = "TIME",
                     .minimum = 60,
                     .maximum = 31536000,
                     .help = "time limit of a node, such as 1h30m; by default twice an estimate, for which "
                             "every cell is measured once on this machine"},
    [OPTION_requeue] = {.name = "requeue",
                        .type = OPTION_FLAG,
                        .help = "queue a node's run again after preemption, time limit or node failure; it "
                                "continues where it stopped"},
    [OPTION_module] = {.name = "module",
                       .type = OPTION_TEXTS,
                       .value_name = "NAME",
                       .help = "environment module to load first, may be repeated"},
    [OPTION_sbatch_option] = {.name = "sbatch-option",
                              .type = OPTION_TEXTS,
                              .value_name = "OPTION",
                              .help = "another option of sbatch, such as qos=low, may be repeated"},
    [OPTION_output_dir] = {.name = "output-dir",
                           .type = OPTION_PATH,
                           .value_name = "DIR",
                           .default_text = RESULTS_DEFAULT_DIRECTORY,
                           .help = "directory of the files, which all nodes share; created if missing"},
    [OPTION_dry_run] = {.name = "dry-run", .type = OPTION_FLAG, .help = "print the scripts and exit"},
    [OPTION_status] = {.name = "status",
                       .type = OPTION_FLAG,
                       .help = "show the state of every node, and reasons"},
    [OPTION_wait] = {.name = "wait",
                     .type = OPTION_FLAG,
                     .help = "wait for the analysis to end, then show the state of every node"},
    [OPTION_retry] = {.name = "retry",
                      .type = OPTION_FLAG,
                      .help = "submit only the nodes that failed or were cancelled"},
};

static const struct argument_row arguments[] = {
    {"PLATFORM", "name of the results: node n1 writes those of PLATFORM-n1"}};

// What the command line asks for, and the paths that follow from it.
struct request {
    const char *platform;
    bool on_existing; // --status, --wait or --retry of what was submitted
    bool replace;     // run's --force
    struct run_options run;
    struct invocation run_invocation; // `run` points into it
    struct cluster_job job;           // its words are owned here
    struct text directory, folder;
    char program[PATH_MAX];
};

static void release_request(struct request *request)
{
    invocation_release(&request->run_invocation);
    string_list_release(&request->job.run_words);
    string_list_release(&request->job.modules);
    string_list_release(&request->job.slurm_words);
    text_release(&request->directory);
    text_release(&request->folder);
}

// ---- the command line ----

static bool names_nodes(const struct option_value *values)
{
    return values[OPTION_nodes].given || values[OPTION_nodelist].given || values[OPTION_constraint].given;
}

static enum status check_combination(const struct option_value *values, struct error *error)
{
    static const struct {
        enum submit_option one, other;
        const char *reason;
    } contradictions[] = {
        {OPTION_nodes, OPTION_nodelist, "each selects nodes"},
        {OPTION_dry_run, OPTION_status, "nothing is submitted"},
        {OPTION_dry_run, OPTION_wait, "nothing is submitted"},
        {OPTION_dry_run, OPTION_retry, "a retry uses the existing scripts"},
        {OPTION_status, OPTION_retry, "--status changes nothing"},
    };
    for (size_t i = 0; i < COUNT_OF(contradictions); i++)
        if (values[contradictions[i].one].given && values[contradictions[i].other].given)
            return error_set(error, STATUS_USAGE, "Leave one of them out.",
                             "--%s and --%s contradict each other: %s", options[contradictions[i].one].name,
                             options[contradictions[i].other].name, contradictions[i].reason);
    bool existing = values[OPTION_status].given || values[OPTION_retry].given;
    if (existing && names_nodes(values))
        return error_set(error, STATUS_USAGE, "Leave out --nodes, --nodelist and --constraint.",
                         "--status and --retry are about nodes that were submitted");
    if (!existing && !names_nodes(values) && !values[OPTION_wait].given)
        return error_set(error, STATUS_USAGE, "Give --nodes, --nodelist or --constraint.",
                         "no nodes were selected");
    return STATUS_OK;
}

// Options of `run` that a job sets itself, or that make no sense there.
static enum status check_run_options(const struct invocation *run, struct error *error)
{
    static const enum run_option refused[] = {RUN_OUTPUT_DIR, RUN_DRY_RUN, RUN_RESUME, RUN_RESUME_OR_START,
                                              RUN_FINISH};
    for (size_t i = 0; i < COUNT_OF(refused); i++)
        if (run->values[refused[i]].given)
            return error_set(error, STATUS_USAGE, "Leave it out.",
                             "run's option --%s cannot be used in a job", run_option_rows[refused[i]].name);
    return STATUS_OK;
}

// The options of `run` as `run` would see them.
static enum status parse_run(const struct invocation *invocation, struct request *request,
                             struct error *error)
{
    const struct string_list *rest = &invocation->rest;
    CLEANUP(free_pointer) const char **words = calloc(rest->count + 1, sizeof *words);
    if (!words)
        return error_set_no_memory(error);
    words[0] = request->platform;
    for (size_t i = 0; i < rest->count; i++)
        words[i + 1] = rest->items[i];
    const struct command *run = command_find(invocation->commands, "run");
    enum status status =
        command_parse(invocation->commands, run, rest->count + 1, words, &request->run_invocation, error);
    if (status == STATUS_OK)
        status = check_run_options(&request->run_invocation, error);
    if (status == STATUS_OK)
        status = run_options_from(&request->run_invocation, &request->run, error);
    if (status != STATUS_OK)
        return status;
    request->replace = request->run.files.force;
    request->run.files.output_directory = text_string(&request->directory);
    for (size_t i = 0; i < rest->count && status == STATUS_OK; i++)
        if (strcmp(rest->items[i], "--force") != 0 && strcmp(rest->items[i], "--quiet") != 0)
            status = string_list_add(&request->job.run_words, rest->items[i], error);
    return status;
}

// Absolute, since a job starts elsewhere.
static enum status name_paths(const char *directory, bool make, struct request *request, struct error *error)
{
    char path[PATH_MAX];
    enum status status = make ? file_make_directory(directory, error) : STATUS_OK;
    if (status != STATUS_OK)
        return status;
    if (realpath(directory, path))
        text_append(&request->directory, path);
    else if (directory[0] != '/' && getcwd(path, sizeof path))
        text_append_format(&request->directory, "%s/%s", path, directory);
    else
        text_append(&request->directory, directory);
    text_append_format(&request->folder, "%s/submit_%s", text_string(&request->directory), request->platform);
    status = text_check(&request->directory, error);
    if (status == STATUS_OK)
        status = text_check(&request->folder, error);
    if (status == STATUS_OK && !os_executable_path(request->program, sizeof request->program))
        return error_set(error, STATUS_ENVIRONMENT, NULL, "cannot determine the program's own path");
    return status;
}

static enum status read_request(const struct invocation *invocation, struct request *request,
                                struct error *error)
{
    const struct option_value *values = invocation->values;
    bool makes = names_nodes(values) && !values[OPTION_dry_run].given;
    request->platform = invocation->arguments[0];
    request->on_existing = !names_nodes(values);
    enum status status = check_combination(values, error);
    if (status == STATUS_OK)
        status = platform_check(request->platform, error);
    if (status == STATUS_OK)
        status = name_paths(values[OPTION_output_dir].text, makes, request, error);
    if (status == STATUS_OK)
        status = parse_run(invocation, request, error);
    if (status == STATUS_OK)
        status = string_list_add_all(&request->job.modules, &values[OPTION_module].names, error);
    if (status == STATUS_OK)
        status = string_list_add_all(&request->job.slurm_words, &values[OPTION_sbatch_option].names, error);
    struct cluster_job *job = &request->job;
    job->platform = request->platform;
    job->directory = text_string(&request->directory);
    job->folder = text_string(&request->folder);
    job->program = request->program;
    job->partition = values[OPTION_partition].text;
    job->account = values[OPTION_account].text;
    job->constraint = values[OPTION_constraint].text;
    job->requeue = values[OPTION_requeue].given;
    job->replace = request->replace;
    return status == STATUS_OK ? cluster_job_check(job, error) : status;
}

// ---- submitting ----

// A budget is what the user said; else what measuring every cell once, here, tells. With --dry-run nothing is
// measured, and a rough guess has to do.
static enum status find_time(const struct invocation *invocation, struct request *request,
                             struct error *error)
{
    const struct option_value *given = &invocation->values[OPTION_time];
    enum status status = STATUS_OK;
    if (given->given) {
        request->job.minutes = (uint32_t)ceil(given->decimal / 60);
        return STATUS_OK;
    }
    double seconds = request->run.time_budget_seconds;
    if (seconds <= 0)
        status = invocation->values[OPTION_dry_run].given
                     ? guess_seconds(&request->run.request, &seconds, error)
                     : rehearsed_seconds(&request->run, &seconds, error);
    if (status != STATUS_OK)
        return status;
    request->job.minutes = cluster_minutes(seconds);
    if (!request->run.quiet) {
        CLEANUP(text_release) struct text shown = {0};
        duration_append(&shown, seconds);
        fprintf(stderr, "A node will take about %s; the time limit is %" PRIu32 " minutes.\n",
                text_string(&shown), request->job.minutes);
    }
    return STATUS_OK;
}

static enum status find_nodes(const struct invocation *invocation, const struct request *request,
                              struct string_list *ret_nodes, struct error *error)
{
    const struct option_value *list = &invocation->values[OPTION_nodelist];
    enum status status =
        list->given ? cluster_expand_nodes(list->text, ret_nodes, error)
                    : cluster_choose_nodes(&request->job, (size_t)invocation->values[OPTION_nodes].number,
                                           ret_nodes, error);
    for (size_t i = 0; i < ret_nodes->count && status == STATUS_OK; i++) {
        CLEANUP(text_release) struct text platform = {0};
        text_append_format(&platform, "%s-%s", request->platform, ret_nodes->items[i]);
        status = text_check(&platform, error);
        if (status == STATUS_OK)
            status = platform_check(text_string(&platform), error);
    }
    return status;
}

// Results that a node would not be allowed to replace, found before it waits for its turn.
static enum status check_results(const struct request *request, const struct string_list *nodes,
                                 struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < nodes->count && status == STATUS_OK && !request->replace; i++) {
        CLEANUP(text_release) struct text path = {0};
        text_append_format(&path, "%s/benchmark_%s-%s.parquet", text_string(&request->directory),
                           request->platform, nodes->items[i]);
        status = text_check(&path, error);
        if (status == STATUS_OK && access(text_string(&path), F_OK) == 0)
            return error_set(error, STATUS_USAGE,
                             "Replace them with --force after PLATFORM, or choose another name.",
                             "results of node %s already exist: %s", nodes->items[i], text_string(&path));
    }
    return status;
}

// An earlier submission of this name must have ended, and be one that may be replaced.
static enum status check_earlier(const struct request *request, struct error *error)
{
    CLEANUP(submission_release) struct submission earlier = {0};
    CLEANUP(submission_status_release) struct submission_status status = {0};
    if (!submission_exists(text_string(&request->folder)))
        return STATUS_OK;
    if (!request->replace)
        return error_set(
            error, STATUS_USAGE, "See --status and --retry, or submit again with --force after PLATFORM.",
            "%s was already submitted: see %s", request->platform, text_string(&request->folder));
    enum status ended = submission_read(text_string(&request->folder), &earlier, NULL);
    if (ended != STATUS_OK)
        return STATUS_OK; // damaged, and given up by --force
    ended = cluster_read_status(text_string(&request->folder), &earlier, &status, error);
    if (ended == STATUS_OK && status.counts[TASK_WAITING] + status.counts[TASK_RUNNING] > 0)
        return error_set(error, STATUS_USAGE, "Wait with --wait, or end it with scancel.",
                         "job %" PRIu64 " of %s has not ended", earlier.tasks[0].job, request->platform);
    return ended;
}

// Every node's share of the shared folder, before the first one writes into it.
static enum status check_room(const struct request *request, size_t nodes, struct error *error)
{
    CLEANUP(plan_release) struct plan plan = {0};
    enum status status = plan_build(&request->run.request, &plan, error);
    if (status != STATUS_OK)
        return status;
    uint64_t trials = (uint64_t)plan_count_cells(&plan) * plan.request.iterations;
    return output_directory_check(text_string(&request->directory),
                                  nodes * run_files_needed_bytes(plan.count, trials), error);
}

static enum status submit_nodes(struct invocation *invocation, struct request *request, struct error *error)
{
    CLEANUP(string_list_release) struct string_list nodes = {0};
    CLEANUP(submission_release) struct submission submission = {0};
    enum status status = find_time(invocation, request, error);
    if (status == STATUS_OK && !(invocation->values[OPTION_dry_run].given && // needs no cluster
                                 invocation->values[OPTION_nodes].given))
        status = find_nodes(invocation, request, &nodes, error);
    request->job.task_count = nodes.count ? nodes.count : (size_t)invocation->values[OPTION_nodes].number;
    if (status == STATUS_OK && invocation->values[OPTION_dry_run].given) {
        cluster_append_job_script(&invocation->output, &request->job);
        text_append(&invocation->output, "\n");
        cluster_append_analysis_script(&invocation->output, &request->job);
        return STATUS_OK;
    }
    if (status == STATUS_OK)
        status = check_earlier(request, error);
    if (status == STATUS_OK)
        status = check_results(request, &nodes, error);
    if (status == STATUS_OK)
        status = check_room(request, nodes.count, error);
    if (status == STATUS_OK)
        status = cluster_write_scripts(&request->job, error);
    if (status == STATUS_OK)
        status = submission_of_nodes(&nodes, &submission, error);
    CLEANUP(free_pointer) bool *all = malloc(nodes.count + 1);
    if (status == STATUS_OK && !all)
        return error_set_no_memory(error);
    if (status != STATUS_OK)
        return status;
    memset(all, true, nodes.count + 1);
    status = cluster_submit(text_string(&request->folder), &submission, all, error);
    if (status == STATUS_OK && !request->run.quiet)
        text_append_format(
            &invocation->output, "Submitted: %zu node%s in job %" PRIu64 ", analysis in job %" PRIu64 ".\n",
            nodes.count, nodes.count == 1 ? "" : "s", submission.tasks[0].job, submission.analysis);
    return status;
}

// ---- the command ----

static enum status execute(struct invocation *invocation, struct error *error)
{
    CLEANUP(release_request) struct request request = {0};
    const struct option_value *values = invocation->values;
    enum status status = read_request(invocation, &request, error);
    if (status != STATUS_OK)
        return status;
    if (!request.on_existing)
        status = submit_nodes(invocation, &request, error);
    else if (values[OPTION_retry].given)
        status = submitted_retry(invocation, request.platform, text_string(&request.folder), error);
    if (status != STATUS_OK || !(values[OPTION_status].given || values[OPTION_wait].given))
        return status;
    return submitted_tell(invocation, request.platform, text_string(&request.folder),
                          values[OPTION_wait].given, error);
}

const struct command command_submit = {
    .name = "submit",
    .summary = "measure many nodes of a cluster",
    .description =
        "Submits a job to Slurm that measures every node separately, one exclusive task per node, and "
        "a second job that then analyses all results. Options after PLATFORM, such as --precise, are "
        "passed to run on every node. All nodes must share DIR. Node n1 writes "
        "benchmark_PLATFORM-n1.parquet. Scripts, output and the list of tasks are in "
        "DIR/submit_PLATFORM.\n\n"
        "--status, --wait and --retry refer to an earlier submission of that name. --status and "
        "--wait exit with 1 if a node failed or was cancelled. --retry continues where such a node "
        "stopped.\n\n"
        "Slurm signals a run shortly before its time limit, so that it can stop and keep its "
        "measurements. With --requeue it is then queued again and continues.",
    .arguments = arguments,
    .min_arguments = 1,
    .max_arguments = 1,
    .rest_name = "options of run",
    .options = options,
    .option_count = OPTION_COUNT,
    .execute = execute,
};
