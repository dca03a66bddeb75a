// Runs a program of the user on every heap: checks everything that can be known first, then measures, then
// writes, then says what it comes to.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "command_line/command.h"
#include "command_line/terminal.h"
#include "commands/private.h"
#include "commands/program_options.h"
#include "commands/progress.h"
#include "environment/environment.h"
#include "os/os.h"
#include "program/analysis.h"
#include "program/measure.h"

// ---- before ----

// The variants that come by themselves are left out where the C library does not take their tunables.
static void leave_out_variants(struct program_request *request, const struct launch_tools *tools, bool quiet)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < request->heap_count; i++) {
        struct tunable_problem problem;
        bool is_known = heap_find(request->heaps[i].name) || !*request->heaps[i].tunables;
        if (is_known || (heap_has_tunables() &&
                         heap_tunables_are_taken(tools->launcher, request->heaps[i].tunables, &problem))) {
            request->heaps[kept++] = request->heaps[i];
        } else if (!quiet) {
            fprintf(stderr, "memalloc-bench: %s is left out: this C library does not take %s.\n",
                    request->heaps[i].name, request->heaps[i].tunables);
        }
    }
    request->heap_count = kept;
}

static enum status check_heaps(const struct invocation *invocation, struct program_request *request,
                               const struct launch_tools *tools, struct error *error)
{
    if (!invocation->values[PROGRAM_OPTION_HEAPS].given && !invocation->values[PROGRAM_OPTION_HEAP].given)
        leave_out_variants(request, tools, invocation->values[PROGRAM_OPTION_QUIET].given);
    CLEANUP(free_pointer) struct plan_request *plan = calloc(1, sizeof *plan);
    if (!plan)
        return error_set_no_memory(error);
    memcpy(plan->heaps, request->heaps, sizeof plan->heaps);
    plan->heap_count = request->heap_count;
    return heap_options_check_tunables(plan, tools->launcher, error);
}

// What the command line names that can be looked at: programs and the input.
static enum status check_subjects(const struct program_request *request,
                                  const struct program_subjects *subjects, struct error *error)
{
    enum status status = STATUS_OK;
    for (uint32_t i = 0; i < subjects->count && status == STATUS_OK; i++) {
        CLEANUP(text_release) struct text path = {0};
        const char *input = subjects->items[i].input;
        status = launch_find_command(request->shell ? request->shell : subjects->items[i].words.items[0],
                                     &path, NULL, error);
        if (status == STATUS_OK && input && access(input, R_OK) != 0)
            status =
                error_set(error, STATUS_USAGE, "Name a readable file.", "--input %s cannot be read", input);
    }
    return status;
}

// With --resume: the journal's request, which a command line that names a command must agree with.
static enum status take_journaled_request(const char *journal, struct program_request *request,
                                          struct error *error)
{
    struct program_request journaled = {0};
    enum status status = program_journal_request(journal, &journaled, error);
    if (status == STATUS_OK && request->command_count > 0 && !program_request_equals(request, &journaled))
        status = error_set(error, STATUS_USAGE,
                           "Leave out the command and its options to continue it unchanged, or start again "
                           "with --force and without --resume.",
                           "the interrupted run of %s was started with another command or other options",
                           request->name);
    if (status != STATUS_OK) {
        program_request_release(&journaled);
        return status;
    }
    program_request_release(request);
    *request = journaled;
    return STATUS_OK;
}

// ---- meanwhile ----

struct watcher {
    struct progress progress;
    uint64_t begin_ns;
    bool quiet;
};

static void show_progress(void *context, const struct program_progress *now)
{
    struct watcher *watcher = context;
    const struct runner_progress progress = {
        .done = now->done,
        .total = now->total,
        .failed = now->failed,
        .elapsed_seconds = (double)(os_wall_ns() - watcher->begin_ns) / 1e9,
        .remaining_seconds = now->remaining_seconds,
    };
    if (!watcher->quiet && (!now->is_warmup || watcher->progress.redraws))
        progress_show(&watcher->progress, &progress);
}

static void show_outlook(void *context, const struct program_outlook *outlook)
{
    struct watcher *watcher = context;
    CLEANUP(text_release) struct text text = {0};
    if (watcher->quiet)
        return;
    progress_clear(&watcher->progress);
    progress_init(&watcher->progress, STDERR_FILENO);
    program_outlook_append(&text, outlook);
    fputs(text_string(&text), stderr);
}

static void add_facts(const struct program_request *request, struct facts *facts)
{
    facts_set_format(facts, "program_run.processes", "%" PRIu32, request->blocks);
    facts_set_format(facts, "program_run.warmups", "%" PRIu32, request->warmups);
    facts_set_format(facts, "program_run.seed", "%" PRIu64, request->seed);
    facts_set(facts, "program_run.shell", request->shell);
    facts_set(facts, "program_run.prepare", request->prepare);
    facts_set(facts, "program_run.cleanup", request->cleanup);
    facts_set(facts, "program_run.input", request->input);
    facts_set(facts, "program_run.ready", request->ready);
    facts_set(facts, "program_run.client", request->client);
}

static enum status measure(const struct invocation *invocation, const struct program_file_options *options,
                           const struct launch_tools *tools, const struct program_files *files,
                           struct program_request *request, struct program_data *data, struct error *error)
{
    CLEANUP(program_subjects_release) struct program_subjects subjects = {0};
    struct watcher watcher = {.begin_ns = os_wall_ns(),
                              .quiet = invocation->values[PROGRAM_OPTION_QUIET].given};
    const struct program_measure_options measure_options = {
        .tools = tools,
        .journal_path = text_string(&files->journal),
        .resume = options->resume,
        .progress = show_progress,
        .outlook = show_outlook,
        .context = &watcher,
    };
    enum status status = program_subjects_build(request, &subjects, error);
    if (status == STATUS_OK)
        status = check_subjects(request, &subjects, error);
    if (status == STATUS_OK)
        status = program_data_begin(request, &subjects, data, error);
    if (status != STATUS_OK)
        return status;
    environment_read(&data->facts);
    environment_read_load(&data->facts, "before.");
    progress_init(&watcher.progress, STDERR_FILENO);
    status = program_measure(request, &subjects, &measure_options, data, error);
    progress_clear(&watcher.progress);
    environment_read_load(&data->facts, "after.");
    add_facts(request, &data->facts);
    if (status == STATUS_INTERRUPTED && error) {
        CLEANUP(text_release) struct text remedy = {0};
        if (access(measure_options.journal_path, F_OK) == 0) {
            text_append(&remedy, "Continue with ");
            program_resume_command_append(&remedy, options);
        } else {
            text_append(&remedy, "Nothing was measured yet: start it again.");
        }
        snprintf(error->remedy, sizeof error->remedy, "%s", text_string(&remedy));
    }
    return status;
}

// ---- afterwards ----

static void append_json(struct text *text, const struct program_results *results)
{
    struct json json = {.text = text};
    json_open(&json, NULL, '{');
    json_open(&json, "programs", '[');
    program_results_write_json(&json, results);
    json_close(&json, ']');
    json_close(&json, '}');
    text_append(text, "\n");
}

static enum status write_exports(const struct invocation *invocation, const struct program_results *results,
                                 struct error *error)
{
    static const struct {
        enum program_option option;
        void (*append)(struct text *text, const struct program_results *results);
    } exports[] = {
        {PROGRAM_OPTION_EXPORT_JSON, program_export_json},
        {PROGRAM_OPTION_EXPORT_CSV, program_export_csv},
        {PROGRAM_OPTION_EXPORT_MARKDOWN, program_export_markdown},
    };
    enum status status = STATUS_OK;
    for (size_t i = 0; i < COUNT_OF(exports) && status == STATUS_OK; i++) {
        CLEANUP(text_release) struct text text = {0};
        const char *path = invocation->values[exports[i].option].text;
        if (!path)
            continue;
        exports[i].append(&text, results);
        status = text_check(&text, error);
        if (status == STATUS_OK)
            status = file_write(path, text_string(&text), text.length, error);
    }
    return status;
}

static enum status report(struct invocation *invocation, const struct program_data *data,
                          const struct program_files *files, struct error *error)
{
    CLEANUP(program_results_release) struct program_results results = {0};
    struct text *output = &invocation->output;
    enum status status = program_analyze(data, &results, error);
    if (status == STATUS_OK)
        status = write_exports(invocation, &results, error);
    if (status != STATUS_OK)
        return status;
    if (invocation->values[PROGRAM_OPTION_JSON].given) {
        append_json(output, &results);
        return STATUS_OK;
    }
    if (invocation->values[PROGRAM_OPTION_QUIET].given)
        return STATUS_OK;
    program_text_append(output, &results, terminal_wants_colour(STDOUT_FILENO));
    text_append_format(output, "\nWritten: %s\n", text_string(&files->result));
    return STATUS_OK;
}

static enum status store(const struct program_file_options *options, const struct program_files *files,
                         struct program_data *data, struct error *error)
{
    program_check_work(data);
    enum status status = facts_check(&data->facts, error);
    if (status == STATUS_OK)
        status = output_lock_check(&files->lock, options->name, error);
    if (status == STATUS_OK)
        status = program_file_write(text_string(&files->result), data, error);
    if (status == STATUS_OK)
        return program_discard_journal(text_string(&files->journal), error);
    if (error) {
        CLEANUP(text_release) struct text remedy = {0};
        text_append(&remedy, "The measurements are kept. Fix this, then continue with ");
        program_resume_command_append(&remedy, options);
        snprintf(error->remedy, sizeof error->remedy, "%s", text_string(&remedy));
    }
    return status;
}

static enum status execute(struct invocation *invocation, struct error *error)
{
    const struct option_value *values = invocation->values;
    CLEANUP(program_request_release) struct program_request request = {0};
    CLEANUP(program_files_release) struct program_files files = {0};
    CLEANUP(program_data_release) struct program_data data = {0};
    CLEANUP(free_pointer) char *name = NULL;
    struct launch_tools tools;
    enum status status = program_request_from(invocation, &request, error);
    if (status == STATUS_OK)
        status = launch_find_tools(&tools, error);
    if (status == STATUS_OK)
        status = check_heaps(invocation, &request, &tools, error);
    if (status != STATUS_OK)
        return status;
    name = strdup(request.name);
    if (!name)
        return error_set_no_memory(error);
    const struct program_file_options options = {
        .directory = values[PROGRAM_OPTION_OUTPUT_DIR].text,
        .name = name,
        .resume = values[PROGRAM_OPTION_RESUME].given,
        .force = values[PROGRAM_OPTION_FORCE].given,
        .quiet = values[PROGRAM_OPTION_QUIET].given,
    };
    status = program_files_claim(&options, &files, error);
    if (status == STATUS_OK && options.resume)
        status = take_journaled_request(text_string(&files.journal), &request, error);
    else if (status == STATUS_OK)
        status = program_discard_journal(text_string(&files.journal), error);
    if (status == STATUS_OK)
        status = measure(invocation, &options, &tools, &files, &request, &data, error);
    if (status == STATUS_OK)
        status = store(&options, &files, &data, error);
    return status == STATUS_OK ? report(invocation, &data, &files, error) : status;
}

const struct command command_program = {
    .name = "program",
    .summary = "find out which malloc a program should run on",
    .description =
        "Runs COMMAND on every installed malloc, in fresh processes that take turns in a seeded "
        "random order. Reports which malloc takes less time or memory, how certain that is, and how "
        "to use it. The system's malloc runs twice, and differences of the size that it shows against "
        "itself do not count. The result is written to DIR/program_NAME.parquet.\n\n"
        "Every process is checked: which file held malloc, and whether it did the same work on every "
        "heap (exit code and output). If a heap cannot serve the program, because it is static for "
        "example, the output gives the reason.\n\n"
        "With --client, COMMAND is a server. It is started, --ready is repeated until it succeeds, "
        "the client is timed, and the server is stopped. CPU time and memory are the server's.\n\n"
        "An interrupted run is kept in DIR/program_NAME.journal, and --resume continues it. See "
        "docs/programs.md.",
    .arguments = program_arguments,
    .min_arguments = 0,
    .max_arguments = 2,
    .last_repeats = true,
    .takes_words = true,
    .options = program_option_rows,
    .option_count = PROGRAM_OPTION_COUNT,
    .execute = execute,
};
