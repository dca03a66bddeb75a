// Runs a command with the recorder preloaded, and makes a trace of each process that it recorded. Until the
// traces are there, the raw recordings lie in a folder beside them.
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/printable.h"
#include "command_line/command.h"
#include "command_line/wrap.h"
#include "launch/launch.h"
#include "recorder/raw.h"
#include "runner/signals.h"
#include "timing/clock.h"
#include "trace/trace.h"

enum { SHOWN_TRACES = 20 };

enum { OPTION_output, OPTION_stack, OPTION_no_symbols, OPTION_force };

static const struct option_row options[] = {
    [OPTION_output] = {.name = "output",
                       .letter = 'o',
                       .type = OPTION_PATH,
                       .value_name = "FILE",
                       .help = "the trace (also -o FILE); without it trace_PROGRAM.parquet"},
    [OPTION_stack] = {.name = "stack",
                      .type = OPTION_NUMBER,
                      .value_name = "N",
                      .maximum = RAW_MAX_FRAMES,
                      .default_text = "0",
                      .help = "record N callers beyond the call site, by frame pointers"},
    [OPTION_no_symbols] = {.name = "no-symbols",
                           .type = OPTION_FLAG,
                           .help = "do not look up functions and lines; files and offsets are kept"},
    [OPTION_force] = {.name = "force", .type = OPTION_FLAG, .help = "replace an existing trace"},
};

static const struct argument_row arguments[] = {
    {"COMMAND", "the program to record, and its arguments"},
};

struct recording {
    struct text output, folder;
    struct string_list raw_files; // names in the folder, in the order in which the processes began
    uint64_t *events;             // of each
    size_t largest;               // the one with the most
    struct launch_record record;
};

static void recording_release(struct recording *recording)
{
    text_release(&recording->output);
    text_release(&recording->folder);
    string_list_release(&recording->raw_files);
    free(recording->events);
    launch_record_release(&recording->record);
}

// ---- before ----

static enum status name_output(const struct invocation *invocation, struct recording *recording,
                               struct error *error)
{
    const char *given = invocation->values[OPTION_output].text;
    const char *program = strrchr(invocation->words[0], '/');
    char folder[4096];
    if (given)
        text_append(&recording->output, given);
    else
        text_append_format(&recording->output, "trace_%s.parquet",
                           program ? program + 1 : invocation->words[0]);
    const char *output = text_string(&recording->output);
    if (access(output, F_OK) == 0 && !invocation->values[OPTION_force].given)
        return error_set(error, STATUS_USAGE, "Name another file with -o, or add --force.",
                         "%.300s already exists", output);
    // The recorded program may change its folder: the raw files need a full path.
    if (output[0] == '/')
        folder[0] = '\0';
    else if (!getcwd(folder, sizeof folder))
        return error_set_errno(error, STATUS_ENVIRONMENT, errno, "Change to another directory.",
                               "cannot determine the current directory");
    text_append_format(&recording->folder, "%s%s%s.recording", folder, *folder ? "/" : "", output);
    enum status status = text_check(&recording->output, error);
    return status == STATUS_OK ? text_check(&recording->folder, error) : status;
}

static enum status make_folder(const struct recording *recording, struct error *error)
{
    const char *folder = text_string(&recording->folder);
    if (mkdir(folder, 0700) == 0)
        return STATUS_OK;
    if (errno == EEXIST)
        return error_set(error, STATUS_USAGE, "Remove it, or name another trace with -o.",
                         "%.300s exists: another recording is running or was not finished", folder);
    return error_set_errno(error, STATUS_ENVIRONMENT, errno, "Name a file in a writable directory with -o.",
                           "cannot create %.300s", folder);
}

// What speaks against a recording before the program has run.
static enum status check_program(const char *word, struct error *error)
{
    CLEANUP(text_release) struct text path = {0};
    struct launch_program program;
    enum status status = launch_find_command(word, &path, NULL, error);
    if (status != STATUS_OK || !launch_examine(text_string(&path), &program))
        return status;
    if (program.service == LAUNCH_UNSERVED_STATIC || program.service == LAUNCH_UNSERVED_SECURE ||
        program.service == LAUNCH_UNSERVED_FORMAT)
        return error_set(error, STATUS_USAGE, "Record a program that loads its C library as a shared one.",
                         "%.200s %s: nothing of it can be recorded", text_string(&path),
                         launch_service_words(program.service));
    if (*program.own_heap)
        fprintf(stderr, "memalloc-bench: %s has %s inside; what it does without malloc is not recorded.\n",
                show_word(word).text, program.own_heap);
    return STATUS_OK;
}

// ---- the run ----

static enum status add_variable(const struct recording *recording, uint64_t frames,
                                struct string_list *variables, struct error *error)
{
    CLEANUP(text_release) struct text variable = {0};
    const enum clock_kind kind = clock_choose();
    const struct clock clock = clock_calibrate(kind);
    const uint64_t multiplier =
        kind == CLOCK_KIND_MONOTONIC_RAW ? 0 : (uint64_t)(clock.ns_per_tick * 4294967296.0);
    text_append_format(&variable, RECORDER_VARIABLE "=%s:%" PRIu64 ":%" PRIu64,
                       text_string(&recording->folder), multiplier, frames);
    enum status status = text_check(&variable, error);
    return status == STATUS_OK ? string_list_add(variables, text_string(&variable), error) : status;
}

static enum status run_command(const struct invocation *invocation, struct recording *recording,
                               struct error *error)
{
    CLEANUP(string_list_release) struct string_list variables = {0};
    CLEANUP(free_pointer) char **words = calloc(invocation->word_count + 1, sizeof *words);
    struct launch_tools tools;
    struct signals signals;
    if (!words)
        return error_set_no_memory(error);
    for (size_t i = 0; i < invocation->word_count; i++)
        words[i] = (char *)(uintptr_t)invocation->words[i];
    enum status status = launch_find_tools(&tools, error);
    if (status == STATUS_OK && !*tools.recorder)
        status = error_set(error, STATUS_ENVIRONMENT,
                           "Build or install the program again; recording is for Linux.",
                           "the file memalloc-bench-recorder.so is not beside this program");
    if (status == STATUS_OK)
        status = add_variable(recording, invocation->values[OPTION_stack].number, &variables, error);
    if (status == STATUS_OK)
        status = signals_catch(&signals, error);
    if (status != STATUS_OK)
        return status;
    const struct launch_request request = {.tools = &tools,
                                           .arguments = words,
                                           .library = tools.recorder,
                                           .variables = &variables,
                                           .output = LAUNCH_OUTPUT_INHERIT,
                                           .is_attended = true,
                                           .interrupt = signals_descriptor()};
    status = launch_run(&request, &recording->record, error);
    signals_release(&signals);
    return status;
}

// ---- after ----

static void append_raw_path(const struct recording *recording, size_t i, struct text *path)
{
    text_append_format(path, "%s/%s", text_string(&recording->folder), recording->raw_files.items[i]);
}

static enum status find_raw_files(struct recording *recording, struct error *error)
{
    enum status status = file_list_names(text_string(&recording->folder), &recording->raw_files, error);
    recording->events = calloc(recording->raw_files.count + 1, sizeof *recording->events);
    if (status == STATUS_OK && !recording->events)
        return error_set_no_memory(error);
    for (size_t i = 0; status == STATUS_OK && i < recording->raw_files.count; i++) {
        CLEANUP(text_release) struct text path = {0};
        append_raw_path(recording, i, &path);
        struct error problem = {0};
        if (trace_count_recorded(text_string(&path), &recording->events[i], &problem) != STATUS_OK)
            fprintf(stderr, "memalloc-bench: %s.\n", problem.cause); // killed before it began, or damaged
        if (recording->events[i] > recording->events[recording->largest])
            recording->largest = i;
    }
    return status;
}

static enum status say_nothing_recorded(const struct invocation *invocation,
                                        const struct recording *recording, struct error *error)
{
    const struct launch_record *record = &recording->record;
    const struct shown_word program = show_word(invocation->words[0]);
    if (record->outcome == LAUNCH_NOT_STARTED)
        return error_set(error, STATUS_USAGE, record->remedy, "%s", record->cause);
    if (record->outcome == LAUNCH_INTERRUPTED)
        return error_set(error, STATUS_INTERRUPTED, NULL,
                         "nothing was recorded: interrupted before %s allocated anything", program.text);
    for (uint32_t i = 0; i < record->served_count; i++)
        if (record->served[i].service != LAUNCH_SERVED)
            return error_set(error, STATUS_ENVIRONMENT, "Record a program that calls its C library's malloc.",
                             "nothing was recorded: %.200s %s%s%.300s", record->served[i].program,
                             launch_service_words(record->served[i].service), *record->cause ? "; " : "",
                             record->cause);
    return error_set(error, STATUS_ENVIRONMENT,
                     *record->remedy ? record->remedy : "Record a program that calls malloc.",
                     "nothing was recorded: %s ended before it allocated anything%s%.400s", program.text,
                     *record->cause ? ": " : "", record->cause);
}

// x.parquet → x.2.parquet
static void append_trace_path(const struct recording *recording, size_t number, struct text *path)
{
    static const char extension[] = ".parquet";
    const char *output = text_string(&recording->output);
    size_t length = strlen(output), end = length;
    if (length > sizeof extension - 1 && strcmp(output + length - (sizeof extension - 1), extension) == 0)
        end -= sizeof extension - 1;
    if (number == 1)
        text_append(path, output);
    else
        text_append_format(path, "%.*s.%zu%s", (int)end, output, number, output + end);
}

static void append_row(struct text *output, size_t number, const char *path, const struct trace_made *made)
{
    if (number > SHOWN_TRACES)
        return;
    CLEANUP(text_release) struct text name = {0};
    const char *program = strrchr(made->program, '/') ? strrchr(made->program, '/') + 1 : made->program;
    text_append_printable(&name, program, "");
    text_append_format(output, "%12" PRIu64 " %8" PRIu32 " %8d  %-16.16s %s\n", made->events, made->threads,
                       made->process, text_string(&name), path);
}

struct sums {
    uint64_t lost, inversions, foreign, unseen, inherited, events;
    int error_number;
};

static void add_up(struct sums *sums, const struct trace_made *made)
{
    sums->events += made->events;
    sums->lost += made->lost_events;
    sums->inversions += made->inversions;
    *(made->is_forked ? &sums->inherited : &sums->foreign) += made->foreign;
    sums->unseen += made->unseen;
    if (made->error_number)
        sums->error_number = made->error_number;
}

static enum status make_trace(const struct invocation *invocation, const struct recording *recording,
                              size_t i, size_t number, struct sums *sums, struct text *output,
                              struct error *error)
{
    CLEANUP(text_release) struct text raw_path = {0}, path = {0};
    CLEANUP(facts_release) struct facts facts = {0};
    struct trace_made made;
    append_raw_path(recording, i, &raw_path);
    append_trace_path(recording, number, &path);
    facts_set(&facts, "trace.ended", *recording->record.cause ? recording->record.cause : "with exit code 0");
    const struct trace_sources sources = {.facts = &facts,
                                          .without_symbols = invocation->values[OPTION_no_symbols].given};
    enum status status = text_check(&path, error);
    if (status == STATUS_OK)
        status = trace_make(text_string(&raw_path), text_string(&path), &sources, &made, error);
    if (status != STATUS_OK)
        return status;
    append_row(output, number, text_string(&path), &made);
    add_up(sums, &made);
    return STATUS_OK;
}

static enum status make_traces(const struct invocation *invocation, struct recording *recording,
                               struct sums *sums, struct text *output, struct error *error)
{
    size_t number = 1;
    text_append(output, "      events  threads  process  program          trace\n");
    enum status status = make_trace(invocation, recording, recording->largest, number, sums, output, error);
    for (size_t i = 0; status == STATUS_OK && i < recording->raw_files.count; i++)
        if (i != recording->largest && recording->events[i] > 0)
            status = make_trace(invocation, recording, i, ++number, sums, output, error);
    if (number > SHOWN_TRACES)
        text_append_format(output, "… and %zu more\n", number - SHOWN_TRACES);
    return status;
}

static void remove_raw_files(const struct recording *recording)
{
    for (size_t i = 0; i < recording->raw_files.count; i++) {
        CLEANUP(text_release) struct text path = {0};
        append_raw_path(recording, i, &path);
        unlink(text_string(&path));
    }
    rmdir(text_string(&recording->folder));
}

static void append_sentence(struct text *output, const char *format, ...) PRINTF_LIKE(2, 3);

static void append_sentence(struct text *output, const char *format, ...)
{
    CLEANUP(text_release) struct text sentence = {0};
    va_list list;
    va_start(list, format);
    text_append_arguments(&sentence, format, list);
    va_end(list);
    wrap_append(output, text_string(&sentence), 0, 0);
}

static void append_notes(struct text *output, const struct launch_record *record, const struct sums *sums)
{
    if (sums->lost)
        append_sentence(output,
                        "%" PRIu64
                        " later events are lost, since there was no room for them (%s); what is before them "
                        "is complete.",
                        sums->lost, strerror(sums->error_number));
    if (sums->inversions)
        append_sentence(output, "%" PRIu64 " pairs of events were put into their order.", sums->inversions);
    if (sums->foreign)
        append_sentence(output,
                        "%" PRIu64 " deallocations are left out: of objects that came from elsewhere.",
                        sums->foreign);
    if (sums->inherited)
        append_sentence(output, "%" PRIu64 " deallocations are left out: of objects from before a fork.",
                        sums->inherited);
    if (sums->unseen)
        append_sentence(
            output, "%" PRIu64 " deallocations were not seen, and are put in where the address came back.",
            sums->unseen);
    for (uint32_t i = 0; i < record->served_count; i++)
        if (record->served[i].service != LAUNCH_SERVED)
            append_sentence(output, "Not recorded: %s (%" PRIu32 " processes), which %s.",
                            record->served[i].program, record->served[i].processes,
                            launch_service_words(record->served[i].service));
    if (*record->cause)
        append_sentence(output, "The command %s%s", record->cause, ".");
}

static enum status finish(struct invocation *invocation, struct recording *recording, struct error *error)
{
    struct sums sums = {0};
    enum status status = find_raw_files(recording, error);
    if (status != STATUS_OK)
        return status;
    if (recording->raw_files.count == 0 || recording->events[recording->largest] == 0) {
        remove_raw_files(recording);
        return say_nothing_recorded(invocation, recording, error);
    }
    struct error problem = {0};
    status = make_traces(invocation, recording, &sums, &invocation->output, &problem);
    if (status != STATUS_OK)
        return error_set(error, status, problem.remedy, "%.500s; what was recorded is kept in %.300s",
                         problem.cause, text_string(&recording->folder));
    remove_raw_files(recording);
    append_notes(&invocation->output, &recording->record, &sums);
    const bool went_well = recording->record.outcome == LAUNCH_EXITED && recording->record.exit_code == 0;
    invocation->exit_code = went_well ? 0 : 1;
    return STATUS_OK;
}

static enum status execute(struct invocation *invocation, struct error *error)
{
    CLEANUP(recording_release) struct recording recording = {0};
    if (invocation->word_count == 0)
        return error_set(error, STATUS_USAGE, "For example: memalloc-bench record -- ls -l",
                         "record needs a command");
    enum status status = name_output(invocation, &recording, error);
    if (status == STATUS_OK)
        status = check_program(invocation->words[0], error);
    if (status == STATUS_OK)
        status = make_folder(&recording, error);
    if (status != STATUS_OK)
        return status;
    status = run_command(invocation, &recording, error);
    if (status != STATUS_OK) {
        rmdir(text_string(&recording.folder)); // unless something is in it
        return status;
    }
    return finish(invocation, &recording, error);
}

const struct command command_record = {
    .name = "record",
    .summary = "record a program's allocations",
    .description =
        "Runs the command with a preloaded library that records every call of malloc, free, new, "
        "delete and their variants: object, exact size, alignment, thread, time and call site. Each "
        "process that allocates gets its own trace in Parquet. The process with the most events is "
        "written to FILE; the names of the others have a number. Functions and lines, where they can "
        "be found, are in the table of sites beside the trace. docs/trace-format.md describes the "
        "columns.\n\n"
        "A trace is complete up to the last event, however the program ends. If the disk is full, the "
        "program continues and lost events are counted. Programs that load no C library cannot be "
        "recorded, nor can programs that run with more privileges than their caller.\n\n"
        "The exit code is 0 if the command succeeded, and 1 if it failed but there is a trace.",
    .arguments = arguments,
    .min_arguments = 0,
    .max_arguments = 1,
    .last_repeats = true,
    .takes_words = true,
    .options = options,
    .option_count = COUNT_OF(options),
    .execute = execute,
};
